"""The gateway's settings, read from the environment once, at start."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.proxy.cross_origin import LOCAL, CrossOrigin
from gateway.proxy.host_names import HostNames
from gateway.proxy.trusted_proxies import NOBODY, TrustedProxies
from shared import settings
from shared.serving.framing import MAX_BODY_BYTES

_Kind = TypeVar("_Kind")
DEADLINE_SECONDS = 30
LONG_READS = {
    "/api/reports/proof": 600,
    "/api/reports/export": 600,
    "/api/reports/own-data": 600,
    "/api/simulator/export": 3600,
}
"""Seconds for what reads the whole bank, or years of it, by path. None changes anything: no outcome is waited for."""


@dataclass(frozen=True)
class Settings:
    """`api_limit` and `sign_in_limit` are per client address, in the notation of Flask-Limiter (`180000/minute`).

    Log-in attempts are limited only as far as they cost processor time: auth itself slows down guessing.
    `trusted_proxies` are the TLS proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, `hosts` the
    names that the bank answers under, `cross_origin` the web pages of others that may call the API.
    `provokes_faults`: whether requests go wrong where that is asked for (gateway/faults).
    `session_secret` signs the cookie of the web bank. `password_min_length` is what auth was told; pages only say it.
    """

    deadline_seconds: int = DEADLINE_SECONDS
    max_body_bytes: int = MAX_BODY_BYTES
    redis_url: str = ""
    api_limit: str = "180000/minute"
    sign_in_limit: str = "3000/minute"
    trusted_proxies: TrustedProxies = NOBODY
    hosts: HostNames = field(default_factory=HostNames)
    cross_origin: CrossOrigin = field(default_factory=lambda: CrossOrigin(()))
    password_min_length: int = 12
    provokes_faults: bool = True
    session_secret: str = field(default_factory=lambda: settings.secret("SESSION_SECRET"), repr=False)

    def deadline_for(self, path: str) -> int:
        """Seconds a request to this path of the API may take."""
        return max(self.deadline_seconds, LONG_READS.get(path, 0))

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises MissingSettingError for a value that cannot be used, or not in production."""
        origins_by_default = "" if settings.is_production() else LOCAL
        found = cls(
            deadline_seconds=settings.number("GATEWAY_DEADLINE_SECONDS", cls.deadline_seconds, lowest=1, highest=600),
            redis_url=settings.redis_url(),
            api_limit=settings.rate("GATEWAY_API_LIMIT", cls.api_limit),
            sign_in_limit=settings.rate("GATEWAY_SIGN_IN_LIMIT", cls.sign_in_limit),
            password_min_length=settings.number("BANK_PASSWORD_MIN_LENGTH", cls.password_min_length),
            provokes_faults=not settings.is_production(),
            trusted_proxies=_each("GATEWAY_TRUSTED_PROXIES", TrustedProxies, "addresses or networks, such as 10.0.0.1"),
            hosts=_each("GATEWAY_HOSTS", HostNames, "host names without a port, such as bank.example"),
            cross_origin=_each(
                "GATEWAY_CORS_ORIGINS", CrossOrigin, "origins such as https://app.example", origins_by_default
            ),
        )
        found.refuse_unsafe()
        return found

    def refuse_unsafe(self) -> None:
        """In production the gateway stands behind TLS, and answers under its own names. Raises MissingSettingError."""
        for is_unsafe, sentence in (
            (
                self.trusted_proxies.is_nobody,
                "GATEWAY_TRUSTED_PROXIES names no TLS proxy: log-ins would go in the clear",
            ),
            (self.trusted_proxies.is_everybody, "GATEWAY_TRUSTED_PROXIES has everybody say whose request it is"),
            (self.hosts.are_all, "GATEWAY_HOSTS is not set, so the bank would answer under any name"),
            (
                self.cross_origin.is_open,
                "GATEWAY_CORS_ORIGINS lets in pages of anybody or without TLS",
            ),
        ):
            settings.refuse_in_production(is_unsafe, sentence)


def _each(name: str, kind: Callable[[Iterable[str]], _Kind], what: str, default: str = "") -> _Kind:
    """A setting that lists several, with commas between."""
    given = settings.text(name, default)
    try:
        return kind(part.strip() for part in given.split(",") if part.strip())
    except ValueError:
        message = f"{name} is {given!r}; it must be {what}, with commas between several"
        raise settings.MissingSettingError(message) from None
