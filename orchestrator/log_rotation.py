"""Keeps the folder of log files bounded. Services write with WatchedFileHandler, which reopens a renamed file."""

import contextlib
from pathlib import Path

LARGEST_BYTES = 10 * 1024 * 1024
KEPT_FILES = 5


def rotate(folder: Path) -> None:
    """Rename each log that has grown too large: `x.log` to `x.log.1`, that to `x.log.2`; the sixth is dropped."""
    for log in folder.glob("*.log"):
        if log.stat().st_size < LARGEST_BYTES:
            continue
        for number in range(KEPT_FILES - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                log.with_name(f"{log.name}.{number}").replace(log.with_name(f"{log.name}.{number + 1}"))
        log.replace(log.with_name(f"{log.name}.1"))
