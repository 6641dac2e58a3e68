"""Bells: a publisher tells the readers on its machine that it has something new, so that an idle bank does not ask.

A bell is two files in the data directory: one is touched by each commit of its service, the other twice a second for as
long as the service lives. Who reads a feed listens to its bell and asks when it rings. Where no bell is heard to be
alive (another machine, another data directory, a service that has died) readers ask at a pace of their own, and so they
do where discovery may lead elsewhere. A bell says only *when* to ask: what is new, the feed alone says.
"""

import os
import threading
import time
from pathlib import Path

import structlog

from shared import settings
from shared.network.addresses import MissingSettingError
from shared.observability.logs import cause_of
from shared.services import Service
from shared.storage.database import Database

logger = structlog.get_logger(__name__)

ALIVE_EVERY_SECONDS = 0.5
BELIEVED_SECONDS = 1.5
LISTEN_EVERY_SECONDS = 0.25
LONGEST_SILENCE_SECONDS = 10.0
"""Readers ask so often whatever they hear."""


class Bell:
    """The publisher's side; `start()` makes it heard."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stopped = threading.Event()
        self._rung: Path | None = None

    def start(self) -> None:
        """Be heard from now on, beginning with a ring: what was committed before may not have been told.

        Silent where its files cannot be made: the service works without.
        """
        rung, alive = _files(self._service)
        try:
            rung.parent.mkdir(mode=0o700, exist_ok=True)
            for file in (rung, alive):
                file.touch(mode=0o600)
        except OSError as error:
            self._fall_silent(error)
            return
        self._rung = rung
        self.ring()
        threading.Thread(target=self._stay_alive, args=(alive,), name="bell", daemon=True).start()

    def ring(self) -> None:
        """Tell the readers. Where that fails the bell falls silent for good, and they ask by themselves again."""
        rung = self._rung  # which another thread may take away
        if rung is None:
            return
        try:
            now = time.time_ns()  # said exactly: the kernel's own stamp is the same for several milliseconds
            os.utime(rung, ns=(now, now))
        except OSError as error:
            self._fall_silent(error)

    def stop(self) -> None:
        """Be silent."""
        self._rung = None
        self._stopped.set()

    def _stay_alive(self, alive: Path) -> None:
        while not self._stopped.is_set():
            try:
                os.utime(alive)
            except OSError as error:
                self._fall_silent(error)
                return
            self._stopped.wait(ALIVE_EVERY_SECONDS)

    def _fall_silent(self, error: OSError) -> None:
        logger.warning("bell_broken", service=self._service.name, cause=cause_of(error))
        self.stop()


def install_bell(service: Service, database: Database) -> None:
    """Let each commit of this database ring, for as long as this process lives."""
    bell = Bell(service)
    database.after_commit.append(bell.ring)
    bell.start()


class Listener:
    """A reader's side. One for each thread that waits: it remembers what it has heard."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._files: tuple[Path, Path] | None = None
        self._heard = 0
        self._stopped = threading.Event()
        self._woken = threading.Event()

    def wait(self, stopped: threading.Event, seconds: float) -> bool:
        """Return after so many seconds, if the bell has rung since the last time or none is heard; else when it rings.

        So nobody asks more often than without a bell. True when `stopped` is set, which is noticed as a ring would be.
        """
        if stopped.wait(seconds):
            return True
        self._stopped = stopped
        self._woken.clear()
        if not self.has_to_wake():
            _ear.listen_for(self)
            self._woken.wait(max(0.0, LONGEST_SILENCE_SECONDS - seconds))
            _ear.forget(self)
        self._heard = self._stamp() or self._heard
        return stopped.is_set()

    def wake(self) -> None:
        """End the wait, if there is one. From any thread."""
        self._woken.set()

    def has_to_wake(self) -> bool:
        """Whether who waits has something to do."""
        if self._stopped.is_set():
            return True
        stamp = self._stamp()
        return stamp is None or stamp != self._heard

    def has_rung(self) -> bool:
        """Whether it has rung since it was last listened to, or none is heard; waits for nothing."""
        stamp = self._stamp()
        is_news = stamp is None or stamp != self._heard
        self._heard = stamp or self._heard
        return is_news

    def forget(self) -> None:
        """What was heard could not be fetched: the next wait lasts no longer than without a bell."""
        self._heard = 0

    def _stamp(self) -> int | None:
        """When the bell last rang; None where none is alive, or where its service may be another than it is of."""
        if os.environ.get("CONSUL_HOST") or os.environ.get(f"{self._service.env_prefix}_SERVICE_URL"):
            return None
        try:
            if self._files is None:
                self._files = _files(self._service)
            rung, alive = self._files
            if abs(time.time() - alive.stat().st_mtime) > BELIEVED_SECONDS:
                return None
            return rung.stat().st_mtime_ns
        except (OSError, MissingSettingError):  # the latter: there is no data directory
            return None


class _Ear:
    """One thread listens for all in this process that wait: a thread that wakes costs more than what it looks at."""

    def __init__(self) -> None:
        self._waiting: set[Listener] = set()
        self._lock = threading.Lock()
        self._is_open = False

    def listen_for(self, listener: Listener) -> None:
        """Wake it when it has to; at once where no thread can be had, as it then asks by itself."""
        with self._lock:
            self._waiting.add(listener)
            if self._is_open:
                return
            try:
                threading.Thread(target=self._run, name="ear", daemon=True).start()
            except RuntimeError:
                listener.wake()
            else:
                self._is_open = True

    def forget(self, listener: Listener) -> None:
        """It waits no longer."""
        with self._lock:
            self._waiting.discard(listener)

    def _run(self) -> None:
        while True:
            time.sleep(LISTEN_EVERY_SECONDS)
            with self._lock:
                waiting = list(self._waiting)
                if not waiting:
                    self._is_open = False
                    return
            for listener in waiting:
                if listener.has_to_wake():
                    listener.wake()


_ear = _Ear()


def _hear_anew() -> None:
    """A child that was forked has what its parent had, but for the thread."""
    global _ear  # noqa: PLW0603 (there is one a process)
    _ear = _Ear()


os.register_at_fork(after_in_child=_hear_anew)


def _files(service: Service) -> tuple[Path, Path]:
    folder = settings.data_dir() / "bells"
    return folder / f"{service.package}.rung", folder / f"{service.package}.alive"
