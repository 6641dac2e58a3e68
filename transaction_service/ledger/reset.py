"""Emptying a development bank: the append-only guards come off, all rows go, the guards return, in one commit."""

from sqlalchemy import Connection, delete, update

from shared.events import feeds
from shared.events.event_feed import event_rows
from shared.storage import append_only
from shared.time import clock
from transaction_service.holds.events import BankReset
from transaction_service.ledger.chain import GENESIS_HASH
from transaction_service.models import (
    APPEND_ONLY,
    audit_log,
    entries,
    events,
    exchange_rates,
    feed_heads,
    ledger_state,
    metadata,
)

_KEPT = (ledger_state, feed_heads, exchange_rates, audit_log.table)
"""Rates are public facts, which were not this bank's making; and what people with power did stays written down."""


def empty(connection: Connection) -> None:
    """Back to a ledger without accounts or entries, its clock at real time."""
    with append_only.unguarded(connection, [table.name for table in APPEND_ONLY]):
        for table in reversed(metadata.sorted_tables):
            if table is entries:  # a server looks at each row by itself whether another points at it
                connection.execute(delete(entries).where(entries.c.reverses.is_not(None)))
            if table not in _KEPT:
                connection.execute(delete(table))
    feeds.append(connection, feed_heads, events, event_rows([BankReset()], at=clock.now_us()))
    connection.execute(
        update(ledger_state).values(
            head_position=0, head_hash=GENESIS_HASH, head_booked_at=0, clock_offset_us=0, clock_stands_at=None
        )
    )
