"""A TCP server whose every move a test decides: for the ways in which a real service answers badly, late or not."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

JSON_OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"success":true}'

Script = Callable[["Conversation"], None]


class Conversation:
    """One connection. What the client sent is kept in the server's `requests`, one entry a request."""

    def __init__(self, raw: socket.socket, requests: list[bytes]) -> None:
        self._raw = raw
        self._requests = requests
        self._ahead = b""

    def receive(self) -> bytes:
        """The next whole request, head and body; nothing when the client has gone."""
        while b"\r\n\r\n" not in self._ahead:
            if not self._more():
                return b""
        head, _, rest = self._ahead.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        wanted = int(length[1]) if length else 0
        while len(rest) < wanted:
            if not self._more():
                return b""
            rest = self._ahead.partition(b"\r\n\r\n")[2]
        request, self._ahead = head + b"\r\n\r\n" + rest[:wanted], rest[wanted:]
        self._requests.append(request)
        return request

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._raw.sendall(data)

    def wait_for_client(self) -> None:
        """Return when the client has closed."""
        while self._raw.recv(65536):
            pass

    def reset(self) -> None:
        """Close without a goodbye."""
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self._raw.close()

    def _more(self) -> bool:
        data = self._raw.recv(65536)
        self._ahead += data
        return bool(data)


class ScriptedServer:
    """Listens on a free port; runs the script for each connection, closes it when the script ends."""

    def __init__(self, script: Script) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for raw in self._open:
            with suppress(OSError):  # closed by then
                raw.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(raw)
            thread = threading.Thread(target=self._talk, args=(raw,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _talk(self, raw: socket.socket) -> None:
        with raw, suppress(OSError):  # the client has gone, or the test is over
            self._script(Conversation(raw, self.requests))


@contextmanager
def scripted(script: Script) -> Iterator[ScriptedServer]:
    """A server that follows the script while the block runs."""
    server = ScriptedServer(script)
    try:
        yield server
    finally:
        server.close()


def answering(*answers: bytes) -> Script:
    """Answer each request of a connection in turn, the last answer again and again."""

    def script(conversation: Conversation) -> None:
        position = 0
        while conversation.receive():
            conversation.send(answers[min(position, len(answers) - 1)])
            position += 1

    return script
