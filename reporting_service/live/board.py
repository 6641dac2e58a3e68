"""Tells everybody who watches of the totals, once a second: one computation for all of them, none while nobody does.

A watcher holds no thread (shared/serving/open_reply.py), and the one that tells them all is replaced should it die
(shared/serving/standby_thread.py). A stream ends when its token does, when it has lasted
`LONGEST_SECONDS`, or when this server stops; clients of server-sent events then ask again by themselves.
"""

import json
import threading
import time
from dataclasses import dataclass

import structlog

from reporting_service.live.totals import LiveTotals
from shared.identity.tokens import TokenVerifier
from shared.refusals import UNAVAILABLE, Refused
from shared.serving.open_reply import OpenReply
from shared.serving.standby_thread import StandbyThread

MOST_WATCHERS = 100
"""In one process."""
LONGEST_SECONDS = 900.0
EVERY_SECONDS = 1.0
RETRY_AFTER_SECONDS = 5
_AGAIN_MILLISECONDS = 2000
_BEGINNING = f"retry: {_AGAIN_MILLISECONDS}\n\n".encode()
_HEARTBEAT = b": the totals cannot be read at the moment\n\n"

logger = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Watcher:
    reply: OpenReply
    token: str
    until: float


class LiveBoard:
    """The watchers of one process. Thread-safe."""

    def __init__(self, totals: LiveTotals, verifier: TokenVerifier, every_seconds: float = EVERY_SECONDS) -> None:
        self._totals = totals
        self._verifier = verifier
        self._every_seconds = every_seconds
        self._reading = threading.Lock()
        self._watchers: set[_Watcher] = set()
        self._thread = StandbyThread(
            "live", has_work=lambda: bool(self._watchers), turn=self._tell_all, pause_seconds=every_seconds
        )
        self.computations = 0

    @property
    def watchers(self) -> int:
        """How many watch in this process."""
        return len(self._watchers)

    def check_room(self) -> None:
        """Raises Refused (503) where one more would be one too many."""
        if self.watchers >= MOST_WATCHERS:
            message = "As many watch already as may; try again shortly."
            raise Refused(UNAVAILABLE, message, retry_after_seconds=RETRY_AFTER_SECONDS)

    def now(self) -> dict[str, object]:
        """The totals, for somebody who looks once."""
        with self._reading:
            return self._totals.now()

    def watch(self, reply: OpenReply, token: str, longest_seconds: float = LONGEST_SECONDS) -> None:
        """Tell this reader from now on. Waits for nothing."""
        reply.send(_BEGINNING)
        watcher = _Watcher(reply, token, time.monotonic() + longest_seconds)
        with self._thread.lock:
            is_full = self.watchers >= MOST_WATCHERS
            if not is_full:
                self._watchers.add(watcher)
                self._thread.begin()
        if is_full:
            self._end(watcher, "full")

    def event(self) -> bytes:
        """The totals as an event, or a heartbeat while they cannot be read."""
        try:
            self.computations += 1
            return f"event: totals\ndata: {json.dumps(self.now(), separators=(',', ':'))}\n\n".encode()
        except Exception:  # whoever watches sees that it goes on, and that there is nothing new
            logger.exception("live_totals_not_read")
            return _HEARTBEAT

    def is_telling(self) -> bool:
        """Whether those who watch are told: for the health of the service."""
        return self._thread.is_well()

    def _tell_all(self) -> None:
        began = time.monotonic()
        event = self.event()
        for watcher in list(self._watchers):
            try:
                self._tell(watcher, event)
            except Exception:  # whatever it was, the others are told
                logger.exception("live_watcher_given_up")
                self._end(watcher, "", is_whole=False)
        time.sleep(max(0.0, self._every_seconds - (time.monotonic() - began)))

    def _tell(self, watcher: _Watcher, event: bytes) -> None:
        if reason := self._reason_to_end(watcher):
            self._end(watcher, reason)
        elif not watcher.reply.send(event):
            self._end(watcher, "")

    def _reason_to_end(self, watcher: _Watcher) -> str:
        if time.monotonic() >= watcher.until:
            return "time"
        try:
            self._verifier.verify(watcher.token)
        except Refused:
            return "token"
        return ""

    def _end(self, watcher: _Watcher, reason: str, *, is_whole: bool = True) -> None:
        with self._thread.lock:
            self._watchers.discard(watcher)
        if reason:
            watcher.reply.send(f'event: end\ndata: {{"reason":"{reason}"}}\n\n'.encode())
        watcher.reply.end(is_whole=is_whole)
