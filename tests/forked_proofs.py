"""The programs that prove the databases of a backup, forked from a process that has the bank's code loaded.

Importing it costs two seconds of processor time each, and a verification runs four; tests/resilience/test_backup.py
runs them whole. The key of a sealed backup costs next to nothing, as hashing a password does in tests.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.backup import checking, sealed_file
from tests.forked_server import ForkedServer

CHEAP_KEY = (10, 8, 1)
LONGEST_SECONDS = 60


@contextmanager
def forked_proofs() -> Iterator[None]:
    """What the commands of backups do meanwhile costs less."""
    forkserver.ensure_running()  # from where the bank's code is found, whichever folder a test goes to
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "subprocess", SimpleNamespace(run=_run))
        patch.setattr(sealed_file, "_COST", CHEAP_KEY)
        yield


def _run(command: list[str], *, env: dict[str, str], **_: Any) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` of `python -m MODULE ARGUMENTS`; what it says of an error is its output too."""
    with tempfile.NamedTemporaryFile(prefix="proof-") as said:
        _, _, module, *arguments = command
        program = ForkedServer(module, arguments, env, Path(said.name))
        program.wait(LONGEST_SECONDS)
        output = said.read().decode()
        return subprocess.CompletedProcess(command, program.exit_code or 0, output, output)
