"""How often one address may call."""

import pytest
from limits.errors import StorageError
from limits.strategies import RateLimiter

from gateway.proxy.rate_limits import FixedWindow, RateLimits
from gateway.settings import Settings
from shared.refusals import Refused


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
    limits.check("/api/auth/login", "a")
    with pytest.raises(Refused) as refused:
        limits.check("/api/auth/register", "a")
    assert refused.value.details == {"limit": 1, "window_seconds": 60}
    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 60
    limits.check("/api/accounts/list", "a")


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
    for _ in range(2):
        limits.check("/api/auth/login", "a")
    with pytest.raises(Refused):
        limits.check("/api/auth/login", "a")
    assert redis.asked == 1
