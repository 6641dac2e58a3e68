"""All databases of a bank as they were at one instant, while it runs on.

For a moment this process holds the write lock of each database, so that nothing commits anywhere; in that moment it
begins to read each of them. From then on everybody writes again, and what is read stays as it was. So a backup is the
bank as a power cut at that instant would have left it, which is what a bank goes on from: nobody's place in a feed is
ahead of the feed, and no account is in one service and not in the other but for what they settle when they start.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from operations.backup.problems import BackupError
from shared.services import Service
from shared.storage.sqlite import sqlite_driver

_PATIENCE_SECONDS = 60.0
_LOCK_WAIT_MS = 400
"""Of each lock: whoever cannot have all of them soon gives back those that it has, and the bank goes on meanwhile."""
_PAGES_AT_ONCE = 2048
Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Snapshot:
    """One database as it was. `revision` is that of its tables."""

    service: Service
    size_bytes: int
    revision: str
    _reader: Any

    def copy_to(self, target: Path, on_progress: Callable[[int], None]) -> None:
        """Write it into a new file; `on_progress` is told how many bytes are left, and may raise to give up.

        Raises BackupError where it cannot be read.
        """
        try:
            self._copy_to(target, on_progress)
        except sqlite_driver.DatabaseError as error:
            message = f"the database of the {self.service.name} cannot be copied: {error}"
            raise BackupError(message) from error

    def _copy_to(self, target: Path, on_progress: Callable[[int], None]) -> None:
        page_bytes = int(self._reader.execute("PRAGMA page_size").fetchone()[0])
        with closing(sqlite_driver.connect(str(target), isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")
            self._reader.backup(
                copy,
                pages=_PAGES_AT_ONCE,
                progress=lambda _status, remaining, _total: on_progress(remaining * page_bytes),
            )

    def has_rows(self, table: str) -> bool:
        """Whether this table has any; not where it cannot be read, as what is damaged may have to be kept too."""
        try:
            return self._reader.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None  # noqa: S608 (ours)
        except sqlite_driver.DatabaseError:
            return False

    @property
    def blocks_writers(self) -> bool:
        """Whether nobody can commit while it is read: without a write-ahead log (shared/storage/sqlite.py)."""
        return str(self._reader.execute("PRAGMA journal_mode").fetchone()[0]) != "wal"

    def let_go(self) -> None:
        """It is not read any more."""
        self._reader.close()


@contextmanager
def taken(files: Mapping[Service, Path], look: Callable[[], Seen]) -> Iterator[tuple[list[Snapshot], Seen]]:
    """The databases as of one instant, in this order, and what `look` saw beside them in that same instant.

    Raises BackupError when something writes on and on, or when a file is no database.
    """
    with ExitStack() as held:
        try:
            snapshots, seen = _cut(files, look, held)
        except sqlite_driver.DatabaseError as error:
            message = f"a database of the bank cannot be read: {error}"
            raise BackupError(message) from error
        yield snapshots, seen


def _cut(files: Mapping[Service, Path], look: Callable[[], Seen], held: ExitStack) -> tuple[list[Snapshot], Seen]:
    readers = {service: held.enter_context(closing(_connected(path))) for service, path in files.items()}
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with ExitStack() as locks:
            if all(_is_locked(path, locks) for path in files.values()):
                for reader in readers.values():
                    reader.execute("BEGIN")
                    reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                seen = look()
                break
        if time.monotonic() > give_up_at:
            message = "a database of the bank was written to for a minute without a pause; try again later"
            raise BackupError(message)
        time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 (not to meet the same writer again)
    return [_snapshot(service, reader) for service, reader in readers.items()], seen


def _is_locked(path: Path, locks: ExitStack) -> bool:
    """Whether nobody else can write to this database until `locks` end."""
    writer = locks.enter_context(closing(_connected(path)))
    try:
        writer.execute("BEGIN IMMEDIATE")
    except sqlite_driver.OperationalError as error:
        if "locked" in str(error):
            return False
        raise
    return True


def _connected(path: Path) -> Any:
    connection = sqlite_driver.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout={_LOCK_WAIT_MS}")
    return connection


def _snapshot(service: Service, reader: Any) -> Snapshot:
    pages, page_bytes = (int(reader.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    found = reader.execute("SELECT version_num FROM alembic_version").fetchone()
    if found is None:
        message = f"the database of the {service.name} is not set up yet; start the bank once"
        raise BackupError(message)
    return Snapshot(service, pages * page_bytes, str(found[0]), reader)
