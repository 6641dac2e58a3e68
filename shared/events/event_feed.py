"""Feeds of events: what a service tells of its own records, and what another reads of it.

A publisher has a model for each kind of event, in its `events.py`. Readers do not import it: each keeps models of its
own, of the facts that it needs, and tests/contract/test_event_feeds.py holds the two together.
"""

import json
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict
from sqlalchemy import Connection, Table, select

from shared.events.feeds import FeedQuery, Row, feed_page, head_position
from shared.identifiers import new_id
from shared.time import clock


class Event(BaseModel):
    """One kind of event, as it is published: nothing is coerced, and nothing is told that the model does not name."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    type: ClassVar[str]


def event_rows(events: Iterable[Event], *, at: int) -> list[Row]:
    """Rows for `feeds.append`: each event with an id, and as having happened at this instant."""
    return [
        {"id": new_id(), "type": str(event.type), "occurred_at": at, "data": event.model_dump_json()}
        for event in events
    ]


def events_page(connection: Connection, heads: Table, table: Table, query: FeedQuery) -> Row:
    """The feed's reply: a page of events in order, and the newest position there is."""
    columns = [table.c[name] for name in ("position", "id", "type", "occurred_at", "data")]
    found = select(*columns).where(table.c.position > query.after).order_by(table.c.position).limit(query.limit)
    rows = [
        {
            "position": row.position,
            "id": row.id,
            "type": row.type,
            "occurred_at": clock.to_wire(row.occurred_at),
            "data": json.loads(row.data),
        }
        for row in connection.execute(found)
    ]
    return feed_page(rows, head_position(connection, heads, str(table.name)))


def _instant_us(wire: Any) -> int:
    if not isinstance(wire, str):
        message = "must be a time as the API writes it"
        raise ValueError(message)
    return clock.from_wire(wire)


InstantUs = Annotated[int, BeforeValidator(_instant_us)]
"""A time as the API writes it, in microseconds."""


class ReadFacts(BaseModel):
    """What a reader needs of what another service tells.

    A fact that is not as the model says stops the reader, loudly, instead of being derived from; others are ignored.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class EventRow(ReadFacts):
    """A row of a feed of events as its readers see it; the model of `data` follows from the type."""

    id: str
    type: str
    occurred_at: InstantUs
    data: dict[str, Any]
