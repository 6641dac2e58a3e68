"""Where tests write: into memory where the machine has a file system there, as they wait for the disk more than for
anything else (every commit of a bank is an fsync). What a killed process wrote outlives it there as on a disk.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 2 * 2**30
PREFIX = f"sandbank-tests-{os.getuid()}-"


class TemporaryFiles:
    """The folder of one run, for this process and all it starts (`TMPDIR`)."""

    def __init__(self) -> None:
        root = IN_MEMORY if _has_room(IN_MEMORY) else Path(tempfile.gettempdir())
        _remove_left_behind(root)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
        self._lock = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.environ["TMPDIR"] = str(self.folder)
        tempfile.tempdir = None  # read TMPDIR anew

    def close(self, *, keep: bool) -> None:
        """Remove them; what a failed test left stays until the next run."""
        os.close(self._lock)
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def _has_room(root: Path) -> bool:
    return root.is_dir() and os.access(root, os.W_OK) and shutil.disk_usage(root).free >= ENOUGH_BYTES


def _remove_left_behind(root: Path) -> None:
    """Folders of runs that failed or were killed: nobody holds their lock any more."""
    for folder in root.glob(f"{PREFIX}*"):
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(lock)
