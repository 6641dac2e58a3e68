"""Reading transactions: keyset pages over the postings, newest first, each filtered by who may see it."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, func, or_, select, tuple_

from shared.money import MINOR_UNIT_DIGITS, parse_amount
from transaction_service.ledger.entry import Entry
from transaction_service.ledger.serializers import View, reference, refused_attempt, transaction
from transaction_service.models import accounts, entries, postings, refused_attempts

_ENTRY = [entries.c[name] for name in Entry.__slots__]
_other = accounts.alias("other")
_OTHER_ID = case(
    (postings.c.account_id == entries.c.from_account_id, entries.c.to_account_id), else_=entries.c.from_account_id
)
_reversing = entries.alias("reversing")
_REVERSED = (
    select(func.coalesce(func.sum(_reversing.c.amount_minor), 0))
    .where(_reversing.c.reverses == entries.c.id)
    .scalar_subquery()
)
_VIEW = [
    postings.c.account_id,
    postings.c.amount_minor.label("signed_minor"),
    postings.c.balance_after_minor,
    _other.c.holder_name.label("other_name"),
    _other.c.account_number.label("other_number"),
    _other.c.owner_id.label("other_owner_id"),
]
Cursor = tuple[int, str]
"""(effective_at, id): the sort key of a row, and of the last row of the page before."""
Row = tuple[Cursor, dict[str, Any]]
"""A row's sort key and the `Transaction` object it is shown as."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; instants in microseconds of the bank's time, amounts as decimal text."""

    account_id: str | None = None
    type: str | None = None
    direction: str | None = None
    category: str | None = None
    since: int | None = None
    until: int | None = None
    min_amount: str | None = None
    max_amount: str | None = None
    text: str | None = None


def of_owner(connection: Connection, owner_id: str, filters: Filters, after: Cursor | None, limit: int) -> list[Row]:
    """A person's completed transactions over all their accounts, or on the one account that the filters name."""
    account = accounts.alias("own")
    query = _postings_query(filters, after, limit)
    if filters.account_id is None:
        query = query.where(postings.c.history_owner_id == owner_id)
    else:
        query = query.join(account, account.c.id == postings.c.account_id).where(
            postings.c.account_id == filters.account_id, account.c.owner_id == owner_id
        )
    return [(_key(row), _render(row, owner_id)) for row in connection.execute(query)]


def of_account(connection: Connection, viewer_id: str, filters: Filters, after: Cursor | None, limit: int) -> list[Row]:
    """Completed transactions of the account that the filters name, for someone who may see it (see `may_see`)."""
    query = _postings_query(filters, after, limit).where(postings.c.account_id == filters.account_id)
    return [(_key(row), _render(row, viewer_id)) for row in connection.execute(query)]


def of_everyone(connection: Connection, filters: Filters, after: Cursor | None, limit: int) -> list[Row]:
    """Entries of the whole bank, seen from nobody's account, for staff."""
    conditions = _common(entries, filters)
    if filters.account_id is not None:
        account_id = filters.account_id
        conditions.append(or_(entries.c.from_account_id == account_id, entries.c.to_account_id == account_id))
    if filters.text:
        conditions.append(_contains(filters.text, entries.c.description, entries.c.category, entries.c.id))
    if after is not None:
        conditions.append(tuple_(entries.c.effective_at, entries.c.id) < after)
    query = (
        select(*_ENTRY, _REVERSED.label("reversed_minor"))
        .where(*conditions)
        .order_by(entries.c.effective_at.desc(), entries.c.id.desc())
        .limit(limit)
    )
    rows = connection.execute(query).all()
    return [
        (_key(row), transaction(Entry(*row[: len(_ENTRY)]), None, reversed_minor=row.reversed_minor)) for row in rows
    ]


def refused(connection: Connection, user_id: str, filters: Filters, after: Cursor | None, limit: int) -> list[Row]:
    """Attempts of this person that were refused."""
    table = refused_attempts.c
    conditions: list[ColumnElement[bool]] = [table.user_id == user_id, *_common(refused_attempts, filters)]
    if filters.account_id is not None:
        conditions.append(table.account_id == filters.account_id)
    if filters.direction is not None:
        leaving = table.from_account_id == table.account_id
        conditions.append(leaving if filters.direction == "out" else ~func.coalesce(leaving, False))
    if filters.text:
        conditions.append(_contains(filters.text, table.description, table.category, table.error_code))
    if after is not None:
        conditions.append(tuple_(table.effective_at, table.id) < after)
    query = select(refused_attempts).where(*conditions).order_by(table.effective_at.desc(), table.id.desc())
    return [(_key(row), refused_attempt(row)) for row in connection.execute(query.limit(limit))]


