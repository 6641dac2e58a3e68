"""What a bank writes is for its owner's eyes: folders 0700, files 0600, also those an earlier release left open."""

import contextlib
import os
import secrets
from pathlib import Path

_FOLDERS = ("", "logs", "secrets")
_FILES = ("*.db", "*.db-wal", "*.db-shm", "*.db-journal", "*.log", "*.log.*", "*lock", "run.json", "credentials.json")
_OWNERS_ALONE = 0o077


def keep_private(data: Path) -> None:
    """From now on this process makes private files, and what lies in the data directory already becomes private.

    Only what is the bank's by its name is touched: a person may have pointed `BANK_DATA_DIR` at a folder of their own.
    """
    os.umask(_OWNERS_ALONE)
    is_a_banks = any((data / name).exists() for name in ("secrets", "credentials.json")) or not any(data.iterdir())
    for name in _FOLDERS:
        folder = data / name
        if not folder.is_dir():
            continue
        if name or is_a_banks:
            _close(folder, 0o700)
        for pattern in _FILES:
            for file in folder.glob(pattern):
                if file.is_file() and not file.is_symlink():
                    _close(file, 0o600)


def replace_private(path: Path, content: str) -> None:
    """Write the file durably and at once, for its owner alone; it has another inode whenever it says something else."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _close(path: Path, mode: int) -> None:
    with contextlib.suppress(OSError):  # gone meanwhile, or somebody else's: then it is theirs to close
        if path.stat().st_mode & _OWNERS_ALONE:
            path.chmod(mode)
