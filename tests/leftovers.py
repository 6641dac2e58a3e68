"""Processes that tests started and left behind: a bank that outlives its test is a fault of the test or of the bank."""

import contextlib
import os
import signal
import time
from pathlib import Path

MARK = "SANDBANK_TEST_PROCESS"
GRACE_SECONDS = 10.0


def mark_children() -> None:
    """From now on, whatever this process starts can be told from everything else by its environment."""
    os.environ[MARK] = str(os.getpid())


def left_running() -> dict[int, str]:
    """Command lines by process id, of what carries this process's mark; empty where there is no /proc."""
    mark = f"{MARK}={os.getpid()}".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(entry.name) != os.getpid() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return found


def end_what_is_left() -> dict[int, str]:
    """Wait a little for processes that are ending, then kill the others; those that had to be killed."""
    deadline = time.monotonic() + GRACE_SECONDS
    while (left := left_running()) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return left
