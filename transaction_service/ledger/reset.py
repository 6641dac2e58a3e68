"""Emptying a development bank: the append-only guards come off, all rows go, the guards return, in one commit."""

from sqlalchemy import Connection, delete, text, update

from transaction_service.ledger.chain import GENESIS_HASH
from transaction_service.models import ledger_state, metadata


def empty(connection: Connection) -> None:
    """Back to a ledger without accounts or entries, its clock at real time."""
    guards = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for guard in guards:
        connection.exec_driver_sql(f'DROP TRIGGER "{guard.name}"')
    for table in reversed(metadata.sorted_tables):
        if table is not ledger_state:
            connection.execute(delete(table))
    connection.execute(
        update(ledger_state).values(head_position=0, head_hash=GENESIS_HASH, head_booked_at=0, clock_offset_us=0)
    )
    for guard in guards:
        connection.exec_driver_sql(guard.sql)
