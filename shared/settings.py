"""Settings come from the environment, once, at start. Secrets have no defaults (ARCHITECTURE, Identity).

In development a missing secret is generated into `BANK_DATA_DIR/secrets` with mode 0600, so that every process of the
same bank finds the same one; in production a missing secret refuses to start.
"""

import os
import re
import secrets
import tempfile
from pathlib import Path

from shared.network import addresses
from shared.network.addresses import MissingSettingError
from shared.observability import logs
from shared.services import ACCOUNT, AUTH, GATEWAY, SERVICES, SIMULATOR, Service

SEVERAL_ON_ANY_DATABASE = (GATEWAY, AUTH, ACCOUNT)
"""These may have several processes, whatever database they stand on."""
SUPPORTED_DATABASES = ("sqlite", "postgresql", "mysql", "mariadb")
DEFAULT_THREADS = 32
FEWEST_THREADS = 8
"""Fewer, and calls between services could wait for one another."""
SECRETS = "secrets"
"""In the data directory of a bank in development: the secrets that it has made, a file each."""
RESTORE_FOLDER = ".restore"
RESTORE_DECIDED = f"{RESTORE_FOLDER}/decided"
"""In the data directory: where a backup is unpacked, and what says that its bank is the one that counts."""
_SECRETS_OF_ONE = (
    "SESSION_SECRET",
    "SIMULATOR_LOG_IN_SECRET",
    "ACCOUNT_CARD_KEY",
    "TRANSACTION_CARD_KEY",
    "NOTIFICATION_WEBHOOK_KEY",
    "REPORTING_AUDIT_KEY",
)
_SHORTEST_SECRET = 32
"""In production: 24 random bytes in base64."""
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


__all__ = ["MissingSettingError"]


def check_surroundings() -> None:
    """What every service reads, and the orchestrator: where the log goes, and where the others are.

    Raises MissingSettingError. Without this check a service would start, and wait for ever.
    """
    logs.level()
    for service in SERVICES:
        addresses.base_url(f"{service.env_prefix}_SERVICE_URL")
    addresses.agent_host("CONSUL_HOST")
    addresses.port_from("CONSUL_PORT", 8500)
    _refuse_one_secret_for_two()


def secret_names() -> list[str]:
    """Every secret of a bank, by the name of its setting."""
    of_services = [f"{service.env_prefix}_{kind}" for service in SERVICES for kind in ("CLIENT_SECRET", "SEAL_KEY")]
    return [*_SECRETS_OF_ONE, *of_services]


def _refuse_one_secret_for_two() -> None:
    known: dict[str, str] = {}
    for name in secret_names():
        given = os.environ.get(name)
        if given:
            other = known.setdefault(given, name)
            refuse_in_production(other != name, f"{other} and {name} are the same secret")


def data_dir() -> Path:
    """`BANK_DATA_DIR` (default `data`), made if absent. Raises MissingSettingError where nothing can be written."""
    path = Path(os.environ.get("BANK_DATA_DIR") or "data").resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"BANK_DATA_DIR is {str(path)!r}, which cannot be made: {error.strerror}"
        raise MissingSettingError(message) from None
    if not os.access(path, os.W_OK | os.X_OK):
        message = f"BANK_DATA_DIR is {str(path)!r}, where nothing can be written"
        raise MissingSettingError(message)
    if (path / RESTORE_DECIDED).exists():
        message = f"BANK_DATA_DIR is {str(path)!r}, where a restore was broken off: sandbank backup restore --finish"
        raise MissingSettingError(message)
    return path


def is_production() -> bool:
    """Whether `BANK_ENV` is `production`; anything but that or `development` refuses to start."""
    environment = os.environ.get("BANK_ENV") or "development"
    if environment not in ("development", "production"):
        message = f"BANK_ENV is {environment!r}; it must be development or production"
        raise MissingSettingError(message)
    return environment == "production"


def refuse_in_production(is_unsafe: bool, sentence: str) -> None:
    """Raise MissingSettingError with this sentence where a bank in production would be unsafe."""
    if is_unsafe and is_production():
        message = f"{sentence}, and BANK_ENV=production starts with nothing that is fit for a laptop alone"
        raise MissingSettingError(message)


def bank_name() -> str:
    """The bank's name as people see it; also what has to be typed to reset it."""
    return os.environ.get("BANK_NAME") or "Sandbank"


def bank_currency() -> str:
    """The currency of new accounts when none is asked for."""
    return os.environ.get("BANK_CURRENCY") or "EUR"


def text(name: str, default: str = "") -> str:
    """An optional setting; an empty one counts as absent."""
    return os.environ.get(name) or default


def number(name: str, default: int, *, lowest: int = 0, highest: int = 2**53) -> int:
    """A whole number from the environment. Raises MissingSettingError when it is not one, or not within the bounds."""
    raw = os.environ.get(name)
    if not raw:
        return default
    if not _WHOLE_NUMBER.fullmatch(raw.strip()):
        message = f"{name} must be a whole number, not {raw!r}"
        raise MissingSettingError(message)
    value = int(raw)
    if not lowest <= value <= highest:
        message = f"{name} is {value}; it must be between {lowest} and {highest}"
        raise MissingSettingError(message)
    return value


