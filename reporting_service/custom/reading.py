"""Reading the movements that a report counts: some at a time, each time in a transaction of its own.

A movement is a line of an account's statement. What is read is the journal up to one position, so an entry that is
booked meanwhile is in all of it or in none.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, func, or_, select, tuple_

from reporting_service.custom.grouping import Movement
from reporting_service.custom.payloads import ReportFilters
from reporting_service.custom.words import ReportScope
from reporting_service.models import accounts, balances, entries, legs
from reporting_service.projections import journal_projection
from reporting_service.reports.summaries import OPENING
from shared.currencies import MINOR_UNIT_DIGITS
from shared.database import Database
from shared.date_ranges import DateRange
from shared.enums import Direction, TransactionType

READ_AT_ONCE = 2000
OF_CARDS = (
    TransactionType.CARD_PURCHASE,
    TransactionType.CARD_REFUND,
    TransactionType.CHARGEBACK,
    TransactionType.CASH_WITHDRAWAL,
)
"""Where nobody here is on the other side of these, their description names the shop."""

_leg, _entry = legs.c, entries.c
_mine, _theirs, _other = balances.alias("mine"), balances.alias("theirs"), accounts.alias("other")
_OTHER_ID = case((_leg.account_id == _entry.from_account_id, _entry.to_account_id), else_=_entry.from_account_id)
_SOURCE = (
    legs.join(entries, _entry.position == _leg.position)
    .join(_mine, _mine.c.account_id == _leg.account_id)
    .outerjoin(_theirs, _theirs.c.account_id == _OTHER_ID)
    .outerjoin(_other, _other.c.id == _OTHER_ID)
)
_COUNTERPARTY = func.coalesce(_other.c.holder_name, case((_entry.type.in_(OF_CARDS), _entry.description), else_=""))


class JournalChangedError(Exception):
    """The journal began anew while it was read: what was counted is of a bank that is no more."""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Of whose accounts, in which span, and which movements."""

    owner_id: str
    scope: ReportScope
    span: DateRange
    filters: ReportFilters


@dataclass(frozen=True, slots=True)
class Beginning:
    """How far the journal is read, and which one it is; `account_ids` are one's own, of the whole bank none."""

    position: int
    generation: int
    account_ids: tuple[str, ...]


def begin(connection: Connection, asked: ReportQuery) -> Beginning:
    """Where reading begins."""
    at = journal_projection.read_position(connection)
    if asked.scope is ReportScope.BANK:
        return Beginning(at.position, at.generation, ())
    own = connection.execute(select(balances.c.account_id).where(balances.c.owner_id == asked.owner_id)).scalars()
    wanted = set(asked.filters.account_ids)
    return Beginning(at.position, at.generation, tuple(sorted(one for one in own if not wanted or one in wanted)))


def read(database: Database, asked: ReportQuery, beginning: Beginning, check: Callable[[], None]) -> Iterator[Movement]:
    """The movements; `check` is called before each page, and may raise. Raises JournalChangedError."""
    passes = _amount_test(asked.filters)
    part = (asked.filters.counterparty or "").casefold()
    for page in _pages(asked, beginning):
        check()
        with database.read() as connection:
            if journal_projection.read_position(connection).generation != beginning.generation:
                raise JournalChangedError
            rows = page(connection)
        for row in rows:
            one = Movement(*row)
            if passes(one) and part in one.counterparty.casefold():
                yield one


_Page = Callable[[Connection], Sequence[Sequence[Any]]]


def _pages(asked: ReportQuery, beginning: Beginning) -> Iterator[_Page]:
    """Own accounts are read one by one, in the order of their index; the bank in that of the journal."""
    conditions = _conditions(asked)
    if asked.scope is ReportScope.BANK:
        for start in range(0, beginning.position, READ_AT_ONCE):
            places = and_(_leg.position > start, _leg.position <= min(start + READ_AT_ONCE, beginning.position))
            yield lambda connection, places=places: _rows(connection, _SOURCE, [*conditions, places])  # type: ignore[misc]
        return
    for account_id in beginning.account_ids:
        yield from _of_account(account_id, [*conditions, _leg.position <= beginning.position])


