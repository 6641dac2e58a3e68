"""Guessing passwords is slow for whoever guesses, and the owner still gets in (catalogue 43)."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from auth_service.passwords import hashing as password_hashing
from auth_service.passwords.hashing import PasswordHasher
from shared.refusals import UNAVAILABLE, Refused
from tests.auth_bank import ELSEWHERE, HOME, AuthUnderTest, open_auth
from tests.password_cost import CHEAP_HASH
from tests.thoroughness import often

ATTACKER = "203.0.113.66"
MANY = often(300, 1000)
"""More at a desk would be waved away just the same."""


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    with open_auth(tmp_path) as opened:
        opened.register("ada", address=HOME)
        yield opened


def guess(auth: AuthUnderTest, name: str = "ada", *, address: str = ATTACKER, **headers: str) -> int:
    """One wrong password: 401 when it was compared, 429 when it was not."""
    return auth.login(name, "wrong wrong wrong", address=address, **headers).status_code


def gets_in(auth: AuthUnderTest, *, address: str) -> bool:
    """Whether the owner gets in here, after no more than the wait they are told."""
    reply = auth.login("ada", address=address)
    if reply.status_code == 429:
        auth.let_pass(int(reply.headers["Retry-After"]))
        reply = auth.login("ada", address=address)
    return reply.status_code == 200


def test_many_hundred_passwords_for_one_user_are_compared_at_most_100_times(auth: AuthUnderTest) -> None:
    statuses = Counter(
        auth.login("ada", f"guess number {n} of many", address=ATTACKER).status_code for n in range(MANY)
    )
    assert set(statuses) == {401, 429}
    assert statuses[401] <= 100
    assert auth.login("ada", address=HOME).status_code == 200
    assert gets_in(auth, address=ELSEWHERE)
    assert gets_in(auth, address=ATTACKER)


def test_who_has_to_wait_is_told_how_long(auth: AuthUnderTest) -> None:
    for _ in range(5):
        guess(auth)
    auth.let_pass(-60)
    reply = auth.login("ada", address=ATTACKER)
    assert (reply.status_code, reply.json["error_code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert reply.json["details"]["retry_after_seconds"] == int(reply.headers["Retry-After"])
    assert 60 < int(reply.headers["Retry-After"]) <= 62


def test_one_password_for_many_hundred_users_is_slowed_down_by_address(auth: AuthUnderTest) -> None:
    statuses = Counter(guess(auth, f"customer{n}") for n in range(MANY))
    assert set(statuses) == {401, 429}
    assert statuses[401] <= 100
    assert auth.login("ada", address=HOME).status_code == 200
    assert auth.login("ada", address=ELSEWHERE).status_code == 200


def test_guesses_sent_all_at_once_are_counted_like_guesses_one_by_one(auth: AuthUnderTest) -> None:
    with ThreadPoolExecutor(24) as pool:
        statuses = Counter(pool.map(lambda _: guess(auth), range(48)))
    assert statuses[401] <= 6
    assert statuses[401] + statuses[429] == 48


def test_the_right_password_many_times_at_once_is_no_attack(auth: AuthUnderTest) -> None:
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: auth.login("ada", address=f"192.0.2.{n}"), range(12)))
    assert [reply.status_code for reply in replies] == [200] * 12


def test_many_addresses_together_get_no_more_guesses_at_one_name(auth: AuthUnderTest) -> None:
    statuses = Counter(guess(auth, address=f"10.0.{n}.1") for n in range(100))
    assert statuses[401] <= 10
    assert auth.login("ada", address=HOME).status_code == 200


def test_user_name_and_email_are_one_name(auth: AuthUnderTest) -> None:
    names = ["ada", "ADA@example.test"] * 4
    statuses = [guess(auth, name, address=f"10.0.0.{n}") for n, name in enumerate(names)]
    assert statuses == [401] * 5 + [429] * 3


def test_a_name_that_nobody_has_is_slowed_down_just_the_same(auth: AuthUnderTest) -> None:
    known = [guess(auth, "ada", address=f"10.0.0.{n}") for n in range(7)]
    unknown = [guess(auth, "nobody", address=f"10.0.1.{n}") for n in range(7)]
    assert known == unknown == [401] * 5 + [429] * 2


def test_what_is_blocked_stays_blocked_after_a_restart(auth: AuthUnderTest, tmp_path: Path) -> None:
    for _ in range(6):
        guess(auth)
    auth.let_pass(-60)
    with open_auth(tmp_path) as restarted:
        assert guess(restarted) == 429
        assert guess(restarted, "somebody-else") == 429


def test_an_owner_who_forgot_waits_a_little_and_starts_afresh_once_in(auth: AuthUnderTest) -> None:
    assert [guess(auth, address=HOME) for _ in range(6)] == [401] * 5 + [429]
    assert gets_in(auth, address=HOME)
    assert [guess(auth, address=HOME) for _ in range(6)] == [401] * 5 + [429]


def test_an_owner_who_forgot_does_not_slow_the_others_at_their_address(auth: AuthUnderTest) -> None:
    auth.register("grace", address=HOME)
    for _ in range(8):
        guess(auth, address=HOME)
    assert auth.login("grace", address=HOME).status_code == 200


def test_an_attacker_does_not_get_new_guesses_by_signing_in_as_themself(auth: AuthUnderTest) -> None:
    auth.register("eve", address=ATTACKER)
    statuses = []
    for n in range(8):
        statuses.append(guess(auth, f"victim{n}"))
        assert auth.login("eve", address=ATTACKER).status_code == 200
    assert statuses.count(401) <= 6


def test_an_owner_who_signs_in_gives_the_attacker_no_new_guesses(auth: AuthUnderTest) -> None:
    statuses = []
    for n in range(10):
        statuses.append(guess(auth, address=f"10.0.0.{n}"))
        assert auth.login("ada", address=HOME).status_code == 200
    assert statuses.count(401) <= 7


@pytest.mark.parametrize("header", ["X-Client-Address", "X-Forwarded-For", "X-Real-Ip", "Forwarded"])
def test_an_address_that_is_only_claimed_counts_for_nothing(auth: AuthUnderTest, header: str) -> None:
    statuses = [guess(auth, f"name{n}", **{header: f"10.0.0.{n}"}) for n in range(7)]
    assert statuses == [401] * 5 + [429] * 2


def test_the_gateway_is_believed_when_it_proves_who_it_is(auth: AuthUnderTest) -> None:
    proof = {"X-Service-Authorization": auth.service("api-gateway")["Authorization"]}
    apart = [guess(auth, f"name{n}", **proof, **{"X-Client-Address": f"10.0.0.{n}"}) for n in range(7)]
    together = [guess(auth, f"other{n}", **proof, **{"X-Client-Address": "10.9.9.9"}) for n in range(7)]
    assert (apart, together) == ([401] * 7, [401] * 5 + [429] * 2)


@pytest.mark.parametrize("proof", ["account-service", "a person", "nonsense"])
def test_nobody_but_the_gateway_is_believed(auth: AuthUnderTest, proof: str) -> None:
    tokens = {
        "account-service": lambda: auth.service("account-service")["Authorization"],
        "a person": lambda: auth.admin().headers["Authorization"],
        "nonsense": lambda: "Bearer x.y.z",
    }
    headers = {"X-Service-Authorization": tokens[proof]()}
    statuses = [guess(auth, f"name{n}", **headers, **{"X-Client-Address": f"10.0.0.{n}"}) for n in range(7)]
    assert statuses == [401] * 5 + [429] * 2


@pytest.mark.parametrize("claim", ["", "somewhere", "1.2.3", "10.0.0.1, 10.0.0.2", "::1%eth0/../x"])
def test_a_claim_that_is_no_address_falls_back_to_the_connection(auth: AuthUnderTest, claim: str) -> None:
    proof = {"X-Service-Authorization": auth.service("api-gateway")["Authorization"]}
    assert guess(auth, **proof, **{"X-Client-Address": claim}) == 401


def test_only_so_many_passwords_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = []
    most: list[int] = []

    def slow_hash(password: str, method: str) -> str:
        running.append(1)
        most.append(len(running))
        time.sleep(0.01)
        running.pop()
        return f"{method}{password}"

    monkeypatch.setattr(password_hashing, "generate_password_hash", slow_hash)
    hasher = PasswordHasher(CHEAP_HASH, at_once=2, waiting_at_most=28)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hasher.hash, ["x"] * 16))
    assert max(most) == 2


def test_a_full_waiting_room_says_so_and_leaves_threads_for_everything_else() -> None:
    hasher = PasswordHasher(CHEAP_HASH, at_once=2, waiting_at_most=5)
    with ExitStack() as places:
        for _ in range(5):
            places.enter_context(hasher.admitted())
        with pytest.raises(Refused) as refused, hasher.admitted():
            pytest.fail("a sixth was let in")
        assert refused.value.refusal is UNAVAILABLE
    with hasher.admitted():
        assert hasher.hash("x")
