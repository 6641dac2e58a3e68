"""Auth's settings, read from the environment once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from auth_service.passwords.rules import LONGEST_PASSWORD
from shared import services, settings
from shared.settings import MissingSettingError

logger = structlog.get_logger(__name__)

_SHORTEST_MINIMUM = 8
_DAY_SECONDS = 86_400
_THREADS_KEPT_FREE = 4  # for keys, revocations and refreshes, however many people log in
_USUAL_COST = "scrypt:32768:8:1"  # N, r, p as werkzeug writes them; 32 MiB and about a tenth of a second
_HIGHEST_COST = 2**24  # 2 GiB of memory for one log-in


@dataclass(frozen=True)
class Settings:
    """Everything the service can be told. Lengths of time are whole seconds."""

    database_url: str
    data_dir: Path
    is_production: bool = False
    is_supervised: bool = False
    client_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    admin_username: str = "admin"
    admin_password: str = field(default="", repr=False)
    password_min_length: int = 12
    password_method: str = _USUAL_COST
    password_hashes_at_once: int = 2
    passwords_waiting_at_most: int = 28
    access_token_seconds: int = 900
    refresh_token_seconds: int = 30 * _DAY_SECONDS
    sessions_per_person: int = 20
    key_rotation_seconds: int = 30 * _DAY_SECONDS

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the environment. Raises MissingSettingError for a value the service cannot work with."""
        return cls(
            database_url=settings.database_url(services.AUTH),
            data_dir=settings.data_dir(),
            is_production=settings.is_production(),
            is_supervised=bool(settings.text("BANK_SUPERVISED")),
            client_secrets=_client_secrets(),
            admin_username=settings.text("BANK_ADMIN_USERNAME", "admin"),
            admin_password=settings.text("BANK_ADMIN_PASSWORD"),
            password_min_length=settings.number(
                "BANK_PASSWORD_MIN_LENGTH", 12, lowest=_SHORTEST_MINIMUM, highest=LONGEST_PASSWORD
            ),
            password_method=_password_method(),
            password_hashes_at_once=settings.number(
                "AUTH_PASSWORD_HASHES_AT_ONCE", os.cpu_count() or 2, lowest=1, highest=64
            ),
            passwords_waiting_at_most=settings.threads(services.AUTH) - _THREADS_KEPT_FREE,
            access_token_seconds=settings.number("AUTH_ACCESS_TOKEN_SECONDS", 900, lowest=60, highest=3600),
            refresh_token_seconds=settings.number("AUTH_REFRESH_TOKEN_DAYS", 30, lowest=1, highest=365) * _DAY_SECONDS,
            sessions_per_person=settings.number("AUTH_SESSIONS_PER_PERSON", 20, lowest=1, highest=1000),
            key_rotation_seconds=settings.number("AUTH_KEY_ROTATION_HOURS", 720, lowest=1, highest=24 * 366) * 3600,
        )


def _password_method() -> str:
    """How new passwords are hashed: `scrypt:N:r:p`. In production never cheaper than the default."""
    method = settings.text("AUTH_PASSWORD_HASH", _USUAL_COST)
    parts = re.fullmatch(r"scrypt:([0-9]{1,9}):([0-9]{1,3}):([0-9]{1,3})", method)
    n, r, p = (int(part) for part in parts.groups()) if parts else (0, 0, 0)
    if n < 2 or n & (n - 1) or not r or not p or n * r * p > _HIGHEST_COST:
        message = f"AUTH_PASSWORD_HASH is {method!r}; it must be scrypt:N:r:p with N a power of two, as {_USUAL_COST}"
        raise MissingSettingError(message)
    if settings.is_production() and (n < 2**15 or r < 8):
        message = f"AUTH_PASSWORD_HASH is {method!r}, too cheap for production; it must cost {_USUAL_COST} or more"
        raise MissingSettingError(message)
    return method


def _client_secrets() -> dict[str, str]:
    """Each service's secret by its name. In production a service whose secret is not given simply cannot log in."""
    secrets = {}
    for service in services.SERVICES:
        if service is services.AUTH:
            continue
        if settings.is_production() and not settings.text(f"{service.env_prefix}_CLIENT_SECRET"):
            logger.warning("service_client_without_secret", client=service.name)
        else:
            secrets[service.name] = settings.client_secret(service)
    return secrets
