"""One service's process: started, listened to, started again when it dies, stopped with everything it started."""

import signal
import threading
import time
from collections.abc import Callable, Mapping

from orchestrator.restart_policy import ALARM_EXITS, ALARM_WINDOW_SECONDS, SLOW_DELAY_SECONDS, RestartPolicy
from orchestrator.service_process import ServiceProcess
from shared.observability.logs import cause_of
from shared.observability.restarts import PLANNED_RESTARTS, RESTARTS
from shared.services import Service

_NO_EXIT = 255
_UP_SECONDS = 1.0
"""A process that ends well sooner than that has never served anybody: nobody can have asked it to end."""
Say = Callable[[Service, str], None]


class SupervisedService:
    """Keeps one service running, from a thread of its own, until the bank's `stop` is set.

    The process leads its own session, so a Ctrl-C reaches the orchestrator alone and a kill reaches its workers too.
    """

    def __init__(
        self, service: Service, environment: Mapping[str, str], *, say: Say, alarm: Say, stop: threading.Event
    ) -> None:
        self.service = service
        self._environment = {**environment, "BANK_SUPERVISED": "1"}
        self._say = say
        self._alarm = alarm
        self._policy = RestartPolicy()
        self._restarts = 0
        self._planned_restarts = 0
        self._stop = stop
        self._reloading = threading.Event()
        self._lock = threading.Lock()
        self._process: ServiceProcess | None = None
        self._keeper = threading.Thread(target=self._keep_running, name=f"keep-{service.name}", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process id of the service's first process while it runs."""
        process = self._process
        return process.pid if process is not None else None

    def start(self) -> None:
        """Start the process, and start it again whenever it dies."""
        self._keeper.start()

    def reload(self) -> None:
        """Stop the process politely; it is started again at once, and this is no crash."""
        self._reloading.set()
        self._terminate()

    def ask_to_stop(self) -> None:
        """SIGTERM: the service takes no more requests and finishes those in flight. Returns at once.

        It stays stopped only once the bank's `stop` is set.
        """
        self._terminate()

    def has_stopped(self, *, within_seconds: float) -> bool:
        """Wait for the process to end; whether it did."""
        if self._keeper.ident is not None:
            self._keeper.join(max(0.0, within_seconds))
        return not self._keeper.is_alive()

    def kill(self) -> None:
        """SIGKILL to the process and all that it started."""
        with self._lock:
            if self._process is not None:
                self._process.kill_group()

    def _terminate(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.terminate()

    def _keep_running(self) -> None:
        while True:
            started_at = time.monotonic()
            try:
                code = self._run_once()
            except Exception as error:  # noqa: BLE001 (no memory for a process, say: it is tried again like a crash)
                self._alarm(self.service, f"could not be run: {cause_of(error)}")
                code = _NO_EXIT
            if code is None or self._stop.is_set():
                return
            ran_seconds = time.monotonic() - started_at
            is_reload = self._reloading.is_set()
            if is_reload or (code == 0 and ran_seconds >= _UP_SECONDS):
                self._reloading.clear()
                self._planned_restarts += 1
                why = "its code changed" if is_reload else "it was asked to end"
                self._say(self.service, f"{why}; starting it again")
                continue
            self._wait_before_restart(code, ran_seconds=ran_seconds)

    def _wait_before_restart(self, code: int, *, ran_seconds: float) -> None:
        self._restarts += 1
        verdict = self._policy.after_exit(now_seconds=time.monotonic(), ran_seconds=ran_seconds)
        if verdict.is_alarm:
            self._alarm(
                self.service,
                f"ALARM: {ALARM_EXITS} exits within {ALARM_WINDOW_SECONDS:.0f} s (last: {_cause(code)}); "
                f"from now on one try every {SLOW_DELAY_SECONDS:.0f} s, see its log",
            )
        else:
            self._alarm(self.service, f"{_cause(code)}; starting it again in {verdict.delay_seconds:.1f} s")
        self._stop.wait(verdict.delay_seconds)

    def _run_once(self) -> int | None:
        """Run the process to its end and return its exit code; None when there is to be no process any more."""
        with self._lock:
            if self._stop.is_set():
                return None
            counted = {RESTARTS: str(self._restarts), PLANNED_RESTARTS: str(self._planned_restarts)}
            environment = {**self._environment, **counted}
            process = self._process = ServiceProcess(self.service, environment)
        listener = threading.Thread(target=self._pass_on, args=(process,), daemon=True)
        try:
            listener.start()
            code = process.wait()
        finally:
            with self._lock:
                self._process = None
            process.kill_group()  # workers whose first process was killed would keep the port
        listener.join(1.0)
        process.close()
        return code

    def _pass_on(self, process: ServiceProcess) -> None:
        for line in process.lines():
            self._say(self.service, line)


def _cause(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exited with code {code}"
