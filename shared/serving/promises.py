"""Replies that come without a thread, until they are made: by the connections that wait for them."""

import time

from shared.serving.answering import Promise
from shared.serving.connection import Connection

LATE_SECONDS = 0.05
"""How late a promised reply may be told that it comes too late."""


class Promises:
    """The poller's alone."""

    def __init__(self) -> None:
        self._open: dict[Connection, Promise] = {}
        self._next_look = 0.0

    def __len__(self) -> int:
        return len(self._open)

    def put(self, connection: Connection, promise: Promise) -> None:
        """The connection waits for this."""
        self._open[connection] = promise

    def is_open(self, connection: Connection, promise: Promise) -> bool:
        """Whether it still waits for this one: what was late has been answered already."""
        return self._open.get(connection) is promise

    def take(self, connection: Connection) -> Promise:
        """What it waits for, which is kept now."""
        return self._open.pop(connection)

    def late(self) -> list[Connection]:
        """Who must be told now that it has taken too long. Looks only so often."""
        now = time.monotonic()
        if not self._open or now < self._next_look:
            return []
        self._next_look = now + LATE_SECONDS
        return [connection for connection, promise in self._open.items() if promise.begun.give_up_at <= now]
