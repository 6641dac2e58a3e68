"""Auth's settings, read from the environment once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from auth_service.passwords import LONGEST_PASSWORD
from shared import services, settings
from shared.settings import MissingSettingError

logger = structlog.get_logger(__name__)

_SHORTEST_MINIMUM = 8
_DAY_SECONDS = 86_400
_THREADS_KEPT_FREE = 4  # for keys, revocations and refreshes, however many people sign in


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
    password_method: str = "scrypt:32768:8:1"  # noqa: S105 (werkzeug's name for the cost: N, r, p)
    password_hashes_at_once: int = 2
    passwords_waiting_at_most: int = 28
    access_token_seconds: int = 900
    refresh_token_seconds: int = 30 * _DAY_SECONDS
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
            password_min_length=_within("BANK_PASSWORD_MIN_LENGTH", 12, _SHORTEST_MINIMUM, LONGEST_PASSWORD),
            password_hashes_at_once=_within("AUTH_PASSWORD_HASHES_AT_ONCE", os.cpu_count() or 2, 1, 64),
            passwords_waiting_at_most=settings.number(f"{services.AUTH.env_prefix}_THREADS", 32) - _THREADS_KEPT_FREE,
            access_token_seconds=_within("AUTH_ACCESS_TOKEN_SECONDS", 900, 60, 3600),
            refresh_token_seconds=_within("AUTH_REFRESH_TOKEN_DAYS", 30, 1, 365) * _DAY_SECONDS,
            key_rotation_seconds=_within("AUTH_KEY_ROTATION_HOURS", 720, 1, 24 * 366) * 3600,
        )


def _within(name: str, default: int, lowest: int, highest: int) -> int:
    value = settings.number(name, default)
    if not lowest <= value <= highest:
        message = f"{name} is {value}; it must be between {lowest} and {highest}"
        raise MissingSettingError(message)
    return value


def _client_secrets() -> dict[str, str]:
    """Each service's secret by its name. In production a service whose secret is not given simply cannot sign in."""
    secrets = {}
    for service in services.SERVICES:
        if service is services.AUTH:
            continue
        try:
            secrets[service.name] = settings.client_secret(service)
        except MissingSettingError:
            logger.warning("service_client_without_secret", client=service.name)
    return secrets
