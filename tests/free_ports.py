"""Ports for servers that tests start, which nothing else takes between finding and using them.

A port found by binding to 0 and closing again may be given to any connection, or to a test beside this one, before the
server binds it. So each test process holds a block of ports of its own, below those that the kernel gives out.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

FIRST, BEHIND_LAST, BLOCK = 10_000, 32_000, 200
LOCKS = Path(f"/tmp/sandbank-test-ports-{os.getuid()}")
"""Shared by all runs on this machine, each of which has temporary files of its own elsewhere."""


class _Block:
    """The ports of this process. Its lock ends with the process, however that ends."""

    def __init__(self) -> None:
        LOCKS.mkdir(exist_ok=True)
        for first in range(FIRST, BEHIND_LAST, BLOCK):
            lock = os.open(LOCKS / str(first), os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            self.pid = os.getpid()
            self.ports: Iterator[int] = cycle(range(first, first + BLOCK))
            return
        raise RuntimeError("every block of ports is taken by another test process")


_block: _Block | None = None


def free_ports(count: int) -> list[int]:
    """This many ports that nothing listens on, all different; each comes again only after all the others."""
    global _block  # noqa: PLW0603 (one for each process)
    if _block is None or _block.pid != os.getpid():
        _block = _Block()
    found: list[int] = []
    for _, port in zip(range(BLOCK), _block.ports, strict=False):
        if len(found) == count:
            break
        if _is_free(port):
            found.append(port)
    assert len(found) == count, "too few free ports"
    return found


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]


def _is_free(port: int) -> bool:
    """Whether anybody could bind to it now, on any address; not while an ended connection is still remembered."""
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 (nothing is listened to)
        except OSError:
            return False
        return True
