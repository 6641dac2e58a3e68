"""What a bank writes is for its owner's eyes: folders 0700, files 0600, also those an earlier release left open."""

import contextlib
import os
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


def _close(path: Path, mode: int) -> None:
    with contextlib.suppress(OSError):  # gone meanwhile, or somebody else's: then it is theirs to close
        if path.stat().st_mode & _OWNERS_ALONE:
            path.chmod(mode)
