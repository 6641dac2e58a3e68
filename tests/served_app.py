"""An application of a test's under the bank's real server, in a process of its own."""

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.server import serve
from shared.services import TRANSACTION
from tests.bank_processes import wait_until
from tests.forked_server import ForkedServer
from tests.free_ports import free_ports

BIG_BYTES = 32 * 1024 * 1024


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """`/echo` answers what was sent, `/big` much, `/refuse` without reading, `/short` less than said.

    `/slow` answers after a second, `/fail` never.
    """
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise RuntimeError("as asked")
    if path == "/fail-late":
        return _failing(start_response)
    if path == "/big":
        start_response("200 OK", [("Content-Length", str(BIG_BYTES))])
        return (b"x" * 65536 for _ in range(BIG_BYTES // 65536))
    if path == "/short":
        start_response("200 OK", [("Content-Length", "10")])
        return [b"half"]
    if path == "/refuse":
        start_response("401 Unauthorized", [("Content-Length", "2")])
        return [b"no"]
    if path == "/slow":
        time.sleep(1)
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    body = environ["wsgi.input"].read()
    answer = json.dumps({"body": body.decode("latin-1"), "environ": seen}).encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


def _failing(start_response: Callable[..., Any]) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield b"a part"
    yield b" and another"
    raise RuntimeError("as asked")


class ServedApp:
    """Where it listens, what it printed, and its process."""

    def __init__(self, folder: Path, first: Callable[[], object] | None, **settings: str) -> None:
        (self.port,) = free_ports(1)
        self._output = folder / "output"
        environment = {**os.environ, "TRANSACTION_PORT": str(self.port), "BANK_DATA_DIR": str(folder), **settings}
        self.process = ForkedServer("tests.served_app", [], environment, self._output, first=first)
        wait_until(self._listens, 60)

    def output(self) -> str:
        return self._output.read_text()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 5)

    def talk(self, data: bytes, seconds: float = 5.0) -> bytes:
        """Send the bytes on a new connection; everything that comes back until the server closes it.

        What a server that refuses to read on said before counts.
        """
        with self.connect() as client:
            client.settimeout(seconds)
            with contextlib.suppress(ConnectionError):
                client.sendall(data)
            return read_to_end(client)

    def _listens(self) -> bool:
        assert self.process.is_running, self.output()
        try:
            self.connect().close()
        except OSError:
            return False
        return True


def read_to_end(client: socket.socket) -> bytes:
    """Everything until the server closes; what it sent before a reset counts."""
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while more := client.recv(65536):
            received += more
    return bytes(received)


@contextmanager
def served_app(folder: Path, *, first: Callable[[], object] | None = None, **settings: str) -> Iterator[ServedApp]:
    """It runs while the block does, and calls `first` before anything else."""
    served = ServedApp(folder, first, **settings)
    try:
        yield served
    finally:
        served.process.kill()


if __name__ == "__main__":
    serve(TRANSACTION, lambda: application, read_settings=lambda: None)
