"""A receiver of webhooks on this machine: a real server that keeps what it is sent and answers as a test says."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shared.http.json_parsing import parse

OK = 200


@dataclass(frozen=True)
class Received:
    """One POST, and what it was answered; 0: nothing."""

    headers: dict[str, str]
    body: bytes
    answer: int
    at: float

    @property
    def id(self) -> str:
        """The message's id."""
        return self.headers["webhook-id"]

    @property
    def message(self) -> dict[str, Any]:
        """The body, parsed."""
        found: dict[str, Any] = parse(self.body)
        return found


class Receiver:
    """`answer(number)` is the status for the so-manieth message; 0 drops the connection. It may take its time."""

    def __init__(self, answer: Callable[[int], int] = lambda _: OK, reply: bytes = b"thanks", **headers: str) -> None:
        self.received: list[Received] = []
        self.answer = answer
        self.reply = reply
        self.reply_headers = headers
        self._lock = threading.Lock()
        self._count = 0
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}/hook?of=tests"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Keep a message; what to answer."""
        with self._lock:
            self._count += 1
            number = self._count
        status = self.answer(number)
        with self._lock:
            self.received.append(Received(headers, body, status, time.monotonic()))
        return status

    def start(self) -> None:
        """Listen; on the port of before, when it has listened before."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
                self.close_connection = True
                if status:
                    self.send_response(status)
                    for name, value in receiver.reply_headers.items():
                        self.send_header(name.replace("_", "-"), value)
                    self.send_header("Content-Length", str(len(receiver.reply)))
                    self.end_headers()
                    self.wfile.write(receiver.reply)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_: object) -> None:
                """A bank that was killed hangs up."""

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more: whoever connects is refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@contextmanager
def receiving(
    answer: Callable[[int], int] = lambda _: OK, reply: bytes = b"thanks", **headers: str
) -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver(answer, reply, **headers)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
