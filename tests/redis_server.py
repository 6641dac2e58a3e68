"""A real Redis on a free port of this machine."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bank_processes import wait_until
from tests.free_ports import free_port
from tests.needs import program


@contextmanager
def redis_server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its URL and its process, while the block runs. Skips the test where there is no redis-server."""
    port = free_port()
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(port), 60)
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
