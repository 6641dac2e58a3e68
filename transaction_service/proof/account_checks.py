"""Accounts recomputed page by page: balances, floors, holds and the spending of days, each against its postings.

A page is a range of accounts read in one short transaction, so that it fits together while money moves.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, and_, func, select

from shared.storage.database import Database
from transaction_service.ledger.daily_outgoings import totals_of_entries
from transaction_service.models import accounts, daily_outgoings, holds, postings
from transaction_service.proof.finding import Finding

PAGE = 200
BALANCES = "balances equal postings"
DERIVED = "derived rows equal entries"
FLOORS = "none below its floor"


def findings(database: Database) -> list[Finding]:
    """Everything that is wrong with customers' accounts; empty when all is well."""
    found: list[Finding] = []
    for after, until in account_ranges(database):
        with database.read() as connection:
            found += drifted_balances(connection, after, until)
            found += _below_floor(connection, after, until)
            found += _held_unlike_holds(connection, after, until)
            found += _outgoings_unlike_their_entries(connection, after, until)
    return found


def account_ranges(database: Database) -> Iterator[tuple[str, str]]:
    """Ranges that hold every customer account there is now: ids after the first, up to the second."""
    after = ""
    while True:
        query = select(accounts.c.id).where(accounts.c.owner_id.is_not(None), accounts.c.id > after)
        with database.read() as connection:
            ids = connection.execute(query.order_by(accounts.c.id).limit(PAGE)).scalars().all()
        if not ids:
            return
        yield after, ids[-1]
        after = ids[-1]


def drifted_balances(connection: Connection, after: str, until: str) -> list[Finding]:
    """Accounts whose balance is not the sum of their postings."""
    total = func.coalesce(func.sum(postings.c.amount_minor), 0)
    query = (
        select(accounts.c.id, accounts.c.balance_minor, total.label("total"))
        .outerjoin(postings, postings.c.account_key == accounts.c.key)
        .where(accounts.c.id > after, accounts.c.id <= until, accounts.c.balance_minor.is_not(None))
        .group_by(accounts.c.key, accounts.c.id, accounts.c.balance_minor)
        .having(accounts.c.balance_minor != total)
    )
    return [
        Finding(BALANCES, row.id, f"balance {row.balance_minor}, postings {row.total} minor units")
        for row in connection.execute(query)
    ]


def _below_floor(connection: Connection, after: str, until: str) -> list[Finding]:
    """Accounts below their floors of which no entry or change of terms is known that took them there."""
    query = select(accounts.c.id, accounts.c.balance_minor).where(
        accounts.c.id > after,
        accounts.c.id <= until,
        accounts.c.balance_minor - accounts.c.held_minor < accounts.c.floor_minor,
        accounts.c.floor_passed_at.is_(None),
    )
    return [Finding(FLOORS, row.id, f"balance {row.balance_minor}") for row in connection.execute(query)]


def _held_unlike_holds(connection: Connection, after: str, until: str) -> list[Finding]:
    """Accounts that hold back more or less than what remains of their pending holds."""
    total = func.coalesce(func.sum(holds.c.remaining_minor), 0)
    query = (
        select(accounts.c.id, accounts.c.held_minor, total.label("total"))
        .outerjoin(holds, and_(holds.c.account_key == accounts.c.key, holds.c.status == "pending"))
        .where(accounts.c.id > after, accounts.c.id <= until)
        .group_by(accounts.c.key, accounts.c.id, accounts.c.held_minor)
        .having(accounts.c.held_minor != total)
    )
    return [
        Finding(DERIVED, row.id, f"{row.held_minor} minor units are held, by its holds {row.total}")
        for row in connection.execute(query)
    ]


def _outgoings_unlike_their_entries(connection: Connection, after: str, until: str) -> list[Finding]:
    table = daily_outgoings.c
    left = totals_of_entries(connection, after=after, until=until)
    kept_rows = (
        select(accounts.c.key, accounts.c.id, table.day, table.amount_minor)
        .outerjoin(daily_outgoings, table.account_key == accounts.c.key)
        .where(accounts.c.id > after, accounts.c.id <= until)
    )
    found, ids = [], {}
    for account_key, account_id, day, kept in connection.execute(kept_rows):
        ids[account_key] = account_id
        if day is not None and kept != (true := left.pop((account_key, day), 0)):
            found.append(_outgoing(account_id, day, kept, true))
    return found + [_outgoing(ids[account_key], day, 0, true) for (account_key, day), true in left.items()]


def _outgoing(account_id: str, day: int, kept: int, true: int) -> Finding:
    return Finding(DERIVED, account_id, f"spent on day {day}: kept as {kept}, entries say {true} minor units")
