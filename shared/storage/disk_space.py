"""Whether there is room to write: what the file system says, and what the last writes met."""

import os
import time
from pathlib import Path

LEAST_FREE_BYTES = 16 * 1024 * 1024
_REMEMBERED_SECONDS = 10.0


class Storage:
    """Of one service. `folder` is where its database lies; None when that is on another machine."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._refused_at = float("-inf")

    def note_refused_write(self) -> None:
        """A write was refused because there was no room."""
        self._refused_at = time.monotonic()

    def free_bytes(self) -> int | None:
        """How much room is left; None where that cannot be seen from here."""
        if self._folder is None:
            return None
        try:
            found = os.statvfs(self._folder)
        except OSError:
            return None
        return found.f_bavail * found.f_frsize

    def problem(self) -> str | None:
        """Why writes fail, or soon will, in a sentence for an operator; None when there is room."""
        if time.monotonic() - self._refused_at < _REMEMBERED_SECONDS:
            return "the storage is full: writes are refused"
        if self._folder is None:
            return None
        try:
            found = os.statvfs(self._folder)
        except OSError as error:
            return f"the data directory cannot be read: {error.strerror}"
        free = found.f_bavail * found.f_frsize
        if free < LEAST_FREE_BYTES:
            return f"the storage is almost full: {free // 1024} KiB are left"
        return None
