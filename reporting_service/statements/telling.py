"""Telling that statements are ready: of each month that has ended, each account on which something moved, once.

A row says which month is told next and after which account. Accounts are taken some hundreds at a time; one commit
publishes what is told of them and moves the row on, so whatever is killed tells nobody twice and leaves nobody out.
A month has ended when the ledger's clock has passed it and our copy of the journal was read to its end since, which is
when its statements are final. What ended long before the bank's present time, as when a history is simulated, is told
to nobody. Credit cards have bills, which the ledger tells of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Subquery, case, func, insert, select, update

from reporting_service.context import ReportingContext
from reporting_service.events import StatementReady
from reporting_service.models import accounts, events, feed_heads, statements_told, turnover, volumes
from reporting_service.projections import journal_projection
from shared.enums import AccountType
from shared.events import feeds
from shared.events.event_feed import event_rows
from shared.time import clock
from shared.time.business_days import day_end_us, day_of_number, number_of_day, whole_month
from shared.time.clock import MICROSECONDS

ACCOUNTS_AT_ONCE = 500
TOLD_DAYS = 90
"""What ended longer ago is told to nobody, as with everything else that the bank tells."""
POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """How far it is: the month that is told next, by its first day, and the last account that it was told of."""

    month: date
    after_account_id: str = ""

    @property
    def ends_at(self) -> int:
        """The first instant after the month."""
        return day_end_us(whole_month(self.month)[1])

    @property
    def following(self) -> "Place":
        """The beginning of the month after it."""
        return Place(whole_month(self.month)[1] + timedelta(days=1))


def tell_ended(context: ReportingContext) -> int:
    """Tell of what has ended, and say of how many statements. Raises Refused while the ledger is away."""
    if journal_projection.position(context.database) == 0:
        return 0
    settled_us = context.ask_settled_until()
    with context.database.read() as connection:
        place = _place(connection)
    if place is None or place.ends_at > settled_us:
        return 0
    context.hear_of_accounts()
    told = 0
    oldest_us = settled_us - TOLD_DAYS * 86_400 * MICROSECONDS
    while place is not None and place.ends_at <= settled_us:
        with context.database.write() as connection:
            place = _place(connection, for_update=True)
            if place is None or place.ends_at > settled_us:
                return told
            rows = [] if place.ends_at < oldest_us else _ready(connection, place)
            feeds.append(connection, feed_heads, events, event_rows(_events(place, rows), at=clock.now_us()))
            told += len(rows)
            is_done = len(rows) < ACCOUNTS_AT_ONCE
            place = place.following if is_done else Place(place.month, rows[-1].id)
            _keep(connection, place)
    return told


def _place(connection: Connection, *, for_update: bool = False) -> Place | None:
    """How far it is; a bank that was told nothing yet begins with the month of its first entry."""
    query = select(statements_told.c.month_from, statements_told.c.after_account_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is not None:
        return Place(day_of_number(int(row[0])), row[1])
    first = connection.execute(select(func.min(volumes.c.day))).scalar()
    return None if first is None else Place(day_of_number(int(first)).replace(day=1))


def _keep(connection: Connection, place: Place) -> None:
    values = {"month_from": number_of_day(place.month), "after_account_id": place.after_account_id}
    if not connection.execute(update(statements_told).values(values)).rowcount:
        connection.execute(insert(statements_told).values(id=1, **values))


def _ready(connection: Connection, place: Place) -> list[Any]:
    """The next accounts on which something moved in the month: what they held before, what moved, and how often."""
    first, last = (number_of_day(day) for day in whole_month(place.month))
    some = _moved_accounts(place, first, last)
    net, is_of_month = turnover.c.income_minor - turnover.c.expense_minor, turnover.c.day >= first
    query = (
        select(
            some.c.id,
            some.c.user_id,
            some.c.currency,
            func.sum(case((is_of_month, 0), else_=net)).label("before_minor"),
            func.sum(case((is_of_month, net), else_=0)).label("moved_minor"),
            func.sum(case((is_of_month, turnover.c.movements), else_=0)).label("movements"),
        )
        .select_from(some.join(turnover, turnover.c.account_id == some.c.id))
        .where(turnover.c.day <= last)
        .group_by(some.c.id, some.c.user_id, some.c.currency)
        .order_by(some.c.id)
    )
    return list(connection.execute(query))


def _moved_accounts(place: Place, first: int, last: int) -> Subquery:
    has_moved = (
        select(turnover.c.account_id)
        .where(turnover.c.account_id == accounts.c.id, turnover.c.day >= first, turnover.c.day <= last)
        .exists()
    )
    return (
        select(accounts.c.id, accounts.c.user_id, accounts.c.currency)
        .where(accounts.c.id > place.after_account_id, accounts.c.account_type != AccountType.CREDIT, has_moved)
        .order_by(accounts.c.id)
        .limit(ACCOUNTS_AT_ONCE)
        .subquery()
    )


def _events(place: Place, rows: Iterable[Any]) -> list[StatementReady]:
    first, last = whole_month(place.month)
    return [
        StatementReady(
            account_id=row.id,
            user_id=row.user_id,
            first_on=first.isoformat(),
            last_on=last.isoformat(),
            opening_balance_minor=int(row.before_minor),
            closing_balance_minor=int(row.before_minor) + int(row.moved_minor),
            currency=row.currency,
            movements=int(row.movements),
            happened_at=clock.to_wire(place.ends_at),
        )
        for row in rows
    ]
