"""One backup of a bank is made at a time, and none while one is restored; what one that was killed has left is removed.

Whoever makes a file or folder that has to go again holds a lock on it: what nobody holds is left over.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from operations.backup.problems import BackupError

_LOCK = "backup.lock"


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Nobody else makes a backup of the bank in this folder, or restores one. Raises BackupError."""
    descriptor = os.open(data / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _is_locked(descriptor):
            message = "another backup of this bank is being made or restored; wait for it"
            raise BackupError(message)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def scratch_folder(prefix: str, parent: Path) -> Iterator[Path]:
    """A folder for a while; those of this prefix that somebody who was killed has left are removed first."""
    remove_left_over(parent, f"{prefix}*")
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with suppress(FileNotFoundError):  # taken for left over, before it was locked
            descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            if _is_locked(descriptor) and folder.exists():
                break
            os.close(descriptor)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def new_file(path: Path) -> int:
    """A descriptor of a file made for the owner alone, which is not left over as long as it is open."""
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        if _is_locked(descriptor) and path.exists():
            return descriptor
        os.close(descriptor)


def remove_left_over(folder: Path, pattern: str) -> None:
    """Remove files and folders that match and that nobody holds; what is somebody else's stays."""
    for path in folder.glob(pattern):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if not _is_locked(descriptor) or path.stat().st_uid != os.geteuid():
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            finally:
                os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    """Whether the lock is ours now, until it is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
