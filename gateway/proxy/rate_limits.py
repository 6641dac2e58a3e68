"""How often one address may call.

Pages go through Flask-Limiter. The proxy counts without Flask: a check of Flask-Limiter's costs as much as half a
proxied request, and its counter in memory starts a thread a hundred times a second under load. The general limit
protects this process, so this process counts it; log-in attempts are counted in Redis, for all gateways together,
when `REDIS_URL` is set.
"""

import threading
import time
from dataclasses import dataclass

import structlog
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse
from limits.errors import StorageError
from limits.strategies import RateLimiter

from gateway.settings import Settings
from shared.observability.logs import cause_of
from shared.refusals import rate_limited

logger = structlog.get_logger(__name__)

SIGN_IN_ENDPOINTS = ("login", "register", "refresh", "token", "change_password", "forgot_password", "reset_password")
SIGN_IN_PATHS = frozenset(f"/api/auth/{name}" for name in SIGN_IN_ENDPOINTS)
_REDIS_OPTIONS: dict[str, str | int] = {
    "wrap_exceptions": True,
    "socket_timeout": 0.2,  # type: ignore[dict-item]  # redis takes fractions of a second
    "socket_connect_timeout": 0.2,  # type: ignore[dict-item]
}
_ALONE_SECONDS = 10.0


def page_limiter(settings: Settings) -> Limiter:
    """The Flask extension that limits pages; `init_app` it before its counter is used."""
    return Limiter(
        get_remote_address,
        default_limits=[settings.api_limit],
        storage_uri=settings.redis_url or "memory://",
        storage_options=_REDIS_OPTIONS if settings.redis_url else {},
        strategy="fixed-window",
        in_memory_fallback_enabled=bool(settings.redis_url),
        swallow_errors=True,
    )


@dataclass(slots=True)
class _Window:
    ends_at: float
    counts: dict[str, int]


class FixedWindow:
    """At most `limit` (`3000/minute`) requests of one address in each window, counted in this process."""

    def __init__(self, limit: str) -> None:
        item = parse(limit)
        self.most = item.amount
        self.window_seconds = item.get_expiry()
        self._window = _Window(0.0, {})
        self._lock = threading.Lock()

    def seconds_to_wait(self, address: str) -> int:
        """Count one request; 0 when it is within the limit, else after how many seconds to come again."""
        now = time.monotonic()
        with self._lock:
            window = self._window
            if now >= window.ends_at:
                window = self._window = _Window(now + self.window_seconds, {})
            count = window.counts.get(address, 0) + 1
            window.counts[address] = count
        return 0 if count <= self.most else max(1, int(window.ends_at - now) + 1)


class RateLimits:
    """The limits of `/api/*`. Redis being away does not stop the bank: for a while this process counts alone."""

    def __init__(self, settings: Settings, redis: RateLimiter | None) -> None:
        self._api = FixedWindow(settings.api_limit)
        self._log_in = FixedWindow(settings.sign_in_limit)
        self._shared_log_in = parse(settings.sign_in_limit)
        self._redis = redis
        self._alone_until = 0.0

    def check(self, path: str, address: str) -> None:
        """Count one request. Raises Refused (429) when it is one too many."""
        wait = self._api.seconds_to_wait(address)
        if wait:
            raise rate_limited(self._api.most, self._api.window_seconds, wait)
        if path in SIGN_IN_PATHS:
            self.check_log_in(address)

    def check_log_in(self, address: str) -> None:
        """Count one attempt to log in. Raises Refused (429) when it is one too many."""
        wait = self._log_in_wait(address)
        if wait:
            raise rate_limited(self._log_in.most, self._log_in.window_seconds, wait)

    def _log_in_wait(self, address: str) -> int:
        if self._redis is None or time.monotonic() < self._alone_until:
            return self._log_in.seconds_to_wait(address)
        try:
            if self._redis.hit(self._shared_log_in, "log-in", address):
                return 0
            resets_at = self._redis.get_window_stats(self._shared_log_in, "log-in", address).reset_time
            return max(1, int(resets_at - time.time()) + 1)
        except StorageError as error:
            self._alone_until = time.monotonic() + _ALONE_SECONDS
            logger.warning("rate_limit_storage_away", cause=cause_of(error))
            return self._log_in.seconds_to_wait(address)
