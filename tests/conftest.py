"""What every test gets: no sockets where there is no I/O, and an environment apart from the developer's own bank."""

import logging
import os
import shutil
import tempfile
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

TESTS = Path(__file__).parent
WITHOUT_SOCKETS = ("unit", "properties")
BANK_VARIABLES = ("BANK_", "SMTP_", "CONSUL_", "REDIS_", "SESSION_SECRET")
SERVICE_VARIABLES = ("_PORT", "_SERVICE_URL", "_DATABASE_URL", "_CLIENT_SECRET")


def pytest_configure() -> None:
    """Forget the settings of a bank that may be running here: a test must never reach its data."""
    for name in list(os.environ):
        if name.startswith(BANK_VARIABLES) or name.endswith(SERVICE_VARIABLES):
            del os.environ[name]
    os.environ["BANK_DATA_DIR"] = tempfile.mkdtemp(prefix="sandbank-tests-")
    _quieten_logs()
    settings.register_profile("same examples every time", derandomize=True, deadline=None, database=None)
    settings.load_profile("same examples every time")


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["BANK_DATA_DIR"], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit and property tests do no I/O; a socket opened there fails the test."""
    for item in items:
        if item.path.is_relative_to(TESTS) and item.path.relative_to(TESTS).parts[0] in WITHOUT_SOCKETS:
            item.add_marker(pytest.mark.disable_socket)


def _quieten_logs() -> None:
    """Warnings and errors only, with plain tracebacks: a line for each of ten thousand requests helps nobody."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
