"""What every test gets: no sockets where there is no I/O, and an environment apart from the developer's own bank."""

import gc
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import pytest
import structlog
from hypothesis import settings
from xdist.remote import Producer

from tests import compiled_once, copied_databases, databases, forked_server, leftovers
from tests.audited import unaudited_acts
from tests.documented import undocumented_replies
from tests.password_cost import CHEAP_HASH
from tests.scheduling import CORES, WAITING_PROCESSES, SharedBankScheduling, sort_longest_first
from tests.temporary_files import TemporaryFiles
from tests.thoroughness import IS_THOROUGH, in_soak

TESTS = Path(__file__).parent
TEMPORARY_FILES = pytest.StashKey[TemporaryFiles]()
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WITHOUT_SOCKETS = ("unit", "properties")
BANK_VARIABLES = ("BANK_", "SMTP_", "CONSUL_", "REDIS_", "SESSION_SECRET")
COLLECT_GARBAGE_AFTER = (10_000, 10, 10)
"""Objects, and young collections, before the next one: among all that the tests import and make, each that looks
through everything takes a tenth of a second, and there would be one every few seconds."""
IN_TURN = 8
"""Of so many tests whose statements are much the same, one runs on PostgreSQL in CI and one on MariaDB."""
SERVICE_VARIABLES = ("_PORT", "_SERVICE_URL", "_DATABASE_URL", "_CLIENT_SECRET")

compiled_once.install()
copied_databases.install()  # before any service is imported, as the conftest.py of folders do


def pytest_configure(config: pytest.Config) -> None:
    """Forget the settings of a bank that may be running here: a test must never reach its data."""
    if not hasattr(config, "workerinput"):
        config.stash[TEMPORARY_FILES] = TemporaryFiles()
    for name in list(os.environ):
        if name.startswith(BANK_VARIABLES) or name.endswith(SERVICE_VARIABLES):
            del os.environ[name]
    gc.set_threshold(*COLLECT_GARBAGE_AFTER)
    _keep_bytecode()
    os.environ["BANK_DATA_DIR"] = tempfile.mkdtemp(prefix="sandbank-tests-")
    os.environ["AUTH_PASSWORD_HASH"] = CHEAP_HASH
    copied_databases.begin()
    leftovers.mark_children()
    _quieten_logs()
    settings.register_profile("same examples every time", derandomize=True, deadline=None, database=None)
    settings.load_profile("same examples every time")


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: nobody need look through it for garbage."""
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """The process that began the run cleans up after it."""
    if TEMPORARY_FILES in session.config.stash:
        session.config.stash[TEMPORARY_FILES].close(keep=exitstatus == pytest.ExitCode.TESTS_FAILED)


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """Fails when the tests of this process leave a process of their own."""
    yield
    databases.stop_servers()
    forked_server.end_forking()
    assert leftovers.end_what_is_left() == {}


@pytest.fixture(autouse=True)
def _database_kind(request: pytest.FixtureRequest) -> Iterator[None]:
    """On a SQLite file; a test that is marked `every_database` runs on a server of each kind too."""
    with databases.using(getattr(request, "param", databases.SQLITE)):
        yield


@pytest.fixture(autouse=True)
def _only_documented_replies() -> Iterator[None]:
    """Services answer what their OpenAPI documents say, whatever a test makes them do."""
    with undocumented_replies() as found:
        yield
    assert sorted(set(found)) == []


@pytest.fixture(autouse=True)
def _everything_is_audited(request: pytest.FixtureRequest) -> Iterator[None]:
    """What staff do is written down once, whatever a test makes them do. Where it breaks the database itself nobody
    looks, as looking would take the database's time from those who wait for an answer.
    """
    if request.node.get_closest_marker("breaks_database") is not None:
        yield
        return
    with unaudited_acts() as found:
        yield
    assert sorted(set(found)) == []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Once for each kind of database that the test says: on servers in CI alone."""
    at_a_desk = () if IS_THOROUGH else pytest.mark.skip(reason="servers are for CI; CI=true runs it here")
    turn = crc32(metafunc.definition.nodeid.encode())
    of_marker: dict[str, Sequence[object]] = {
        "every_database": databases.EVERY_KIND if IS_THOROUGH else (databases.SQLITE,),
        "databases_in_turn": (databases.SQLITE, *_in_turn(turn, IN_TURN)) if IS_THOROUGH else (databases.SQLITE,),
        "every_server": [pytest.param(kind, marks=at_a_desk) for kind in databases.SERVER_KINDS],
        "server_in_turn": _in_turn(turn, 2) if IS_THOROUGH else [pytest.param("mariadb", marks=at_a_desk)],
        "on_mariadb": [pytest.param("mariadb", marks=at_a_desk)],
    }
    for marker, kinds in of_marker.items():
        if metafunc.definition.get_closest_marker(marker):
            metafunc.parametrize("_database_kind", kinds, indirect=True)


def _in_turn(turn: int, tests: int) -> Sequence[object]:
    """The kinds of servers: each for one of so many tests, the same ones each time; under `make soak` for all."""
    return [kind if turn % tests == number else in_soak(kind) for number, kind in enumerate(databases.SERVER_KINDS)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Under `-n auto`: one to compute for each core, and some for what waits for processes, pages or a clock."""
    return CORES + WAITING_PROCESSES


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedBankScheduling:
    """Under `-n`: tests that share a bank stay in one process."""
    return SharedBankScheduling(config, log)


def pytest_make_parametrize_id(val: object) -> str | None:
    """An id made when the file is read differs in each process, and xdist compares the names of tests."""
    return UUID.sub("an-id", val) if isinstance(val, str) and UUID.search(val) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Unit and property tests do no I/O; a socket opened there fails the test."""
    if hasattr(config, "workerinput"):
        sort_longest_first(items)
    at_a_desk = pytest.mark.skip(reason="takes long; CI=true runs it here")
    for item in items:
        if not IS_THOROUGH and item.get_closest_marker("thorough") is not None:
            item.add_marker(at_a_desk)
        if item.path.is_relative_to(TESTS) and item.path.relative_to(TESTS).parts[0] in WITHOUT_SOCKETS:
            item.add_marker(pytest.mark.disable_socket)


def _keep_bytecode() -> None:
    """Here and in what tests start, whatever the environment says: else each process compiles all it imports anew."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _quieten_logs() -> None:
    """Warnings and errors only, with plain tracebacks: a line for each of ten thousand requests helps nobody."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
