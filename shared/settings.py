"""Settings come from the environment, once, at start. Secrets have no defaults (ARCHITECTURE, Identity).

In development a missing secret is generated into `BANK_DATA_DIR/secrets` with mode 0600, so that every process of the
same bank finds the same one; in production a missing secret refuses to start.
"""

import os
import secrets
from pathlib import Path

from shared.services import Service


class MissingSettingError(RuntimeError):
    """A setting without which the service must not start; the sentence says which and how to give it."""


def data_dir() -> Path:
    """`BANK_DATA_DIR` (default `data`), made if absent."""
    path = Path(os.environ.get("BANK_DATA_DIR") or "data").resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def is_production() -> bool:
    """Whether `BANK_ENV` is `production`; anything but that or `development` refuses to start."""
    environment = os.environ.get("BANK_ENV") or "development"
    if environment not in ("development", "production"):
        message = f"BANK_ENV is {environment!r}; it must be development or production"
        raise MissingSettingError(message)
    return environment == "production"


def bank_name() -> str:
    """The bank's name as people see it; also what has to be typed to reset it."""
    return os.environ.get("BANK_NAME") or "Sandbank"


def bank_currency() -> str:
    """The currency of new accounts when none is asked for."""
    return os.environ.get("BANK_CURRENCY") or "EUR"


def text(name: str, default: str = "") -> str:
    """An optional setting; an empty one counts as absent."""
    return os.environ.get(name) or default


def number(name: str, default: int) -> int:
    """A whole number from the environment. Raises MissingSettingError when it is not one."""
    raw = os.environ.get(name)
    if not raw:
        return default
    try:
        return int(raw)
    except ValueError:
        message = f"{name} must be a whole number, not {raw!r}"
        raise MissingSettingError(message) from None


def database_url(service: Service) -> str:
    """`<PREFIX>_DATABASE_URL`, else one SQLite file per service in the data directory, whatever that is called."""
    from sqlalchemy import URL  # noqa: PLC0415 (heavy, and the orchestrator needs no database)

    given = os.environ.get(f"{service.env_prefix}_DATABASE_URL")
    file = str(data_dir() / f"{service.package}.db")
    return given or URL.create("sqlite", database=file).render_as_string(hide_password=False)


def secret(name: str) -> str:
    """The secret of this name: from the environment, else from the data directory, made there in development.

    Raises MissingSettingError in production when the environment does not give it.
    """
    given = os.environ.get(name)
    if given:
        return given
    if is_production():
        message = f"{name} is not set, and BANK_ENV=production makes no secrets of its own; set it and start again"
        raise MissingSettingError(message)
    return _generated(name.lower())


def client_secret(service: Service) -> str:
    """What a service proves itself with when it asks auth for its service token."""
    return secret(f"{service.env_prefix}_CLIENT_SECRET")


def _generated(name: str) -> str:
    folder = data_dir() / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        write_private(folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}", secrets.token_urlsafe(48), final=path)
    return path.read_text().strip()


def write_private(temporary: Path, content: str, *, final: Path) -> None:
    """Create `final` (mode 0600) with this content unless it exists; of several writers exactly one wins."""
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, final)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
