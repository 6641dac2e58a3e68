"""Servers that tests start: forked from a process that has the libraries loaded, as the orchestrator forks services,
and the bank's own code too. Importing it all costs each server a second of processor time, and the tests start some
hundred. How a service starts that has nothing of its own loaded is seen in each bank of tests/e2e/running_bank.py.
"""

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path

from orchestrator.service_process import LIBRARIES

FORK_SERVER = multiprocessing.get_context("forkserver")
FORK_SERVER.set_forkserver_preload([*LIBRARIES, "tests.preloaded"])


class ForkedServer:
    """A running `python -m MODULE ARGUMENTS`, leader of a session of its own. What it prints is added to `log`.

    It calls `first` before anything else.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        first: Callable[[], object] | None = None,
    ) -> None:
        self._process = FORK_SERVER.Process(
            target=_serve, args=(module, list(arguments), dict(environment), str(log), first)
        )
        self._process.start()

    @property
    def is_running(self) -> bool:
        return self._process.is_alive()

    @property
    def exit_code(self) -> int | None:
        """Minus the signal that ended it, where one did; None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """SIGKILL to it and all that it started."""
        self.signal(signal.SIGKILL)
        self._process.join()

    def signal(self, number: signal.Signals) -> None:
        """To its group; to itself alone while it has only just been forked and leads none."""
        try:
            os.killpg(self._process.pid or 0, number)
        except ProcessLookupError:
            if self.is_running:
                os.kill(self._process.pid or 0, number)

    def terminate(self) -> None:
        """SIGTERM to it alone, as the orchestrator sends it."""
        self._process.terminate()

    def wait(self, timeout_seconds: float) -> None:
        """Until it has ended by itself; fails the test when it does not in time."""
        self._process.join(timeout_seconds)
        assert not self.is_running, "it does not end"


def end_forking() -> None:
    """End what `ForkedServer` has started beside the servers; the next one starts it again."""
    forkserver._forkserver._stop()
    resource_tracker._resource_tracker._stop()
    util._run_finalizers()  # its folder, before that of the whole run is gone


def _serve(
    module: str, arguments: list[str], environment: dict[str, str], log: str, first: Callable[[], object] | None
) -> None:
    os.setsid()
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, copy in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(descriptor, copy)
    os.close(nothing)
    os.close(output)
    if first is not None:
        first()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    sys.dont_write_bytecode = False  # as in tests/conftest.py; the fork server was told what the environment said
    runpy.run_module(module, run_name="__main__", alter_sys=False)
