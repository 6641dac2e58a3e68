"""Reading transactions: keyset pages, each filtered by who may see it, of entries and of refused attempts."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from shared.pagination import Key, Page, on_page
from transaction_service.history.filters import Filters, common_conditions, has_number, has_text, is_number
from transaction_service.ledger.entry import Entry
from transaction_service.ledger.serializers import Party, View, refused_attempt, transaction
from transaction_service.models import accounts, entries, postings, refused_attempts

_ENTRY = [entries.c[name] for name in Entry.__slots__]
_other = accounts.alias("other")
_own = accounts.alias("own")
_payer = accounts.alias("payer")
_payee = accounts.alias("payee")
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
    _own.c.owner_id.label("own_owner_id"),
    _other.c.holder_name.label("other_name"),
    _other.c.account_number.label("other_number"),
    _other.c.owner_id.label("other_owner_id"),
]
_PARTIES = [
    _payer.c.holder_name.label("payer_name"),
    _payer.c.account_number.label("payer_number"),
    _payee.c.holder_name.label("payee_name"),
    _payee.c.account_number.label("payee_number"),
]
Row = tuple[Key, dict[str, Any]]
"""A row's sort key and the `Transaction` object it is shown as."""


def of_owner(connection: Connection, owner_id: str, filters: Filters, page: Page) -> list[Row]:
    """A person's completed transactions over all their accounts, or on the one account that the filters name."""
    query = _postings_query(filters, page)
    if filters.account_id is None:
        query = query.where(postings.c.history_owner_id == owner_id)
    else:
        query = query.where(postings.c.account_id == filters.account_id, _own.c.owner_id == owner_id)
    return [(_key(row), _render(row, owner_id)) for row in connection.execute(query)]


def of_account(
    connection: Connection, viewer_id: str, filters: Filters, page: Page, *, for_staff: bool = False
) -> list[Row]:
    """Completed transactions of the account that the filters name, for someone who may see it (see `may_see`)."""
    query = _postings_query(filters, page).where(postings.c.account_id == filters.account_id)
    return [(_key(row), _render(row, viewer_id, for_staff=for_staff)) for row in connection.execute(query)]


def of_everyone(connection: Connection, filters: Filters, page: Page) -> list[Row]:
    """Entries of the whole bank with both their sides, seen from nobody's account, for staff."""
    conditions = common_conditions(entries.c, filters)
    leaving, reaching = entries.c.from_account_id, entries.c.to_account_id
    if filters.account_id is not None:
        by_direction = {"out": leaving == filters.account_id, "in": reaching == filters.account_id}
        either = or_(*by_direction.values())
        conditions.append(either if filters.direction is None else by_direction[filters.direction])
    elif filters.direction is not None:
        conditions.append(reaching.is_(None) if filters.direction == "out" else leaving.is_(None))
    if filters.text:
        conditions.append(_found_by_staff(filters.text, entries.c.description, entries.c.category, entries.c.id))
    query = _with_parties(select(*_ENTRY, _REVERSED.label("reversed_minor"), *_PARTIES), entries).where(*conditions)
    rows = connection.execute(on_page(query, entries.c.effective_at, entries.c.id, page))
    return [(_key(row), _render_both_sides(row)) for row in rows]


def refused(
    connection: Connection, filters: Filters, page: Page, *, owner_id: str | None = None, for_staff: bool = False
) -> list[Row]:
    """Attempts that were refused on the accounts of this owner, whoever made them; without an owner, of everyone."""
    table = refused_attempts.c
    conditions = common_conditions(table, filters)
    if owner_id is not None:
        conditions.append(table.owner_id == owner_id)
    if filters.account_id is not None:
        conditions.append(table.account_id == filters.account_id)
    if filters.direction is not None:
        leaving = table.from_account_id == table.account_id
        conditions.append(leaving if filters.direction == "out" else ~func.coalesce(leaving, False))
    if filters.text:
        texts = (table.description, table.category, table.error_code, table.id)
        conditions.append(_found_by_staff(filters.text, *texts) if for_staff else has_text(filters.text, *texts))
    query = _with_parties(select(refused_attempts, *_PARTIES), refused_attempts).where(*conditions)
    rows = connection.execute(on_page(query, table.effective_at, table.id, page))
    return [(_key(row), refused_attempt(row, parties=_parties(row), for_staff=for_staff)) for row in rows]


def place_of(
    connection: Connection, row_id: str, *, owner_id: str | None = None, account_id: str | None = None
) -> Key | None:
    """The sort key of a transaction in a list: of an owner, of an account, or (with neither) of everyone."""
    shown = [postings.c.entry_id == entries.c.id]
    attempts: list[ColumnElement[bool]] = [refused_attempts.c.id == row_id]
    if owner_id is not None:
        of_their_accounts = select(accounts.c.id).where(accounts.c.owner_id == owner_id)
        shown.append(postings.c.account_id.in_(of_their_accounts))
        attempts.append(refused_attempts.c.owner_id == owner_id)
    if account_id is not None:
        shown.append(postings.c.account_id == account_id)
        attempts.append(refused_attempts.c.account_id == account_id)
    for query in (
        select(entries.c.effective_at).where(entries.c.id == row_id, exists().where(*shown)),
        select(refused_attempts.c.effective_at).where(*attempts),
    ):
        instant = connection.execute(query).scalar()
        if instant is not None:
            return int(instant), row_id
    return None


