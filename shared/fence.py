"""The fence of a service: while it is closed nothing is done for anybody, so that a reset finds everything still.

All processes of a service have one fence, two files beside its database: one says whether the fence is closed, the
other is locked (shared) by each process that has something under way. So a fence stays closed when a process dies, and
nobody's death keeps it from being closed. docs/adr/0013 says what it is for.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, g, request

from shared.refusals import UNAVAILABLE, Refused
from shared.services import Service
from shared.storage.private_files import replace_private
from shared.storage.service_files import beside_database

SCOPE = "bank:reset"
WAIT_SECONDS = 15.0
RETRY_AFTER_SECONDS = 2
_LOOK_SECONDS = 0.005
_SOON_SECONDS = 0.01
"""Work that begins so soon after the last has ended is one of many: what it holds is kept for those that follow."""
_KEPT_SECONDS = 0.05
"""How long the lock is kept when nothing is under way, and while it is, how old what is known of the fence may be."""
_CLOSED, _OPEN = "closed", "open"
_BEING_RESET = "The bank is being reset; try again shortly."
NEVER_FENCED = frozenset(
    {
        "/internal/fence", "/internal/reset", "/internal/revocations", "/api/auth/token", "/api/auth/jwks",
        "/api/health", "/metrics", "/openapi.json",
    }
)  # fmt: skip
"""What a reset itself needs, and what changes nothing and shows nothing of the bank's content."""


class Fence:
    """Each piece of work passes through. `before_opening` are run by the process that opens the fence, `on_opened` by
    each process that finds it open again; either may raise Refused, and the fence then stays closed.
    """

    def __init__(self, path: Callable[[], Path]) -> None:
        self._find_path = path
        self._found: Path | None = None
        self._lock = threading.Lock()
        self._under_way = 0
        self._shared: int | None = None
        self._is_held = False
        """Whether we have the lock: nobody can have closed the fence then, but only have begun to."""
        self._is_kept = False
        """Whether we have it for longer than there is something under way, as that goes on and on."""
        self._let_go_at = float("-inf")
        self._look_at = float("-inf")
        self._has_passed = False
        self._knows_of = (0, 0)  # the state file as this process saw it last
        self._is_closed = False
        self.before_opening: list[Callable[[], object]] = []
        self.on_opened: list[Callable[[], object]] = []

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Do something behind the fence. Raises Refused (503) while it is closed."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """Begin a piece of work, which `leave` ends. Raises Refused (503) while the fence is closed."""
        now = time.monotonic()
        with self._lock:
            if not self._is_held:
                fcntl.flock(self._shared_file(), fcntl.LOCK_SH)
                self._is_held, self._look_at = True, now
            self._under_way += 1
            self._has_passed = True
            if now < self._look_at:  # seen open lately, and whoever closes it waits for us: no call to the system
                return
            try:
                self._look()
            except BaseException:
                self._end_one()
                raise
            self._look_at = now + _KEPT_SECONDS
            if not self._is_kept and now - self._let_go_at < _SOON_SECONDS:
                self._let_go_at = float("-inf")  # decided once for each time that the lock is taken
                self._is_kept = self._keep()

    def leave(self) -> None:
        """A piece of work has ended."""
        with self._lock:
            self._end_one()

    def notice(self) -> None:
        """Take note of how the fence stands as this process begins."""
        self._is_closed = self.is_closed()
        self._knows_of = self._stamp()

    def close(self, wait_seconds: float = WAIT_SECONDS) -> None:
        """Let nothing more begin, and wait until everything that has begun has ended.

        Raises Refused (503) when something goes on for longer; the fence is then as it was. Closing twice is no error.
        """
        was_closed = self.is_closed()
        replace_private(self._path, _CLOSED)
        deadline = time.monotonic() + wait_seconds
        with self._lock:
            self._look_at = float("-inf")
            self._let_go_of_kept()
        with self._lock_file.open("a") as alone:
            while True:
                try:
                    fcntl.flock(alone.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        if not was_closed:
                            replace_private(self._path, _OPEN)
                        message = "Something takes long here, and the bank cannot be reset before it ends."
                        raise Refused(UNAVAILABLE, message) from None
                    time.sleep(_LOOK_SECONDS)
                else:
                    return

    def open(self) -> None:
        """Let everything go on. Opening twice is no error. Raises what `before_opening` raises."""
        if self.is_closed():
            for prepare in self.before_opening:
                prepare()
            replace_private(self._path, _OPEN)

    @property
    def _path(self) -> Path:
        if self._found is None:
            self._found = self._find_path()
        return self._found

    @property
    def _lock_file(self) -> Path:
        return self._path.with_suffix(".fence-lock")

    def _shared_file(self) -> int:
        if self._shared is None:
            self._shared = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._shared

    def _end_one(self) -> None:
        self._under_way -= 1
        if self._under_way == 0 and (not self._is_kept or self._is_closed):
            self._let_go()

    def _let_go(self) -> None:
        fcntl.flock(self._shared_file(), fcntl.LOCK_UN)
        self._is_held = self._is_kept = False
        self._let_go_at = time.monotonic()

    def _let_go_of_kept(self) -> None:
        if self._is_kept and self._under_way == 0:
            self._let_go()
            self._let_go_at = float("-inf")

    def _keep(self) -> bool:
        """Keep the lock until nothing has begun for a while; not where no thread can be had that lets go of it then."""
        try:
            threading.Thread(target=self._let_go_when_quiet, name="fence", daemon=True).start()
        except RuntimeError:
            return False
        return True

    def _let_go_when_quiet(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(_KEPT_SECONDS)
            with self._lock:
                if not self._has_passed:
                    self._let_go_of_kept()
                self._has_passed = False
                if not self._is_kept:
                    return

    def _look(self) -> None:
        """Raise while the fence is closed. Costs one stat as long as nothing has changed."""
        now = self._stamp()
        if now != self._knows_of:
            is_closed = self.is_closed()
            if not is_closed:  # it was closed since the last look, whether or not anybody passed by meanwhile
                for refresh in self.on_opened:
                    refresh()
            self._knows_of, self._is_closed = now, is_closed
        if self._is_closed:
            raise Refused(UNAVAILABLE, _BEING_RESET, retry_after_seconds=RETRY_AFTER_SECONDS)

    def _stamp(self) -> tuple[int, int]:
        """Changes whenever the state file does."""
        try:
            status = self._path.stat()
        except FileNotFoundError:  # never closed yet
            return (0, 0)
        return (status.st_ino, status.st_mtime_ns)

    def is_closed(self) -> bool:
        """How the fence stands for all processes."""
        try:
            return self._path.read_text() == _CLOSED
        except FileNotFoundError:
            return False


def install_fence(app: Flask, service: Service) -> Fence:
    """Let each request of this app pass its fence, but for what a reset itself needs."""
    fence = Fence(lambda: beside_database(app, service, ".fence"))
    app.extensions["fence"] = fence

    def enter() -> None:
        if request.endpoint is not None and request.path not in NEVER_FENCED:
            fence.enter()
            g.is_past_fence = True

    def leave(_error: BaseException | None) -> None:
        if g.pop("is_past_fence", False):
            fence.leave()

    app.before_request(enter)
    app.teardown_request(leave)
    return fence
