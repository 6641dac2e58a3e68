"""The gateway's settings, read from the environment once, at start."""

from dataclasses import dataclass, field

from shared import settings
from shared.application import MAX_BODY_BYTES

DEADLINE_SECONDS = 30
LONG_READS = {"/api/reports/proof": 600}
"""Seconds for what reads the whole bank, by path. It changes nothing, so nobody waits to know what came of money."""


@dataclass(frozen=True)
class Settings:
    """`api_limit` and `sign_in_limit` are per client address, in the notation of Flask-Limiter (`180000/minute`).

    Sign-in attempts are limited only as far as they cost processor time: auth itself slows down guessing.
    `trusted_proxies` are the addresses of TLS proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    `session_secret` signs the cookie of the web bank. `password_min_length` is what auth was told; pages only say it.
    """

    deadline_seconds: int = DEADLINE_SECONDS
    max_body_bytes: int = MAX_BODY_BYTES
    redis_url: str = ""
    api_limit: str = "180000/minute"
    sign_in_limit: str = "3000/minute"
    trusted_proxies: frozenset[str] = frozenset()
    password_min_length: int = 12
    session_secret: str = field(default_factory=lambda: settings.secret("SESSION_SECRET"), repr=False)

    def deadline_for(self, path: str) -> int:
        """Seconds a request to this path of the API may take."""
        return max(self.deadline_seconds, LONG_READS.get(path, 0))

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises MissingSettingError for a number that is none."""
        proxies = settings.text("GATEWAY_TRUSTED_PROXIES").split(",")
        return cls(
            deadline_seconds=settings.number("GATEWAY_DEADLINE_SECONDS", cls.deadline_seconds),
            redis_url=settings.text("REDIS_URL", cls.redis_url),
            api_limit=settings.text("GATEWAY_API_LIMIT", cls.api_limit),
            sign_in_limit=settings.text("GATEWAY_SIGN_IN_LIMIT", cls.sign_in_limit),
            password_min_length=settings.number("BANK_PASSWORD_MIN_LENGTH", cls.password_min_length),
            trusted_proxies=frozenset(address.strip() for address in proxies if address.strip()),
        )
