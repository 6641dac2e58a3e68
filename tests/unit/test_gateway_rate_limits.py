"""How often one address may call."""

import pytest
from limits.errors import StorageError
from limits.strategies import RateLimiter

from gateway.proxy.rate_limits import FixedWindow, RateLimits
from gateway.settings import Settings


def test_the_limit_holds_for_each_address_apart() -> None:
    window = FixedWindow("3/minute")
    assert [window.seconds_to_wait("a") for _ in range(3)] == [0, 0, 0]
    assert 1 <= window.seconds_to_wait("a") <= 60
    assert window.seconds_to_wait("b") == 0


def test_a_new_window_begins_when_the_old_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    window = FixedWindow("1/second")
    assert window.seconds_to_wait("a") == 0
    assert window.seconds_to_wait("a") == 1
    now = __import__("time").monotonic() + 1.1
    monkeypatch.setattr("gateway.proxy.rate_limits.time.monotonic", lambda: now)
    assert window.seconds_to_wait("a") == 0


def test_signing_in_has_a_limit_of_its_own() -> None:
    limits = RateLimits(Settings(sign_in_limit="1/minute"), None)
    assert limits.seconds_to_wait("/api/auth/login", "a") == 0
    assert limits.seconds_to_wait("/api/auth/register", "a") > 0
    assert limits.seconds_to_wait("/api/accounts/list", "a") == 0


class _RedisThatIsAway(RateLimiter):
    def __init__(self) -> None:
        self.asked = 0

    def hit(self, *_: object, **__: object) -> bool:
        self.asked += 1
        raise StorageError(ConnectionError("away"))

    test = get_window_stats = hit  # type: ignore[assignment]


def test_without_redis_the_gateway_counts_alone_and_does_not_ask_again_at_once() -> None:
    redis = _RedisThatIsAway()
    limits = RateLimits(Settings(sign_in_limit="2/minute"), redis)
    waits = [limits.seconds_to_wait("/api/auth/login", "a") for _ in range(3)]
    assert waits[:2] == [0, 0]
    assert waits[2] > 0
    assert redis.asked == 1
