"""Connections in the order in which their time runs out."""

import time
from collections.abc import Iterator

from shared.serving.connection import Connection


class Deadlines:
    """Everything put in gets the same time, so the order of putting is the order of running out."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._order: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._order)

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._order

    def put(self, connection: Connection) -> None:
        """Give the connection its time, anew when it had some left."""
        self._order.pop(connection, None)
        connection.deadline = time.monotonic() + self._seconds
        self._order[connection] = None

    def remove(self, connection: Connection) -> None:
        """Forget the connection, if it is here."""
        self._order.pop(connection, None)

    def oldest(self) -> Connection | None:
        """What runs out next."""
        return next(iter(self._order), None)

    def expired(self) -> list[Connection]:
        """What has run out; it stays until it is removed."""
        now = time.monotonic()
        found = []
        for connection in self._order:
            if connection.deadline > now:
                break
            found.append(connection)
        return found