def one(connection: Connection, entry_id: str, viewer_id: str, *, sees_all: bool) -> dict[str, Any] | None:
    """One transaction, from the viewer's own side; None when there is none that the viewer may see."""
    own = accounts.alias("own")
    query = (
        _postings_select()
        .join(own, own.c.id == postings.c.account_id)
        .where(entries.c.id == entry_id, own.c.owner_id.is_not(None))
        .order_by(postings.c.amount_minor)
        .limit(1)
    )
    if not sees_all:
        query = query.where(own.c.owner_id == viewer_id)
    row = connection.execute(query).first()
    if row is not None:
        return _render(row, viewer_id)
    attempt = select(refused_attempts).where(refused_attempts.c.id == entry_id)
    if not sees_all:
        attempt = attempt.where(refused_attempts.c.user_id == viewer_id)
    row = connection.execute(attempt).first()
    return refused_attempt(row) if row is not None else None


def may_see(connection: Connection, account_id: str, viewer_id: str, *, sees_all: bool) -> bool:
    """Whether there is such a customer account and this person may read its history."""
    query = select(accounts.c.id).where(accounts.c.id == account_id, accounts.c.owner_id.is_not(None))
    if not sees_all:
        query = query.where(accounts.c.owner_id == viewer_id)
    return connection.execute(query).first() is not None


def _postings_select() -> Select[Any]:
    return (
        select(*_ENTRY, *_VIEW, _REVERSED.label("reversed_minor"))
        .select_from(postings)
        .join(entries, entries.c.id == postings.c.entry_id)
        .outerjoin(_other, and_(_other.c.id == _OTHER_ID, _other.c.owner_id.is_not(None)))
    )


def _postings_query(filters: Filters, after: Cursor | None, limit: int) -> Select[Any]:
    conditions = _common(entries, filters)
    if filters.since is not None:
        conditions.append(postings.c.effective_at >= filters.since)
    if filters.until is not None:
        conditions.append(postings.c.effective_at < filters.until)
    if filters.direction is not None:
        conditions.append(postings.c.amount_minor < 0 if filters.direction == "out" else postings.c.amount_minor > 0)
    if filters.text:
        texts = (entries.c.description, entries.c.category, _other.c.holder_name, entries.c.id)
        conditions.append(_contains(filters.text, *texts))
    if after is not None:
        conditions.append(tuple_(postings.c.effective_at, postings.c.entry_id) < after)
    return (
        _postings_select()
        .where(*conditions)
        .order_by(postings.c.effective_at.desc(), postings.c.entry_id.desc())
        .limit(limit)
    )


def _common(table: Any, filters: Filters) -> list[ColumnElement[bool]]:
    columns = table.c
    conditions: list[ColumnElement[bool]] = []
    if filters.type is not None:
        conditions.append(columns.type == filters.type)
    if filters.category is not None:
        conditions.append(columns.category == filters.category)
    if filters.since is not None:
        conditions.append(columns.effective_at >= filters.since)
    if filters.until is not None:
        conditions.append(columns.effective_at < filters.until)
    if filters.min_amount is not None:
        conditions.append(_compared(columns, filters.min_amount, operator.ge))
    if filters.max_amount is not None:
        conditions.append(_compared(columns, filters.max_amount, operator.le))
    return conditions


def _compared(columns: Any, amount: str, compare: Callable[[Any, int], Any]) -> ColumnElement[bool]:
    """The amount compared in each currency that can express it; the others match nothing."""
    by_minor: dict[int, list[str]] = {}
    for currency in MINOR_UNIT_DIGITS:
        try:
            by_minor.setdefault(parse_amount(amount, currency).minor, []).append(currency)
        except ValueError:
            continue
    return or_(
        false(),
        *(and_(columns.currency.in_(names), compare(columns.amount_minor, minor)) for minor, names in by_minor.items()),
    )


def _contains(needle: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    prefix = reference("")
    wanted = needle[len(prefix) :].lower() if needle.upper().startswith(prefix) else needle
    return or_(*(column.icontains(wanted, autoescape=True) for column in columns))


def _key(row: Any) -> Cursor:
    return row.effective_at, row.id


def _render(row: Any, viewer_id: str) -> dict[str, Any]:
    view = View(
        account_id=row.account_id,
        direction="out" if row.signed_minor < 0 else "in",
        balance_after_minor=row.balance_after_minor,
        counterparty_name=row.other_name,
        counterparty_number=row.other_number,
        counterparty_is_own=row.other_owner_id == viewer_id,
    )
    return transaction(Entry(*row[: len(_ENTRY)]), view, reversed_minor=row.reversed_minor)
