"""One process of a service, forked from a server that has the libraries loaded already (docs/adr/0005).

Importing SQLAlchemy, Flask and their like costs each service most of a second of processor time. The fork server of
multiprocessing imports them once; a service then imports its own code alone, fresh, whenever it starts.
"""

import contextlib
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from multiprocessing.forkserver import ensure_running
from pathlib import Path

from shared import allocator
from shared.services import Service

ROOT = Path(__file__).resolve().parent.parent

# Only what starts no thread and reads no environment when imported: prometheus_client does the one, numpy the other.
# And nothing that may draw random numbers before the fork, which all services would then have in common: uuid_utils.
LIBRARIES = [
    "alembic.command",
    "consul",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "flask_openapi3",
    "flask_sqlalchemy",
    "gunicorn.app.base",
    "gunicorn.http.wsgi",
    "gunicorn.workers.base",
    "jwt.algorithms",
    "precis_i18n.profile",
    "pydantic",
    "pysqlite3.dbapi2",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "structlog",
    "urllib3",
    "orchestrator.frozen_libraries",
]
_FOR_THE_ORCHESTRATOR = (signal.SIGTERM, signal.SIGHUP)
_FORK_SERVER = multiprocessing.get_context("forkserver")


def start_fork_server() -> None:
    """Start loading the libraries.

    The fork server inherits that SIGTERM and SIGHUP are ignored: signals sent to our whole process group are for us to
    act on, and it has to outlive the services to tell how they ended. How services keep memory is settled with it too:
    the C library looks only when a program is started.
    """
    for name, value in allocator.SETTINGS.items():
        os.environ.setdefault(name, value)
    _FORK_SERVER.set_forkserver_preload(LIBRARIES)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _FOR_THE_ORCHESTRATOR}
    ensure_running()
    for number, handler in before.items():
        signal.signal(number, handler)


class ServiceProcess:
    """A running `python -m shared.server <package>`: leader of its own session, our pipes as its standard streams.

    Its standard input is a pipe that nobody writes to: should the orchestrator be killed, the pipe closes and the
    service stops by itself (`BANK_SUPERVISED`, see shared/server.py).
    """

    def __init__(self, service: Service, environment: Mapping[str, str]) -> None:
        lifeline, self._lifeline = _FORK_SERVER.Pipe(duplex=False)
        self._output, output = _FORK_SERVER.Pipe(duplex=False)
        self._process = _FORK_SERVER.Process(
            target=_serve, args=(service.package, dict(environment), lifeline, output), name=service.name
        )
        with lifeline, output:
            self._process.start()

    @property
    def pid(self) -> int:
        """The process id, also the id of the session and group it leads."""
        return self._process.pid or 0

    @property
    def is_running(self) -> bool:
        return self._process.is_alive()

    def lines(self) -> Iterator[str]:
        """What the service prints, line by line, until all its processes have closed their output."""
        with os.fdopen(os.dup(self._output.fileno()), "rb") as output:
            for line in output:
                yield line.decode(errors="replace").rstrip()

    def wait(self) -> int:
        """Wait for the end; the exit code, or minus the signal that ended it."""
        self._process.join()
        code = self._process.exitcode
        return 255 if code is None else code

    def terminate(self) -> None:
        """SIGTERM to the service's first process.

        One that has only just been forked still ignores signals, as the fork server does: the closed pipe tells it.
        """
        self._process.terminate()
        self._lifeline.close()

    def kill_group(self) -> None:
        """SIGKILL to everything the service started, also after its first process is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.is_running:
            self._process.kill()

    def close(self) -> None:
        """Let go of the pipes."""
        self._lifeline.close()
        self._output.close()


def _serve(package: str, environment: Mapping[str, str], lifeline: Connection, output: Connection) -> None:
    os.setsid()
    for number in _FOR_THE_ORCHESTRATOR:
        signal.signal(number, signal.SIG_DFL)
    os.dup2(lifeline.fileno(), 0)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    lifeline.close()
    output.close()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(package[:15])  # what `ps` and `top` show on Linux
    sys.argv = ["shared.server", package]
    runpy.run_module("shared.server", run_name="__main__", alter_sys=False)
