"""What is looked at every few seconds, each in a thread of its own."""

import threading
from collections.abc import Callable

import structlog

from shared.observability.logs import cause_of
from shared.refusals import Refused

logger = structlog.get_logger(__name__)

_LONGEST_PAUSE_SECONDS = 60.0


class Periodic:
    """Calls `look` every few seconds; after an error less and less often, for a while."""

    def __init__(self, name: str, look: Callable[[], object], *, seconds: float) -> None:
        self._name = name
        self._look = look
        self._seconds = seconds
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin looking."""
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """Stop after what is in hand."""
        self._stopped.set()

    def _run(self) -> None:
        pause = self._seconds
        while not self._stopped.wait(pause):
            try:
                self._look()
                pause = self._seconds
            except Refused as refused:
                logger.debug("periodic_work_waits", work=self._name, cause=cause_of(refused))
            except Exception:  # a thread that died in silence would look at nothing ever again
                logger.exception("periodic_work_failed", work=self._name)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
