"""Clients that hold a connection and do not go on: what any stranger can do to a server, without a log-in."""

import select
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

HEAD = b"POST /api/health HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
Opening = Callable[[str], bytes]

KINDS: dict[str, tuple[Opening, bytes]] = {
    "says nothing": (lambda _path: b"", b""),
    "half a head": (lambda _path: b"GET /login HTTP/1.1\r\nHost: x\r\n", b""),
    "slow head": (lambda _path: b"GET /login HTTP/1.1\r\nHost: x\r\n", b"X-Slow: 1\r\n"),
    "slow body": (lambda _path: HEAD + b'Content-Length: 100000\r\n\r\n{"a": "', b"x"),
    "slow form": (
        lambda _path: HEAD.replace(b"json", b"x-www-form-urlencoded") + b"Content-Length: 9000\r\n\r\na=",
        b"b",
    ),
    "slow chunks": (lambda _path: HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "drips after a 413": (lambda _path: HEAD + b"Content-Length: 99999999\r\n\r\n", b"x"),
    "never reads": (lambda path: 20 * f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), b""),
}
"""What each sends at first (`path` is that of a long reply), and then again and again."""


class SlowClients:
    """So many connections of each kind to one address, dripping once a second. None of them ever reads."""

    def __init__(self, address: tuple[str, int], kinds: Sequence[str], each: int, *, long_reply: str) -> None:
        self._drips: list[tuple[socket.socket, bytes]] = []
        self._is_over = threading.Event()
        for kind in kinds:
            opening, drip = KINDS[kind]
            for _ in range(each):
                client = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.settimeout(10)
                client.connect(address)
                client.setblocking(False)
                send_some(client, opening(long_reply))
                self._drips.append((client, drip))
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._thread.start()

    def open(self) -> int:
        """How many the server still holds: it has neither closed nor reset them."""
        poller = select.poll()
        for client, _ in self._drips:
            poller.register(client, select.POLLRDHUP)
        return len(self._drips) - len(poller.poll(0))

    def close(self) -> None:
        """All of them go away."""
        self._is_over.set()
        self._thread.join()
        for client, _ in self._drips:
            client.close()

    def _drip(self) -> None:
        while not self._is_over.wait(1.0):
            for client, drip in self._drips:
                send_some(client, drip)


def send_some(client: socket.socket, data: bytes) -> None:
    """As much as the system takes; a connection that is closed takes none."""
    with suppress(OSError):
        client.send(data)


@contextmanager
def slow_clients(
    address: tuple[str, int], kinds: Sequence[str], each: int, *, long_reply: str
) -> Iterator[SlowClients]:
    """They are there while the block runs."""
    clients = SlowClients(address, kinds, each, long_reply=long_reply)
    try:
        yield clients
    finally:
        clients.close()
