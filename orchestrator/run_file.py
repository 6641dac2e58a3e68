"""`run.json` in the data directory: what runs now, for programs. And the lock that keeps a bank to one orchestrator."""

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from orchestrator.supervised_service import SupervisedService
from shared.services import GATEWAY


class AlreadyRunningError(Exception):
    """Another orchestrator holds this data directory."""


def lock(data: Path) -> IO[str]:
    """Claim the data directory until the file is closed or this process ends.

    Raises AlreadyRunningError when another orchestrator has it.
    """
    file = (data / "run.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        message = f"a bank already runs on {data}; stop it first, or set BANK_DATA_DIR to another directory"
        raise AlreadyRunningError(message) from None
    return file


def write(data: Path, supervised: Iterable[SupervisedService], *, is_ready: bool) -> None:
    """Write `run.json`."""
    content = json.dumps(
        {
            "pid": os.getpid(),
            "ready": is_ready,
            "url": GATEWAY.default_url,
            "services": {
                one.service.name: {"pid": one.pid, "port": one.service.port, "url": one.service.default_url}
                for one in supervised
            },
        },
        indent=2,
    )
    path = data / "run.json"
    temporary = data / ".run.json.new"
    temporary.write_text(content)
    temporary.replace(path)


def is_there(data: Path) -> bool:
    """Whether there is a `run.json`; at the start, one that the last run left: it was killed."""
    return (data / "run.json").exists()


def remove(data: Path) -> None:
    """Nothing runs any more."""
    (data / "run.json").unlink(missing_ok=True)
