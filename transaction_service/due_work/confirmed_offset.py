"""What an administrator confirmed of the machine's clock, for all processes of the ledger on that machine.

It is the clock that people see less the one that nobody can set, the same in every process. Once the machine has been
started again it fits neither of them any more.
"""

from pathlib import Path

from shared.storage.private_files import replace_private


class ConfirmedOffset:
    """A file with one number, in microseconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = (0, 0)
        self._offset_us: int | None = None

    def read(self) -> int | None:
        """What was confirmed last; None for nothing. Costs one stat as long as nothing has changed."""
        now = self._stamp()
        if now != self._seen:
            self._offset_us = self._content()
            self._seen = now
        return self._offset_us

    def write(self, offset_us: int) -> None:
        """Keep it, durably."""
        replace_private(self._path, str(offset_us))

    def _stamp(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return (0, 0)
        return (status.st_ino, status.st_mtime_ns)

    def _content(self) -> int | None:
        try:
            return int(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return None