def one(
    connection: Connection, entry_id: str, viewer_id: str, *, sees_all: bool, account_id: str | None = None
) -> dict[str, Any] | None:
    """One transaction; None when there is none that the viewer may see.

    It is shown from the account asked for, else from the viewer's own side, else (for staff) with both its sides.
    """
    query = _postings_select().where(entries.c.id == entry_id, _own.c.owner_id.is_not(None))
    if account_id is not None:
        query = query.where(postings.c.account_id == account_id)
    theirs = query if sees_all and account_id is not None else query.where(_own.c.owner_id == viewer_id)
    row = connection.execute(theirs.order_by(postings.c.amount_minor).limit(1)).first()
    if row is not None:
        return _render(row, viewer_id, for_staff=sees_all)
    if sees_all and account_id is None:
        both = _with_parties(select(*_ENTRY, _REVERSED.label("reversed_minor"), *_PARTIES), entries)
        row = connection.execute(both.where(entries.c.id == entry_id)).first()
        if row is not None:
            return _render_both_sides(row)
    return _one_refused(connection, entry_id, viewer_id, sees_all=sees_all, account_id=account_id)


def may_see(connection: Connection, account_id: str, viewer_id: str, *, sees_all: bool) -> bool:
    """Whether there is such a customer account and this person may read its history."""
    query = select(accounts.c.id).where(accounts.c.id == account_id, accounts.c.owner_id.is_not(None))
    if not sees_all:
        query = query.where(accounts.c.owner_id == viewer_id)
    return connection.execute(query).first() is not None


def _one_refused(
    connection: Connection, attempt_id: str, viewer_id: str, *, sees_all: bool, account_id: str | None
) -> dict[str, Any] | None:
    query = _with_parties(select(refused_attempts, *_PARTIES), refused_attempts)
    query = query.where(refused_attempts.c.id == attempt_id)
    if not sees_all:
        query = query.where(refused_attempts.c.owner_id == viewer_id)
    if account_id is not None:
        query = query.where(refused_attempts.c.account_id == account_id)
    row = connection.execute(query).first()
    return None if row is None else refused_attempt(row, parties=_parties(row), for_staff=sees_all)


def _postings_select() -> Select[Any]:
    return (
        select(*_ENTRY, *_VIEW, _REVERSED.label("reversed_minor"))
        .select_from(postings)
        .join(entries, entries.c.id == postings.c.entry_id)
        .join(_own, _own.c.id == postings.c.account_id)
        .outerjoin(_other, and_(_other.c.id == _OTHER_ID, _other.c.owner_id.is_not(None)))
    )


def _postings_query(filters: Filters, page: Page) -> Select[Any]:
    conditions = common_conditions(entries.c, filters)
    if filters.since is not None:
        conditions.append(postings.c.effective_at >= filters.since)
    if filters.until is not None:
        conditions.append(postings.c.effective_at < filters.until)
    if filters.direction is not None:
        conditions.append(postings.c.amount_minor < 0 if filters.direction == "out" else postings.c.amount_minor > 0)
    if filters.text:
        texts = (entries.c.description, entries.c.category, _other.c.holder_name, entries.c.id)
        # Of a number that is shown masked only the whole is found: nobody finds out its hidden digits one by one.
        conditions.append(or_(has_text(filters.text, *texts), is_number(filters.text, _other.c.account_number)))
    query = _postings_select().where(*conditions)
    return on_page(query, postings.c.effective_at, postings.c.entry_id, page)


def _with_parties(query: Select[Any], table: Any) -> Select[Any]:
    return (
        query.select_from(table)
        .outerjoin(_payer, and_(_payer.c.id == table.c.from_account_id, _payer.c.owner_id.is_not(None)))
        .outerjoin(_payee, and_(_payee.c.id == table.c.to_account_id, _payee.c.owner_id.is_not(None)))
    )


def _found_by_staff(wanted: str, *texts: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(
        has_text(wanted, *texts, _payer.c.holder_name, _payee.c.holder_name),
        has_number(wanted, _payer.c.account_number, _payee.c.account_number),
    )


def _key(row: Any) -> Key:
    return row.effective_at, row.id


def _parties(row: Any) -> tuple[Party | None, Party | None]:
    payer = Party(row.payer_name, row.payer_number) if row.payer_name is not None else None
    payee = Party(row.payee_name, row.payee_number) if row.payee_name is not None else None
    return payer, payee


def _render_both_sides(row: Any) -> dict[str, Any]:
    entry = Entry(*row[: len(_ENTRY)])
    return transaction(entry, None, reversed_minor=row.reversed_minor, parties=_parties(row), for_staff=True)


def _render(row: Any, viewer_id: str, *, for_staff: bool = False) -> dict[str, Any]:
    view = View(
        account_id=row.account_id,
        direction="out" if row.signed_minor < 0 else "in",
        balance_after_minor=row.balance_after_minor,
        owner_id=row.own_owner_id,
        counterparty_name=row.other_name,
        counterparty_number=row.other_number,
        counterparty_owner_id=row.other_owner_id,
        counterparty_is_own=row.other_owner_id == viewer_id,
    )
    entry = Entry(*row[: len(_ENTRY)])
    return transaction(entry, view, reversed_minor=row.reversed_minor, for_staff=for_staff)
