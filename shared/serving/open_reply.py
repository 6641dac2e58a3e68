"""A reply that goes on for minutes without holding a thread: events as they happen, to whoever reads along.

The body of such a reply has a method `go_on(reply)`. The thread that has the request calls it and is free again; from
then on whoever makes the events writes them (docs/adr/0033). Other servers know nothing of `go_on`: they read the body
as any.
"""

from collections.abc import Callable
from typing import Protocol

from shared.serving.connection import ClientGoneError, Connection
from shared.serving.reply import Reply
from shared.serving.reply_writer import ReplyWriter

MOST_BEHIND_BYTES = 64 * 1024
"""How much may wait for a reader: whoever is further behind is given up, as what it would read is long past."""


class OpenReply:
    """One such reply. Its writes never wait; one thread writes at a time."""

    def __init__(
        self,
        reply: Reply,
        writer: ReplyWriter,
        connection: Connection,
        *,
        on_ended: Callable[[Connection], None],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._reply = reply
        self._writer = writer
        self._connection = connection
        self._on_ended = on_ended
        self._is_stopping = is_stopping
        self._is_over = False

    @property
    def is_wanted(self) -> bool:
        """Whether anybody reads, keeps up, and the server goes on."""
        connection = self._connection
        is_gone = connection.is_broken or connection.has_ended or connection.unsent_bytes > MOST_BEHIND_BYTES
        return not (self._is_over or is_gone or self._is_stopping())

    def send(self, piece: bytes) -> bool:
        """Write this; whether there is a reader to write more to."""
        if not self.is_wanted:
            return False
        try:
            self._reply.write(piece)
        except ClientGoneError:
            return False
        return True

    def end(self, *, is_whole: bool = True) -> None:
        """Nothing more comes; where it is not whole, the reader is told so by a broken connection."""
        if self._is_over:
            return
        self._is_over = True
        try:
            if is_whole and self._connection.unsent_bytes <= MOST_BEHIND_BYTES:
                self._reply.close()
                self._writer.finish()
            else:
                self._connection.break_off()
        except ClientGoneError:
            self._connection.break_off()
        self._on_ended(self._connection)


class GoesOn(Protocol):
    """A body that goes on by itself."""

    def go_on(self, reply: OpenReply) -> None:
        """Write to the reply from now on, and end it some day. Waits for nothing."""
