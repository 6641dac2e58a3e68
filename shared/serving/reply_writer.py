"""What gunicorn's `Response` takes for a socket: it writes a reply and never lets a slow reader hold it for long."""

from collections.abc import Callable

from shared.serving.connection import MOST_WAITING_BYTES, Connection


class ReplyWriter:
    """Sends the head of a reply together with the first of its body: one call to the system instead of two."""

    __slots__ = ("_connection", "_head", "_on_unsent")

    def __init__(self, connection: Connection, on_unsent: Callable[[Connection], None]) -> None:
        self._connection = connection
        self._head: bytes | None = None
        self._on_unsent = on_unsent

    @property
    def has_begun(self) -> bool:
        """Whether anything has been sent: what has begun cannot become another reply."""
        return self._head == b""

    def sendall(self, data: bytes) -> None:
        """Send, in the order of the calls. Raises ClientGoneError."""
        if self._head is None:
            self._head = data
            return
        if self._head:
            data = self._head + data
            self._head = b""
        self._write(data)

    def finish(self) -> None:
        """Nothing more comes: send a head that had no body."""
        if self._head:
            self._write(self._head)
            self._head = b""

    def _write(self, data: bytes) -> None:
        connection = self._connection
        if connection.write(data):
            return
        self._on_unsent(connection)
        if connection.unsent_bytes > MOST_WAITING_BYTES:
            connection.wait_for_room()
