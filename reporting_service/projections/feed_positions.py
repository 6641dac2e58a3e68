"""How far each feed has been taken in; stored in the commit of what was derived up to there."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from reporting_service.models import feed_positions


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a feed; `hash` is the ledger's there, and empty for feeds without a chain."""

    position: int
    hash: str = ""


def read(connection: Connection, feed: str) -> Position | None:
    """Where we are in a feed; None before its first row."""
    table = feed_positions.c
    row = connection.execute(select(table.position, table.hash).where(table.feed == feed)).one_or_none()
    return None if row is None else Position(*row)


def store(connection: Connection, feed: str, reached: Position) -> None:
    """Remember where we are in a feed."""
    values = {"position": reached.position, "hash": reached.hash}
    moved = connection.execute(update(feed_positions).where(feed_positions.c.feed == feed).values(values))
    if not moved.rowcount:
        connection.execute(insert(feed_positions).values(feed=feed, **values))
