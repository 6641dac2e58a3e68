"""Reading movements for an export: some at a time, each time in a transaction of its own, so that no read lasts long.

What is exported is the journal up to one position, so an entry that is booked meanwhile is in all of it or in none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from reporting_service.models import accounts, legs
from reporting_service.projections import journal_projection
from reporting_service.reports import turnover_queries
from reporting_service.statements.statement import Line, StatedAccount
from reporting_service.statements.statement_queries import LINES, line_of, stated_account
from shared.storage.database import Database
from shared.time.date_ranges import DateRange

READ_AT_ONCE = 1000


class JournalChangedError(Exception):
    """The journal began anew while it was exported: what has been written is of a bank that is no more."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement on one of the exported accounts, with what that account held after it.

    `other_id` is the account on the other side where that is a customer's.
    """

    account: StatedAccount
    line: Line
    balance_minor: int
    other_id: str | None


@dataclass(frozen=True, slots=True)
class ExportedAccount:
    """An account and what it held before the first movement that is exported."""

    account: StatedAccount
    opening_minor: int


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: of these accounts, in this span, up to one position of the journal's one generation.

    `viewer_id` is who reads it: other people's account numbers are masked.
    """

    accounts: tuple[ExportedAccount, ...]
    viewer_id: str
    span: DateRange
    until_position: int
    generation: int


def own_accounts(connection: Connection, owner_id: str) -> Sequence[Any]:
    """A person's accounts, those that are closed too, oldest first."""
    query = select(accounts).where(accounts.c.user_id == owner_id).order_by(accounts.c.id)
    return connection.execute(query).all()


def begin(connection: Connection, rows: Sequence[Any], span: DateRange, viewer_id: str) -> Export:
    """What an export of these accounts will hold."""
    at = journal_projection.read_position(connection)
    exported = tuple(
        ExportedAccount(
            stated_account(row, viewer_id),
            turnover_queries.balance_before(connection, row.id, span.since),
        )
        for row in rows
    )
    return Export(exported, viewer_id, span, at.position, at.generation)


def read(database: Database, export: Export) -> Iterator[Movement]:
    """The movements, account by account, oldest first. Raises JournalChangedError when the bank is reset meanwhile."""
    for exported in export.accounts:
        balance_minor, after = exported.opening_minor, (-(2**62), 0, 0)
        while True:
            with database.read() as connection:
                if journal_projection.read_position(connection).generation != export.generation:
                    raise JournalChangedError
                rows = _page(connection, exported.account.id, export, after)
            for row in rows:
                balance_minor += row.amount_minor
                yield Movement(exported.account, line_of(row, export.viewer_id), balance_minor, row.other_id)
            if len(rows) < READ_AT_ONCE:
                break
            after = (rows[-1].effective_at, rows[-1].position, rows[-1].leg)


def _page(connection: Connection, account_id: str, export: Export, after: tuple[int, int, int]) -> Sequence[Any]:
    place = tuple_(legs.c.effective_at, legs.c.position, legs.c.leg)
    query = (
        LINES.where(*_exported(export, account_id), place > after)
        .where(legs.c.effective_at >= after[0])  # the same once more, for databases that find no place by three columns
        .order_by(legs.c.effective_at, legs.c.position, legs.c.leg)
        .limit(READ_AT_ONCE)
    )
    return connection.execute(query).all()


def count(connection: Connection, export: Export) -> int:
    """How many movements it holds."""
    return sum(
        connection.execute(
            select(func.count()).select_from(legs).where(*_exported(export, one.account.id))
        ).scalar_one()
        for one in export.accounts
    )


def _exported(export: Export, account_id: str) -> list[ColumnElement[bool]]:
    """Which legs of an account are exported."""
    conditions = [legs.c.account_id == account_id, legs.c.position <= export.until_position]
    if export.span.since is not None:
        conditions.append(legs.c.effective_at >= export.span.since)
    if export.span.until is not None:
        conditions.append(legs.c.effective_at < export.span.until)
    return conditions
