"""The arithmetic of slowing guesses down, with a simulated clock."""

import pytest

from auth_service.login import throttling
from auth_service.login.throttling import NOTHING, Record
from shared.time.clock import MICROSECONDS

DAY_SECONDS = 86_400
START = 1_700_000_000 * MICROSECONDS


class Attack:
    """Guesses at one name, counted as `login_attempts.py` counts them."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.evaluations = 0

    def guess(self, second: float, network: str, *, is_known: bool = False) -> bool:
        """One wrong guess; whether it was let through."""
        now = START + int(second * MICROSECONDS)
        rules = throttling.subjects(name="ada", network=network, is_known=is_known)
        records = {subject: self.records.get(subject, NOTHING) for subject in rules}
        if throttling.wait_seconds(records, now):
            return False
        for subject, rule in rules.items():
            self.records[subject] = throttling.after_failure(records[subject], rule, now)
        self.evaluations += 1
        return True

    def wait(self, second: float, network: str, *, is_known: bool = False) -> int:
        """How long somebody at this network would have to wait."""
        rules = throttling.subjects(name="ada", network=network, is_known=is_known)
        found = {subject: self.records.get(subject, NOTHING) for subject in rules}
        return throttling.wait_seconds(found, START + int(second * MICROSECONDS))


def test_five_failures_are_free_and_the_sixth_guess_waits() -> None:
    attack = Attack()
    assert [attack.guess(0, "192.0.2.1") for _ in range(6)] == [True] * 5 + [False]


@pytest.mark.parametrize("is_known", [False, True])
def test_a_day_of_guessing_every_second_is_let_through_fewer_than_100_times(is_known: bool) -> None:
    attack = Attack()
    for second in range(DAY_SECONDS):
        attack.guess(second, "192.0.2.1", is_known=is_known)
    assert 5 < attack.evaluations < 100


def test_a_thousand_addresses_together_get_no_further_than_one() -> None:
    attack = Attack()
    for second in range(DAY_SECONDS):
        attack.guess(second, f"10.0.{second % 250}.{second % 4}")
    assert attack.evaluations < 100


def test_guessing_now_and_then_gains_nothing_over_guessing_all_the_time() -> None:
    attack = Attack()
    for hour in range(24):
        for second in range(60):
            attack.guess(hour * 3600 + second, "192.0.2.1")
    assert attack.evaluations < 100


def test_an_attack_from_elsewhere_does_not_hold_up_the_owner_at_home() -> None:
    attack = Attack()
    for second in range(DAY_SECONDS):
        attack.guess(second, f"10.0.{second % 250}.{second % 4}")
    assert attack.wait(DAY_SECONDS, "192.0.2.99", is_known=True) == 0


def test_the_owner_at_a_new_address_comes_before_the_attacker() -> None:
    attack = Attack()
    for second in range(3600):
        attack.guess(second, "192.0.2.1")
    owner_waits = attack.wait(3600, "198.51.100.7")
    assert owner_waits <= throttling.NAME.longest_wait_seconds
    assert owner_waits < attack.wait(3600, "192.0.2.1")


def test_a_wait_is_never_much_longer_than_the_guessing_has_lasted() -> None:
    attack = Attack()
    for second in range(1200):
        attack.guess(second, "192.0.2.1")
        assert attack.wait(second, "198.51.100.7") <= second + 2


def test_failures_are_forgotten_in_time() -> None:
    attack = Attack()
    for second in range(3600):
        attack.guess(second, "192.0.2.1")
    assert [attack.guess(3600 + DAY_SECONDS, "203.0.113.5") for _ in range(5)] == [True] * 5


def test_what_is_stored_does_not_show_what_was_typed_as_a_name() -> None:
    stored = throttling.subjects(name="nobody:my secret password", network="192.0.2.1", is_known=False)
    assert not any("secret" in subject for subject in stored)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_an_ipv6_customer_is_their_whole_network(address: str, network: str) -> None:
    assert throttling.network_of(address) == network
