"""One client's connection: what has come of its next request, and what of its last reply has not left yet.

The poller's thread alone reads from the socket. A reply is written by the thread that makes it as long as the system
takes it at once; what it does not take waits here, and the poller's thread sends it when the client reads on.
"""

import socket
import struct
import threading
import time
from collections import deque
from enum import Enum, auto

from shared.serving.framing import Framing

MOST_WAITING_BYTES = 1024 * 1024
"""How much of a reply may wait for its reader before the thread that makes it waits too."""
_ENOUGH_TO_GO_ON_BYTES = MOST_WAITING_BYTES // 2
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ClientGoneError(Exception):
    """The client closed the connection, or was given up: nothing more can be sent to it."""


class Stage(Enum):
    """What a connection is in the middle of."""

    RECEIVING = auto()
    """Its next request is awaited, or has begun to arrive."""
    ANSWERING = auto()
    """A thread has its request."""
    SENDING = auto()
    """The reply is made, and not all of it has left."""
    LEAVING = auto()
    """We have said goodbye; what still arrives is thrown away, so that the goodbye is not lost in a reset."""


class Connection:
    """The socket does not block. `peer` and `local` are the addresses of both ends, as gunicorn wants them."""

    __slots__ = (
        "_has_room", "_lock", "_unsent", "answering_bytes", "deadline", "events", "framing", "has_ended", "is_broken",
        "is_held_up", "keeps_alive", "local", "peer", "received", "sock", "stage", "unsent_bytes", "waited_since",
    )  # fmt: skip

    def __init__(
        self, sock: socket.socket, peer: object, local: object, *, lock: threading.Lock, framing: Framing
    ) -> None:
        self.sock = sock
        self.peer = peer
        self.local = local
        self.received = bytearray()
        self.framing = framing
        self.stage = Stage.RECEIVING
        self.events = 0
        self.deadline = 0.0
        self.keeps_alive = False
        self.has_ended = False
        """Whether the client has said that it sends nothing more."""
        self.is_broken = False
        self.is_held_up = False
        """Whether a thread waits for the client to read."""
        self.waited_since = 0.0
        """When a thread first had to wait with this reply, on the monotonic clock; zero when none had to."""
        self.answering_bytes = 0
        """How long the request is that a thread has."""
        self.unsent_bytes = 0
        self._unsent: deque[memoryview] = deque()
        self._lock = lock
        self._has_room: threading.Condition | None = None

    def receive(self, piece: memoryview) -> int:
        """Take what has arrived, as much as `piece` has room for; how many bytes.

        Notes when that was the end. OSError when the connection broke. The piece may be used again: made anew for each
        request, its pages would come and go with it.
        """
        size = self.sock.recv_into(piece)
        self.received += piece[:size]
        self.has_ended = not size
        return size

    def write(self, data: bytes) -> bool:
        """Send, from the thread that makes the reply; whether all of it left. Raises ClientGoneError."""
        if self.is_broken:
            raise ClientGoneError
        sent = 0
        if not self.unsent_bytes:
            try:
                sent = self.sock.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                raise ClientGoneError from None
            if sent == len(data):
                return True
        with self._lock:
            self._unsent.append(memoryview(data)[sent:])
            self.unsent_bytes += len(data) - sent
        return False

    def wait_for_room(self) -> None:
        """Hold the thread until the client has read on. Raises ClientGoneError when it is given up meanwhile."""
        with self._lock:
            self.waited_since = self.waited_since or time.monotonic()
            if self._has_room is None:
                self._has_room = threading.Condition(self._lock)
            while self.unsent_bytes > _ENOUGH_TO_GO_ON_BYTES and not self.is_broken:
                self.is_held_up = True
                self._has_room.wait()
            self.is_held_up = False
        if self.is_broken:
            raise ClientGoneError

    def send_waiting(self) -> int:
        """Send what waits, from the poller; how many bytes the system took. OSError when the client has gone."""
        taken = 0
        with self._lock:
            while self._unsent:
                first = self._unsent[0]
                try:
                    sent = self.sock.send(first)
                except BlockingIOError:
                    break
                taken += sent
                self.unsent_bytes -= sent
                if sent < len(first):
                    self._unsent[0] = first[sent:]
                    break
                self._unsent.popleft()
            self._let_go_on()
        return taken

    def break_off(self) -> None:
        """The client is given up. The socket is closed later, by `close`, when no thread can use it any more."""
        with self._lock:
            self.is_broken = True
            self._unsent.clear()
            self.unsent_bytes = 0
            self._let_go_on()
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is gone already

    def close(self) -> None:
        """Give the descriptor back."""
        self.sock.close()

    def _let_go_on(self) -> None:
        if self._has_room is not None and (self.unsent_bytes <= _ENOUGH_TO_GO_ON_BYTES or self.is_broken):
            self._has_room.notify_all()
