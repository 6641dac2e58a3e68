"""A thread that works in turns while there is work, and none while there is not. Should it die, another follows it.

What goes wrong in a turn is logged, and the next turn is taken all the same. `is_well` is for the health of the
service: a thread that hangs, or that none could follow, is noticed there.
"""

import threading
import time
from collections.abc import Callable

import structlog

logger = structlog.get_logger(__name__)

LONGEST_TURN_SECONDS = 30.0
_PAUSE_SECONDS = 1.0
"""After a turn that failed, so that one that always does keeps no processor busy."""


class StandbyThread:
    """`has_work` says whether there is any; it is asked under `lock`, under which work is added too."""

    def __init__(
        self,
        name: str,
        *,
        has_work: Callable[[], bool],
        turn: Callable[[], None],
        pause_seconds: float = _PAUSE_SECONDS,
    ) -> None:
        self.lock = threading.Lock()
        self._name = name
        self._has_work = has_work
        self._turn = turn
        self._pause_seconds = pause_seconds
        self._thread: threading.Thread | None = None
        self._turned_at = time.monotonic()

    def begin(self) -> None:
        """To be called under `lock` when work was added: from here on it is done."""
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def is_well(self) -> bool:
        """Whether the work there is gets done: by a thread that lives, and that has lately finished a turn."""
        with self.lock:
            if not self._has_work():
                return True
            is_alive = self._thread is not None and self._thread.is_alive()
            return is_alive and time.monotonic() - self._turned_at < LONGEST_TURN_SECONDS

    def _start(self) -> None:
        self._turned_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        has_ended = False
        try:
            while not (has_ended := self._is_done()):
                self._take_turn()
        finally:
            if not has_ended:  # whatever it was that no turn survives
                self._replace()

    def _is_done(self) -> bool:
        with self.lock:
            if self._has_work():
                return False
            self._thread = None
            return True

    def _take_turn(self) -> None:
        try:
            self._turn()
        except Exception:  # a thread that died in silence would leave everybody waiting
            logger.exception("turn_failed", thread=self._name)
            time.sleep(self._pause_seconds)
        self._turned_at = time.monotonic()

    def _replace(self) -> None:
        logger.critical("thread_died", thread=self._name)
        time.sleep(self._pause_seconds)
        with self.lock:
            self._start()