def _of_account(account_id: str, conditions: list[ColumnElement[bool]]) -> Iterator[_Page]:
    after = (-(2**62), 0, 0)
    is_more = True
    place = tuple_(_leg.effective_at, _leg.position, _leg.leg)

    def page(connection: Connection) -> Sequence[Sequence[Any]]:
        nonlocal after, is_more
        query = (
            select(*_COLUMNS, _leg.position, _leg.leg)
            .select_from(_SOURCE)
            .where(_leg.account_id == account_id, place > after, _leg.effective_at >= after[0], *conditions)
            .order_by(_leg.effective_at, _leg.position, _leg.leg)
            .limit(READ_AT_ONCE)
        )
        rows = connection.execute(query).all()
        is_more = len(rows) == READ_AT_ONCE
        if is_more:
            after = (rows[-1].effective_at, rows[-1].position, rows[-1].leg)
        return [row[: len(_COLUMNS)] for row in rows]

    while is_more:
        yield page


_COLUMNS = (
    _leg.account_id,
    _leg.currency,
    _leg.amount_minor,
    _leg.effective_at,
    _entry.day,
    _entry.type,
    func.coalesce(_entry.category, _entry.type).label("category"),
    _COUNTERPARTY.label("counterparty"),
)
"""In the order of a Movement's fields."""


def _rows(connection: Connection, source: FromClause, conditions: list[ColumnElement[bool]]) -> Sequence[Sequence[Any]]:
    return connection.execute(select(*_COLUMNS).select_from(source).where(*conditions)).all()


def _conditions(asked: ReportQuery) -> list[ColumnElement[bool]]:
    """What the database looks at; amounts and names are looked at as they are read."""
    filters = asked.filters
    found: list[ColumnElement[bool]] = [_mine.c.owner_id.is_not(None)]
    if asked.span.since is not None:
        found.append(_leg.effective_at >= asked.span.since)
    if asked.span.until is not None:
        found.append(_leg.effective_at < asked.span.until)
    if filters.direction is not None:
        found.append(_leg.amount_minor < 0 if filters.direction is Direction.OUT else _leg.amount_minor > 0)
    if filters.types:
        found.append(_entry.type.in_(filters.types))
    if filters.categories:
        found.append(func.coalesce(_entry.category, _entry.type).in_(filters.categories))
    if filters.account_ids:
        found.append(_leg.account_id.in_(filters.account_ids))
    if filters.currencies:
        found.append(_leg.currency.in_(filters.currencies))
    if not filters.between_own_accounts:
        found.append(or_(_theirs.c.owner_id.is_(None), _theirs.c.owner_id != _mine.c.owner_id))
    if not filters.opening_deposits:
        found.append(or_(_entry.category.is_(None), _entry.category != OPENING, _entry.type != TransactionType.DEPOSIT))
    return found


def _amount_test(filters: ReportFilters) -> Callable[[Movement], bool]:
    """Whether a movement is of so much, in units of its own currency; compared as exact decimals."""
    least = None if filters.min_amount is None else Decimal(filters.min_amount)
    most = None if filters.max_amount is None else Decimal(filters.max_amount)
    if least is None and most is None:
        return lambda _: True
    bounds = {
        currency: (
            None if least is None else least.scaleb(digits),
            None if most is None else most.scaleb(digits),
        )
        for currency, digits in MINOR_UNIT_DIGITS.items()
    }

    def passes(one: Movement) -> bool:
        lowest, highest = bounds[one.currency]
        size = abs(one.minor)
        return (lowest is None or size >= lowest) and (highest is None or size <= highest)

    return passes
