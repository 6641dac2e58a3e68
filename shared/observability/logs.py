"""Structured logs: one JSON object a line, whoever writes it, secrets taken out before anything is written.

Everything goes to `BANK_LOG_DIR/<service>.log` when that is set (the orchestrator rotates those files), and lifecycle
lines and warnings go to standard output; without the directory everything goes to standard output.
"""

import json
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

import structlog
from flask import g, has_request_context

from shared.identifiers import is_id
from shared.network.addresses import MissingSettingError
from shared.observability import tracing
from shared.refusals import Refused

_SECRET_NAMES = re.compile(
    r"password|secret|token|authorization|cookie|api_key|pan$|card_number|security_code|cvv", re.IGNORECASE
)
_SECRET_VALUES = re.compile(
    r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a JWT
    r"|(?<=Bearer )\S+"
    r"|\b(?:\d[ -]?){12,18}\d\b"  # a payment card number
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"  # an IBAN
    r"|(?<=\)=\()[^)]*(?=\))|(?<=Failing row contains \()(?:.*(?=\))|.*)"  # what PostgreSQL quotes of a row,
    r"|(?<=Duplicate entry ')(?:.*(?=' for key)|.*)|(?<=\[parameters: )(?:.*(?=\])|.*)"  # MySQL, and SQLAlchemy
    r"|(?<=input_value=)(?:.*(?=, input_type=)|.*)"  # and pydantic
)
"""Linear in the text, which anybody may write into an address: where no end is found, all that follows goes, so that
nothing is looked through again from each further beginning.
"""
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
REDACTED = "[redacted]"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
REQUEST_EVENT = "request"
_SHORTEST_SECRET = 11


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that blanks what must never be written: by field name, and by shape inside text."""
    for name, value in event.items():
        if _SECRET_NAMES.search(name):
            event[name] = REDACTED
        elif isinstance(value, str):
            event[name] = _without_secret_values(value)
        elif value is not None and not isinstance(value, int | float):
            event[name] = _written(value)
    return event


def with_request_id(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that says during which request it was written, if it was during one."""
    if "request_id" not in event and has_request_context() and "request_id" in g:
        event["request_id"] = g.request_id
    event.update(tracing.ids())
    return event


def _without_secret_values(text: str) -> str:
    if len(text) > _SHORTEST_SECRET:
        text = _SECRET_VALUES.sub(REDACTED, text)
    return _EMAIL.sub(REDACTED, text) if "@" in text else text


def _written(value: Any) -> Any:
    """What is nested in a line, blanked however deep; what JSON does not know is written as its text."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {
            str(name): REDACTED if _SECRET_NAMES.search(str(name)) else _written(part) for name, part in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_written(part) for part in value]
    return _without_secret_values(str(value))


def cause_of(error: BaseException | None) -> str:
    """Why something failed, for a line of the log: the code of a refusal, else the kind of error.

    What an error says itself quotes whatever it met: names, addresses and numbers of people.
    """
    if isinstance(error, Refused):
        return error.refusal.code
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    return type(error).__name__


def without_secrets(value: Any) -> Any:
    """What is to be kept, with the same things blanked: in texts, and in lists and tables of them, however deep.

    An id stays as it is: with few letters in it, it reads like the number of a card.
    """
    if isinstance(value, str):
        return value if is_id(value) else _SECRET_VALUES.sub(REDACTED, value)
    if isinstance(value, list):
        return [without_secrets(part) for part in value]
    if isinstance(value, dict):
        return {
            name: REDACTED if _is_of_secret(name) and part is not None else without_secrets(part)
            for name, part in value.items()
        }
    return value


@lru_cache(maxsize=512)
def _is_of_secret(name: str) -> bool:
    """Whether a fact of this name is never written; the names of facts are few."""
    return _SECRET_NAMES.search(name) is not None


class Line(str):
    """A line, or several, that is JSON already."""

    __slots__ = ()


class _JSONLines(logging.Formatter):
    """What libraries say in the standard way becomes JSON here; our own lines are it already."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, Line):
            return record.msg
        entry: dict[str, Any] = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info and record.exc_info[1] is not None:
            entry["exception"] = "".join(traceback.format_exception(record.exc_info[1])).rstrip()
        return json.dumps(redact(None, "", entry))


def _rendered(_logger: object, _method: str, event: MutableMapping[str, Any]) -> tuple[tuple[Line], dict[str, Any]]:
    """The last structlog processor: the line, marked as being JSON."""
    return (Line(json.dumps(event, default=str)),), {}


class _LifecycleOnly(logging.Filter):
    """Keeps the console readable: no line per request there unless it failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING:
            return True
        return not (isinstance(record.msg, str) and f'"event": "{REQUEST_EVENT}"' in record.msg)


def level() -> str:
    """`BANK_LOG_LEVEL`. Raises MissingSettingError for what is none of the LEVELS."""
    given = os.environ.get("BANK_LOG_LEVEL") or "INFO"
    if given.upper() not in LEVELS:
        message = f"BANK_LOG_LEVEL is {given!r}; it must be one of {', '.join(LEVELS)}"
        raise MissingSettingError(message)
    return given.upper()


def _file(service_name: str) -> WatchedFileHandler | None:
    """The file in `BANK_LOG_DIR`; None without one. Raises MissingSettingError where nothing can be written."""
    folder = os.environ.get("BANK_LOG_DIR")
    if not folder:
        return None
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        return WatchedFileHandler(Path(folder) / f"{service_name}.log")
    except OSError as error:
        message = f"BANK_LOG_DIR is {folder!r}, where nothing can be written: {error.strerror}"
        raise MissingSettingError(message) from None


def configure(service_name: str) -> None:
    """Set up logging for this process. Called by the server, never at import.

    Raises MissingSettingError for settings that it cannot follow.
    """
    _set_up(level(), _file(service_name))


def configure_console() -> None:
    """Set it up without asking any setting: for saying that one of them cannot be used."""
    _set_up("INFO", None)


def _set_up(lowest: str, file: logging.Handler | None) -> None:
    console = logging.StreamHandler(sys.stdout)
    handlers: list[logging.Handler] = [console]
    if file is not None:
        handlers.insert(0, file)
        console.addFilter(_LifecycleOnly())
    for handler in handlers:
        handler.setFormatter(_JSONLines())
    root = logging.getLogger()
    root.handlers = handlers
    root.setLevel(lowest)
    logging.captureWarnings(True)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            with_request_id,
            redact,
            structlog.processors.EventRenamer("event"),
            _rendered,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = lambda _kind, error, _trace: _log_uncaught(error)
    threading.excepthook = lambda failure: _log_uncaught(failure.exc_value) if failure.exc_value else None


def _log_uncaught(error: BaseException) -> None:
    """What ended a thread or the process, as a line like any other."""
    structlog.get_logger("server").critical("uncaught_error", exc_info=error)
