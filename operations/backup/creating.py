"""Making a backup of a bank, running or not. It is there whole, or not at all."""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from operations.backup.alone import alone, new_file, remove_left_over, scratch_folder
from operations.backup.archive import ArchiveWriter
from operations.backup.contents import ANCHOR, MANIFEST, anchor_of, beside_of, database_name, databases_of
from operations.backup.manifest import Manifest
from operations.backup.owner_only import owner_only
from operations.backup.problems import BackupError
from operations.backup.sealed_file import SealingWriter
from operations.backup.snapshot import Snapshot, taken
from shared import settings
from shared.services import REPORTING
from shared.storage.disk_space import LEAST_FREE_BYTES

_SCRATCH = ".backup-"
_PARTIAL = ".sandbank-{}.part"
_LOOK_EVERY_BYTES = 4 * 1024 * 1024
_KEPT_FREE_BYTES = 4 * LEAST_FREE_BYTES
"""What a backup leaves of a disk, which may be the bank's own: a bank with less is told to refuse writes."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """One that was made, and its size."""

    file: Path
    manifest: Manifest
    size_bytes: int
    is_encrypted: bool
    seconds: float


def create(data: Path, target: Path, *, passphrase: str | None, say: Say) -> Backup:
    """Make a backup of the bank in this data directory. `say` is told how far it has come.

    Raises BackupError, and leaves nothing behind then.
    """
    began, made_at = time.monotonic(), datetime.now(UTC)
    databases_of(data)
    _refuse_another(target)
    try:
        with owner_only(), alone(data), _scratch(data) as scratch, _whole_or_none(target) as file:
            files = databases_of(data)  # once more: nothing is restored from here on
            with taken(files, lambda: beside_of(data, files.values())) as (snapshots, beside):
                if ANCHOR not in beside.files:
                    _refuse_without_anchor(data, snapshots)
                if any(one.blocks_writers for one in snapshots):
                    say("this SQLite is too old for a write-ahead log: nobody can write to the bank until it is made")
                say(f"the bank as of {made_at.isoformat(timespec='seconds')}")
                manifest = Manifest.of(
                    snapshots, beside_bytes=beside.room_bytes, made_at=_written(made_at), bank=settings.bank_name()
                )
                _check_room(data, max(one.size_bytes for one in snapshots))
                sealing = None if passphrase is None else SealingWriter(file, passphrase)
                archive = ArchiveWriter(cast("BinaryIO", sealing or file), made_at=made_at.timestamp())
                archive.add_text(MANIFEST, manifest.render())
                for name, content in beside.files.items():
                    archive.add_text(name, content)
                for one in snapshots:
                    _add(archive, one, scratch, say)
            archive.finish()
            if sealing is not None:
                sealing.finish()
    except OSError as error:
        message = f"the backup was not made: {error.strerror or error}"
        raise BackupError(message) from error
    size = target.stat().st_size
    return Backup(target, manifest, size, passphrase is not None, time.monotonic() - began)


def _add(archive: ArchiveWriter, snapshot: Snapshot, scratch: Path, say: Say) -> None:
    """One database: copied as it was, packed, and let go of."""
    name = database_name(snapshot.service)
    say(f"copying {name} ({snapshot.size_bytes // 1024:,} KiB)")
    copy = scratch / name
    snapshot.copy_to(copy, lambda remaining: _check_room(scratch.parent, remaining))
    snapshot.let_go()
    archive.add_file(name, copy)
    copy.unlink()


def _refuse_without_anchor(data: Path, snapshots: Iterable[Snapshot]) -> None:
    """A trail without its anchor cannot be proved, nor gone on with."""
    if any(one.service == REPORTING and one.has_rows("audit_trail") for one in snapshots):
        message = (
            f"the anchor of the audit trail is not there: {anchor_of(data)}. Where the bank keeps it elsewhere, set "
            "REPORTING_AUDIT_HEAD_FILE here too; docs/audit.md says what to do when it is lost"
        )
        raise BackupError(message)


def _refuse_another(target: Path) -> None:
    if target.exists():
        message = f"the file {target} is there already, and a backup is never written over; name another file"
        raise BackupError(message)


def _check_room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted + _KEPT_FREE_BYTES:
        message = (
            f"there is too little room on the disk of {folder}: {free // 1024:,} KiB are free, "
            f"{(wanted + _KEPT_FREE_BYTES) // 1024:,} KiB are needed"
        )
        raise BackupError(message)


def _written(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


@contextmanager
def _scratch(data: Path) -> Iterator[Path]:
    """A folder for one copied database at a time: on the bank's own disk, where its data lies anyway.

    A restore that was killed before it was decided has left a bank there, which goes now.
    """
    shutil.rmtree(data / settings.RESTORE_FOLDER, ignore_errors=True)
    with scratch_folder(_SCRATCH, data) as folder:
        yield folder


@contextmanager
def _whole_or_none(target: Path) -> Iterator[BinaryIO]:
    """A file to write, which has its name only when all of it is on the disk."""
    remove_left_over(target.parent, f".*{_PARTIAL.format('?' * 8)}")
    partial = target.with_name(f".{target.name}{_PARTIAL.format(secrets.token_hex(4))}")
    descriptor = new_file(partial)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield _Careful(file, partial.parent)  # type: ignore[misc]  # of a file only `write` is used
            file.flush()
            os.fsync(file.fileno())
        _refuse_another(target)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


class _Careful:
    """Writes as long as that leaves the disk some room."""

    def __init__(self, file: BinaryIO, folder: Path) -> None:
        self._file = file
        self._folder = folder
        self._unlooked = _LOOK_EVERY_BYTES

    def write(self, data: Any) -> int:
        self._unlooked += len(data)
        if self._unlooked >= _LOOK_EVERY_BYTES:
            self._unlooked = 0
            _check_room(self._folder, _LOOK_EVERY_BYTES)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()
