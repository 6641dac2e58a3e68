"""What has left each account on each day of the bank: kept beside the entries, and counted anew when days change.

`BANK_TIME_ZONE` says where days begin. A ledger remembers the zone that its days were counted in; when it starts in
another one (or was made before zones were kept), the totals are made again from the entries, in one commit.
"""

from collections import defaultdict

import structlog
from sqlalchemy import Connection, delete, exists, func, insert, or_, select, update

from shared.storage.database import Database
from shared.time.business_days import QUARTER_US, day_number, time_zone
from transaction_service.ledger.journal import AccountDay
from transaction_service.ledger.movement_rules import UNLIMITED
from transaction_service.models import (
    accounts,
    card_entries,
    daily_outgoings,
    entries,
    hold_captures,
    ledger_state,
    postings,
)

logger = structlog.get_logger(__name__)

_ROWS_AT_ONCE = 1_000
_is_promised = or_(
    exists().where(hold_captures.c.position == entries.c.position),
    exists().where(card_entries.c.position == entries.c.position),
)
"""What was held, or paid by card, has limits of its own: it uses up nothing of a day's (LEDGER rule 14)."""


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
            {"account_key": account_key, "day": day, "amount_minor": amount_minor}
            for (account_key, day), amount_minor in totals.items()
        ]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            connection.execute(insert(daily_outgoings), rows[start : start + _ROWS_AT_ONCE])
        connection.execute(update(ledger_state).values(time_zone=zone))
    logger.info("days_counted_anew", zone=zone, rows=len(rows))


def totals_of_entries(
    connection: Connection, *, after: str | None = None, until: str | None = None
) -> dict[AccountDay, int]:
    """What entries say has left accounts per day, of accounts with ids after one and up to another; minor units."""
    # By quarters of an hour first: what the database can sum, and no more days than there are.
    quarter = (entries.c.effective_at // QUARTER_US).label("quarter")
    query = (
        select(entries.c.payer_key, quarter, func.sum(entries.c.amount_minor))
        .where(entries.c.payer_key.is_not(None), entries.c.type.not_in(UNLIMITED), ~_is_promised)
        .group_by(entries.c.payer_key, quarter)
    )
    if after is not None and until is not None:
        # By way of the postings, which have an index of accounts; the first leg is the payer's.
        query = (
            query.select_from(accounts)
            .join(postings, postings.c.account_key == accounts.c.key)
            .join(entries, entries.c.position == postings.c.position)
            .where(accounts.c.id > after, accounts.c.id <= until, postings.c.leg == 0)
            .where(entries.c.payer_key == postings.c.account_key)
        )
    totals: defaultdict[AccountDay, int] = defaultdict(int)
    for account_key, quarter_number, amount_minor in connection.execute(query):
        totals[account_key, day_number(int(quarter_number) * QUARTER_US)] += int(amount_minor)
    return dict(totals)
