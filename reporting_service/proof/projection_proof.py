"""The proof over what was added up from our copy of the journal, over the stored reports, and where the copy parts.

Read page by page, each in a short transaction of its own, so that a proof keeps no old rows alive while money moves.
What was added up is compared with what it came from within one page.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from reporting_service.models import balances, entries, legs, reports
from reporting_service.projections import turnover
from reporting_service.proof.checks import REPORTS_EQUAL_LEDGER, STORED_REPORTS, Finding
from reporting_service.reports import stored_reports
from shared.events.feeds import FeedPosition
from shared.storage.database import Database

ACCOUNTS_A_PAGE = 1000
REPORTS_A_PAGE = 50
SERVICE = "reporting-service"


def first_divergence(database: Database, reached: FeedPosition, ledger_hash: Callable[[int], str | None]) -> int | None:
    """The first position at which our copy and the ledger's journal part, None when they agree up to ours.

    Each hash covers everything before it, so the place is found by halving.
    """
    if reached.position == 0 or ledger_hash(reached.position) == reached.mark:
        return None
    low, high = 1, reached.position
    while low < high:
        middle = (low + high) // 2
        with database.read() as connection:
            ours = connection.execute(select(entries.c.hash).where(entries.c.position == middle)).scalar()
        if ours == ledger_hash(middle):
            low = middle + 1
        else:
            high = middle
    return low


def sum_findings(database: Database) -> list[Finding]:
    """Balances and turnovers that are not what the entries and legs add up to; a page of accounts at a time."""
    found: list[Finding] = []
    after = ""
    while True:
        with database.read() as connection:
            query = select(balances.c.account_id).where(balances.c.account_id > after).order_by(balances.c.account_id)
            ids = list(connection.execute(query.limit(ACCOUNTS_A_PAGE)).scalars())
            last = ids[-1] if len(ids) == ACCOUNTS_A_PAGE else None
            found += _sums_of(connection, after, last)
        if last is None:
            return found
        after = last


def _sums_of(connection: Connection, after: str, last: str | None) -> list[Finding]:
    def here(column: ColumnElement[str]) -> ColumnElement[bool]:
        return column > after if last is None else and_(column > after, column <= last)

    of_legs = select(legs.c.account_id, func.sum(legs.c.amount_minor)).where(here(legs.c.account_id))
    true = {row[0]: int(row[1]) for row in connection.execute(of_legs.group_by(legs.c.account_id))}
    of_balances = select(balances.c.account_id, balances.c.balance_minor).where(here(balances.c.account_id))
    kept = {row[0]: int(row[1]) for row in connection.execute(of_balances)}
    found = [
        _finding(
            account_id,
            f"no balance is kept, its legs add up to {true[account_id]} minor units"
            if account_id not in kept
            else f"balance kept as {kept[account_id]}, its legs add up to {true.get(account_id, 0)} minor units",
        )
        for account_id in sorted({*true, *kept})
        if true.get(account_id, 0) != kept.get(account_id)
    ]
    return found + [
        _finding(
            f"turnover {account_id} {day} {entry_type} {category}".rstrip(),
            f"kept with {movements} movements, the legs have {true_movements}, or their sums differ",
        )
        for account_id, day, entry_type, category, movements, true_movements in turnover.differing(connection, here)
    ]


def stored_report_findings(database: Database) -> tuple[int, list[Finding]]:
    """How many stored reports there are, and which no longer say what they said."""
    count, found = 0, []
    for row in _stored(database):
        count += 1
        if stored_reports.content_hash(row.type, row.title, row.parameters, row.content) != row.content_hash:
            found.append(Finding(STORED_REPORTS, SERVICE, row.id, "the report was altered after it was made"))
    return count, found


def _stored(database: Database) -> Iterator[Any]:
    after = ""
    while True:
        with database.read() as connection:
            query = select(reports).where(reports.c.id > after).order_by(reports.c.id).limit(REPORTS_A_PAGE)
            rows = connection.execute(query).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].id


def _finding(record: str, detail: str) -> Finding:
    return Finding(REPORTS_EQUAL_LEDGER, SERVICE, record, detail)
