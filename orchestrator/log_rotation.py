"""Keeps the folder of log files bounded, in size and in time. Services write with WatchedFileHandler, which reopens a
renamed file.

Each day has files of its own (days of UTC, as the lines say): what is old enough can then be removed whole.
"""

import re
import time
from datetime import UTC, datetime
from pathlib import Path

from shared import settings

LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_TOTAL_BYTES = 5 * LARGEST_BYTES
"""Of a service's renamed files together; without the one that it writes."""
_DAY_SECONDS = 86_400
_REMOVE_EVERY_SECONDS = 3600.0
_FIRST_DAY = re.compile(rb'"timestamp": "(\d{4}-\d{2}-\d{2})T')
_FIRST_BYTES = 64 * 1024


def log_days() -> int:
    """`BANK_LOG_DAYS`: how many days log files are kept. Raises MissingSettingError for what is no number of days."""
    return settings.number("BANK_LOG_DAYS", 30, lowest=1, highest=3_660)


class LogRotation:
    """Of one folder, whose renamed files are removed after `kept_days`, sooner where they are too many."""

    def __init__(self, folder: Path, kept_days: int) -> None:
        self._folder = folder
        self._kept_seconds = kept_days * _DAY_SECONDS
        self._begun: dict[int, str] = {}
        """On which day the file with this inode was begun."""
        self._removed_at = float("-inf")

    def look(self, now: float | None = None) -> None:
        """Rename each log that has grown too large or is of another day, `x.log` to `x.log.1`, that to `x.log.2`; and
        remove what is too old or too much.
        """
        now = time.time() if now is None else now
        has_renamed = [self._is_renamed(log, now) for log in self._folder.glob("*.log")]
        if any(has_renamed) or time.monotonic() - self._removed_at >= _REMOVE_EVERY_SECONDS:
            self._removed_at = time.monotonic()
            for log in {_log_of(path) for path in self._folder.glob("*.log.*") if _number(path)}:
                self._remove_old(log, now)

    def _is_renamed(self, log: Path, now: float) -> bool:
        status = log.stat()
        if not status.st_size:
            return False
        if status.st_ino not in self._begun:
            self._begun = {status.st_ino: _first_day(log, status.st_mtime), **self._begun}
        if status.st_size < LARGEST_BYTES and self._begun[status.st_ino] >= _day(now):
            return False
        for number, path in reversed(_renamed(log)):
            path.replace(log.with_name(f"{log.name}.{number + 1}"))
        log.replace(log.with_name(f"{log.name}.1"))
        del self._begun[status.st_ino]
        return True

    def _remove_old(self, log: Path, now: float) -> None:
        total = 0
        for _, path in _renamed(log):
            status = path.stat()
            total += status.st_size
            if total > LARGEST_TOTAL_BYTES or status.st_mtime < now - self._kept_seconds:
                path.unlink()


def _renamed(log: Path) -> list[tuple[int, Path]]:
    """A log's renamed files with their numbers, the newest first."""
    return sorted((number, path) for path in log.parent.glob(f"{log.name}.*") if (number := _number(path)))


def _number(path: Path) -> int:
    """Of a renamed file; 0 for one that was not renamed by us."""
    ending = path.suffix[1:]
    return int(ending) if ending.isdecimal() and ending.isascii() else 0


def _log_of(renamed: Path) -> Path:
    return renamed.with_suffix("")


def _first_day(log: Path, written_at: float) -> str:
    """The day that the first line says; of a file that has no such line, the one on which it was written last."""
    with log.open("rb") as file:
        found = _FIRST_DAY.search(file.read(_FIRST_BYTES))
    return found[1].decode() if found else _day(written_at)


def _day(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()