def rate(name: str, default: str) -> str:
    """How often something may be done, such as `60 per minute`. Raises MissingSettingError for what says nothing so."""
    from limits import parse  # noqa: PLC0415 (heavy, and only two services count)

    given = text(name, default)
    try:
        parse(given)
    except ValueError:
        message = f"{name} is {given!r}; it must be a number in a time, such as 60 per minute or 3000/hour"
        raise MissingSettingError(message) from None
    return given


def redis_url() -> str:
    """`REDIS_URL`; empty when there is none. Raises MissingSettingError for what is no address of a Redis."""
    given = text("REDIS_URL")
    if given and not re.fullmatch(r"rediss?://[^\s/]+(/\d*)?(\?\S*)?", given):
        message = "REDIS_URL must be an address such as redis://localhost:6379/0"
        raise MissingSettingError(message)
    return given


def workers(service: Service) -> int:
    """`<PREFIX>_WORKERS`. Raises MissingSettingError where several would be in each other's way."""
    asked = number(f"{service.env_prefix}_WORKERS", 1, lowest=1, highest=64)
    reason = why_one_process(service)
    if asked > 1 and reason:
        message = f"{service.env_prefix}_WORKERS is {asked}; {reason}"
        raise MissingSettingError(message)
    return asked


def why_one_process(service: Service) -> str:
    """Why several processes of this service would be in each other's way; empty where they would not."""
    if service == SIMULATOR:
        return "the simulator has one engine and runs in one process"
    if service in SEVERAL_ON_ANY_DATABASE or is_on_server(service):
        return ""
    return f"on SQLite the {service.name} runs in one process, as its file has one writer"


def is_on_server(service: Service) -> bool:
    """Whether the service's database is on a server; else it is a SQLite file. A URL that is none counts as one."""
    given = text(f"{service.env_prefix}_DATABASE_URL").strip().lower()
    return bool(given) and not given.startswith("sqlite")


def threads(service: Service) -> int:
    """`<PREFIX>_THREADS`: how many requests one process answers at a time."""
    return number(f"{service.env_prefix}_THREADS", DEFAULT_THREADS, lowest=FEWEST_THREADS, highest=512)


def database_url(service: Service) -> str:
    """`<PREFIX>_DATABASE_URL`, else one SQLite file per service in the data directory, whatever that is called.

    Raises MissingSettingError for a database that is not supported, whose driver is not installed, or in memory.
    """
    from sqlalchemy import URL, make_url  # noqa: PLC0415 (heavy, and the orchestrator needs no database)
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError  # noqa: PLC0415

    from shared.storage.database_servers import EXTRAS, with_driver  # noqa: PLC0415

    name = f"{service.env_prefix}_DATABASE_URL"
    given = os.environ.get(f"{service.env_prefix}_DATABASE_URL")
    if not given:
        file = str(data_dir() / f"{service.package}.db")
        return URL.create("sqlite", database=file).render_as_string(hide_password=False)
    try:
        url = with_driver(make_url(given))
        backend, dialect = url.get_backend_name(), url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        backend = ""
    if backend not in SUPPORTED_DATABASES:
        message = f"{name} must be the URL of a database of {', '.join(SUPPORTED_DATABASES)}"
        raise MissingSettingError(message)
    if backend == "sqlite" and url.database in (None, "", ":memory:"):
        message = f"{name} is a database in memory, which forgets; name a file: sqlite:///bank.db"
        raise MissingSettingError(message)
    try:
        dialect.import_dbapi()
    except ImportError as error:
        advice = f'; pip install "sandbank[{EXTRAS[backend]}]" brings one' if backend in EXTRAS else ""
        message = f"{name} needs a driver that is not installed: {error.name}{advice}"
        raise MissingSettingError(message) from None
    return given


def file_path(name: str, default: Path) -> Path:
    """A file that the service keeps. Raises MissingSettingError where it could not be read and written.

    Its folder has to be there: one made anew would hide that a disk is not mounted.
    """
    given = text(name)
    if not given:
        return default
    path = Path(given).absolute()
    if not path.parent.is_dir():
        message = f"{name} is {given!r}, whose folder does not exist"
        raise MissingSettingError(message)
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            is_usable = not path.exists() or (path.is_file() and os.access(path, os.R_OK | os.W_OK))
    except OSError:
        is_usable = False
    if not is_usable:
        message = f"{name} is {given!r}, where no file can be read and written"
        raise MissingSettingError(message)
    return path


def secret(name: str) -> str:
    """The secret of this name: from the environment, else from the data directory, made there in development.

    Raises MissingSettingError in production when the environment does not give it.
    """
    given = os.environ.get(name)
    if given:
        refuse_in_production(len(given) < _SHORTEST_SECRET, f"{name} is shorter than {_SHORTEST_SECRET} characters")
        return given
    if is_production():
        message = f"{name} is not set, and BANK_ENV=production makes no secrets of its own; set it and start again"
        raise MissingSettingError(message)
    return _generated(name.lower())


def client_secret(service: Service) -> str:
    """What a service proves itself with when it asks auth for its service token."""
    return secret(f"{service.env_prefix}_CLIENT_SECRET")


def seal_key(service: Service) -> str:
    """What a service seals its rows with (shared/storage/row_seals.py); it must outlive the database."""
    return secret(f"{service.env_prefix}_SEAL_KEY")


def _generated(name: str) -> str:
    folder = data_dir() / SECRETS
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
