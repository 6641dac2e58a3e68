"""What has left each account on each day of the bank: kept beside the entries, and counted anew when days change.

`BANK_TIME_ZONE` says where days begin. A ledger remembers the zone that its days were counted in; when it starts in
another one (or was made before zones were kept), the totals are made again from the entries, in one commit.
"""

from collections import defaultdict

import structlog
from sqlalchemy import Connection, delete, func, insert, select, update

from shared.business_days import day_number, time_zone
from shared.clock import MICROSECONDS
from shared.database import Database
from transaction_service.ledger.movement_rules import UNLIMITED
from transaction_service.models import daily_outgoings, entries, ledger_state, postings

logger = structlog.get_logger(__name__)

_QUARTER_US = 15 * 60 * MICROSECONDS
"""Days of every zone begin at a whole quarter of an hour UTC, so entries are summed by those first."""
_ROWS_AT_ONCE = 1_000


def count_in_zone(database: Database) -> None:
    """Count days in the bank's zone from now on; earlier ones again, when they were counted in another."""
    zone = time_zone().key
    with database.read() as connection:
        if connection.execute(select(ledger_state.c.time_zone)).scalar_one() == zone:
            return
    with database.write() as connection:
        totals = totals_of_entries(connection)
        connection.execute(delete(daily_outgoings))
        rows = [
            {"account_id": account_id, "day": day, "amount_minor": amount_minor}
            for (account_id, day), amount_minor in totals.items()
        ]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            connection.execute(insert(daily_outgoings), rows[start : start + _ROWS_AT_ONCE])
        connection.execute(update(ledger_state).values(time_zone=zone))
    logger.info("days_counted_anew", zone=zone, rows=len(rows))


def totals_of_entries(
    connection: Connection, *, after: str | None = None, until: str | None = None
) -> dict[tuple[str, int], int]:
    """What entries say has left accounts per day, of accounts with ids after one and up to another; minor units."""
    leg = postings.c
    quarter = (entries.c.effective_at // _QUARTER_US).label("quarter")
    query = (
        select(leg.account_id, quarter, func.sum(entries.c.amount_minor))
        .join(entries, entries.c.id == leg.entry_id)
        .where(leg.account_id == entries.c.from_account_id, entries.c.type.not_in(UNLIMITED))
        .group_by(leg.account_id, quarter)
    )
    if after is not None:
        query = query.where(leg.account_id > after)
    if until is not None:
        query = query.where(leg.account_id <= until)
    totals: defaultdict[tuple[str, int], int] = defaultdict(int)
    for account_id, quarter_number, amount_minor in connection.execute(query):
        totals[account_id, day_number(int(quarter_number) * _QUARTER_US)] += int(amount_minor)
    return dict(totals)
