"""Nobody learns from a reply, or from how long it takes, whether somebody is a customer (catalogue 44)."""

import time
from collections.abc import Callable, Iterator
from statistics import median

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from auth_service.settings import Settings
from tests.auth_bank import PASSWORD, AuthUnderTest, open_auth

pytestmark = pytest.mark.thorough

SAMPLES = 5
ROUNDS = 8
TOLERANCE_SECONDS = 0.010


@pytest.fixture(scope="module")
def auth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthUnderTest]:
    """Here hashing costs what it costs in a real bank."""
    with open_auth(tmp_path_factory.mktemp("auth"), password_method=Settings.password_method) as opened:
        users = [
            {"username": f"real{n}", "email": f"real{n}@example.test", "full_name": f"Real {n}"}
            for n in range(SAMPLES * ROUNDS * 2)
        ]
        payload = {"users": users, "password": PASSWORD}
        headers = opened.service("simulator-service")
        assert opened.call("POST", "/api/auth/users/batch", payload, headers=headers).status_code == 201
        yield opened


def medians_agree(tries: list[Callable[[int], TestResponse]]) -> bool:
    """Whether the medians, taken in turns, are within 10 ms; on a machine that is busy in one round of a few.

    It is the processor's time, of which hashing is nearly all: the clock on the wall shows the noise of everything
    else. What is waited for is the same for all: see the count of commits.
    """
    for round_ in range(ROUNDS):
        seconds: list[list[float]] = [[] for _ in tries]
        for sample in range(SAMPLES):
            for times, attempt in zip(seconds, tries, strict=True):
                begin = time.thread_time()
                attempt(round_ * SAMPLES + sample)
                times.append(time.thread_time() - begin)
        middles = [median(times) for times in seconds]
        if max(middles) - min(middles) < TOLERANCE_SECONDS:
            return True
    return False


def anonymous(reply: TestResponse) -> tuple[int, dict[str, object], list[str]]:
    """What a client can see, but for the request id."""
    headers = [name for name, _ in reply.headers]
    return reply.status_code, {**reply.json, "request_id": None}, headers


def login(auth: AuthUnderTest, name: str, n: int) -> TestResponse:
    return auth.login(name, "wrong wrong wrong", address=f"10.{n // 200}.{n % 200}.{len(name)}")


def test_a_wrong_name_and_a_wrong_password_get_the_same_reply(auth: AuthUnderTest) -> None:
    replies = [login(auth, name, 199) for name in ("admin", "admin@sandbank.example", "nobody", "nobody@example.test")]
    assert len({str(anonymous(reply)) for reply in replies}) == 1
    assert anonymous(replies[0])[:1] == (401,)


def test_a_wrong_name_and_a_wrong_password_take_the_same_time(auth: AuthUnderTest) -> None:
    assert medians_agree(
        [
            lambda n: login(auth, f"real{n}", n),
            lambda n: login(auth, f"unreal{n}", n),
            lambda n: login(auth, f"real{n + SAMPLES * ROUNDS}@example.test", n),
            lambda n: login(auth, f"unreal{n}@example.test", n),
        ]
    )


def test_a_wrong_name_and_a_wrong_password_wait_for_the_disk_equally_often(auth: AuthUnderTest) -> None:
    def commits(name: str) -> int:
        counted: list[object] = []

        def count(connection: object) -> None:
            counted.append(connection)

        event.listen(auth.context.database.engine, "commit", count)
        login(auth, name, 198)
        event.remove(auth.context.database.engine, "commit", count)
        return len(counted)

    assert len({commits(name) for name in ("admin", "nobody", "admin@sandbank.example", "nobody@example.test")}) == 1


def register(auth: AuthUnderTest, username: str, email: str) -> TestResponse:
    payload = {"username": username, "email": email, "password": PASSWORD}
    return auth.call("POST", "/api/auth/register", payload)


def test_registering_with_a_taken_name_or_a_taken_email_gets_the_same_reply(auth: AuthUnderTest) -> None:
    replies = [
        register(auth, "real1", "free1@example.test"),
        register(auth, "free1", "real1@example.test"),
        register(auth, "real1", "real1@example.test"),
    ]
    assert len({str(anonymous(reply)) for reply in replies}) == 1
    assert replies[0].status_code == 409


def test_registering_with_a_taken_name_takes_as_long_as_with_a_free_one(auth: AuthUnderTest) -> None:
    assert medians_agree(
        [
            lambda n: register(auth, f"real{n}", f"new{n}@example.test"),
            lambda n: register(auth, f"new{n}", f"real{n}@example.test"),
            lambda n: register(auth, f"fresh{n}", f"fresh{n}@example.test"),
        ]
    )
