"""One service's process: started, listened to, started again when it dies, stopped with everything it started."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from orchestrator.restart_policy import ALARM_EXITS, ALARM_WINDOW_SECONDS, SLOW_DELAY_SECONDS, RestartPolicy
from shared.services import Service

ROOT = Path(__file__).resolve().parent.parent

Say = Callable[[Service, str], None]


class SupervisedService:
    """Keeps one service running from a thread of its own until told to stop.

    The process leads its own session, so a Ctrl-C reaches the orchestrator alone and a kill reaches its workers too.
    Its standard input is a pipe that we never write to: should this process be killed, the pipe closes and the service
    stops by itself (`BANK_SUPERVISED`, see shared/server.py).
    """

    def __init__(self, service: Service, environment: Mapping[str, str], *, say: Say, alarm: Say) -> None:
        self.service = service
        self._environment = {**environment, "BANK_SUPERVISED": "1"}
        self._say = say
        self._alarm = alarm
        self._policy = RestartPolicy()
        self._stopping = threading.Event()
        self._reloading = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep_running, name=f"keep-{service.name}", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process id of the service's first process while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self) -> None:
        """Start the process, and start it again whenever it dies."""
        self._keeper.start()

    def reload(self) -> None:
        """Stop the process politely; it is started again at once, and this is no crash."""
        self._reloading.set()
        self._terminate()

    def ask_to_stop(self) -> None:
        """SIGTERM: the service takes no more requests and finishes those in flight. Returns at once."""
        self._stopping.set()
        self._terminate()

    def has_stopped(self, *, within_seconds: float) -> bool:
        """Wait for the process to end; whether it did."""
        if self._keeper.ident is not None:
            self._keeper.join(max(0.0, within_seconds))
        return not self._keeper.is_alive()

    def kill(self) -> None:
        """SIGKILL to the process and all that it started."""
        self._stopping.set()
        with self._lock:
            process_id = self.pid
            if process_id is not None:
                _kill_group(process_id)

    def _terminate(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.terminate()

    def _keep_running(self) -> None:
        while True:
            started_at = time.monotonic()
            code = self._run_once()
            if code is None or self._stopping.is_set():
                return
            if self._reloading.is_set():
                self._reloading.clear()
                self._say(self.service, "its code changed; starting it again")
                continue
            self._wait_before_restart(code, ran_seconds=time.monotonic() - started_at)

    def _wait_before_restart(self, code: int, *, ran_seconds: float) -> None:
        verdict = self._policy.after_exit(now_seconds=time.monotonic(), ran_seconds=ran_seconds)
        if verdict.is_alarm:
            self._alarm(
                self.service,
                f"ALARM: {ALARM_EXITS} exits within {ALARM_WINDOW_SECONDS:.0f} s (last: {_cause(code)}); "
                f"from now on one try every {SLOW_DELAY_SECONDS:.0f} s, see its log",
            )
        else:
            self._alarm(self.service, f"{_cause(code)}; starting it again in {verdict.delay_seconds:.1f} s")
        self._stopping.wait(verdict.delay_seconds)

    def _run_once(self) -> int | None:
        """Run the process to its end and return its exit code; None when there is to be no process any more."""
        with self._lock:
            if self._stopping.is_set():
                return None
            process = subprocess.Popen(  # noqa: S603 (our own interpreter and a package name from shared/services.py)
                [sys.executable, "-m", "shared.server", self.service.package],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._process = process
        listener = threading.Thread(target=self._pass_on_output, args=(process,), daemon=True)
        listener.start()
        code = process.wait()
        _kill_group(process.pid)  # workers whose first process was killed would keep the port
        listener.join(1.0)
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        return code

    def _pass_on_output(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as output:
            for line in output:
                self._say(self.service, line.decode(errors="replace").rstrip())


def _kill_group(process_id: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process_id, signal.SIGKILL)


def _cause(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exited with code {code}"
