"""Reading the movements that a report counts: some at a time, each time in a transaction of its own.

A movement is a line of an account's statement. What is read is the journal up to one position, so an entry that is
booked meanwhile is in all of it or in none.

Accounts are read one by one by the index of their legs, the whole bank by that of when its entries took effect: so
fewer days are fewer pages. A page is so many places of the index, whatever passes the filters: no query is long.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, case, func, or_, select, tuple_

from reporting_service.custom.grouping import Movement
from reporting_service.custom.payloads import ReportFilters
from reporting_service.custom.words import ReportScope
from reporting_service.models import accounts, balances, entries, legs
from reporting_service.projections import journal_projection
from reporting_service.reports.summaries import OPENING
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.enums import Direction, TransactionType
from shared.storage.database import Database
from shared.time.date_ranges import DateRange

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
    """How far the journal is read, and which one it is; `account_ids` are those to read, None: the whole bank's."""

    position: int
    generation: int
    account_ids: tuple[str, ...] | None


def begin(connection: Connection, asked: ReportQuery) -> Beginning:
    """Where reading begins."""
    at = journal_projection.read_position(connection)
    wanted = set(asked.filters.account_ids)
    if asked.scope is ReportScope.BANK:
        return Beginning(at.position, at.generation, tuple(sorted(wanted)) or None)
    own = connection.execute(select(balances.c.account_id).where(balances.c.owner_id == asked.owner_id)).scalars()
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
    """Own accounts, and those that are named, are read one by one; the bank in the order of time."""
    conditions = [*_conditions(asked.filters), _leg.position <= beginning.position]
    if beginning.account_ids is None:
        yield from _through(
            (_entry.effective_at, _entry.position), _within(_entry.effective_at, asked.span), conditions
        )
        return
    of_leg = (_leg.effective_at, _leg.position, _leg.leg)
    for account_id in beginning.account_ids:
        yield from _through(
            of_leg, [_leg.account_id == account_id, *_within(_leg.effective_at, asked.span)], conditions
        )


def _through(
    key: tuple[Column[int], ...], among: list[ColumnElement[bool]], conditions: list[ColumnElement[bool]]
) -> Iterator[_Page]:
    """Through an index: `key` is what it goes by, `among` what is looked at of it, `conditions` what counts of that."""
    after: tuple[int, ...] | None = None
    is_more = True

    def page(connection: Connection) -> Sequence[Sequence[Any]]:
        nonlocal after, is_more
        places = among if after is None else [*among, tuple_(*key) > after, key[0] >= after[0]]
        last = connection.execute(last_place(key, places)).one_or_none()
        if last is None:
            is_more = False
        else:
            after = tuple(last)
            places = [*places, tuple_(*key) <= after, key[0] <= after[0]]
        return connection.execute(movements(places, conditions)).all()

    while is_more:
        yield page


def last_place(key: tuple[Column[int], ...], places: list[ColumnElement[bool]]) -> Select[Any]:
    """Where a page ends: the place after which READ_AT_ONCE have been looked at; there is none on the last page."""
    columns: tuple[Any, ...] = key
    return select(*columns).where(*places).order_by(*key).limit(1).offset(READ_AT_ONCE - 1)


def movements(places: list[ColumnElement[bool]], conditions: list[ColumnElement[bool]]) -> Select[Any]:
    """What counts of these places."""
    return select(*_COLUMNS).select_from(_SOURCE).where(*places, *conditions)


_COLUMNS: tuple[Any, ...] = (
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


def _within(instant: Column[int], span: DateRange) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if span.since is not None:
        found.append(instant >= span.since)
    if span.until is not None:
        found.append(instant < span.until)
    return found


def _conditions(filters: ReportFilters) -> list[ColumnElement[bool]]:
    """What the database looks at; amounts and names are looked at as they are read."""
    found: list[ColumnElement[bool]] = [_mine.c.owner_id.is_not(None)]
    if filters.direction is not None:
        found.append(_leg.amount_minor < 0 if filters.direction is Direction.OUT else _leg.amount_minor > 0)
    if filters.types:
        found.append(_entry.type.in_(filters.types))
    if filters.categories:
        found.append(func.coalesce(_entry.category, _entry.type).in_(filters.categories))
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
