"""Reading transactions: keyset pages, each filtered by who may see it, of entries and of refused attempts."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, exists, func, or_, select

from shared.amounts.money import Money
from shared.http.pagination import Key, Page, on_page
from transaction_service.cards import pending
from transaction_service.cards.entry_cards import DECLINED_CARD, ENTRY_CARD, card_of, with_declined_card, with_its_card
from transaction_service.exchange.exchange_rows import EXCHANGE, exchange_of
from transaction_service.history.filters import (
    Filters,
    amount_conditions,
    common_conditions,
    has_number,
    has_text,
    is_number,
)
from transaction_service.ledger.entry_rows import (
    ENTRY,
    REVERSED,
    REVERSED_OTHER,
    entry_of,
    is_below_floor,
    payee,
    payer,
    request_of,
    with_what_it_names,
)
from transaction_service.ledger.serializers import Party, View, refused_attempt, transaction
from transaction_service.models import (
    accounts,
    card_entries,
    entries,
    floor_passings,
    initiators,
    postings,
    refused_attempts,
)
from transaction_service.models.keys import key_of

_own = accounts.alias("own")
_is_payer = postings.c.account_key == entries.c.payer_key
_other_name = case((_is_payer, payee.c.holder_name), else_=payer.c.holder_name)
_other_number = case((_is_payer, payee.c.account_number), else_=payer.c.account_number)
_other_owner_id = case((_is_payer, payee.c.owner_id), else_=payer.c.owner_id)
_VIEW = [
    floor_passings.c.below_minor,
    _own.c.id.label("account_id"),
    postings.c.amount_minor.label("signed_minor"),
    postings.c.balance_after_minor,
    _own.c.owner_id.label("own_owner_id"),
    _other_name.label("other_name"),
    _other_number.label("other_number"),
    _other_owner_id.label("other_owner_id"),
]
_PARTIES = [
    payer.c.holder_name.label("payer_name"),
    payer.c.account_number.label("payer_number"),
    payee.c.holder_name.label("payee_name"),
    payee.c.account_number.label("payee_number"),
]
_ATTEMPT = [
    *(refused_attempts.c[name] for name in ("id", "type", "currency", "amount_minor", "description", "category")),
    *refused_attempts.c["owner_id", "error_code", "effective_at", "booked_at", "end_to_end_id"],
    request_of(refused_attempts),
    _own.c.id.label("account_id"),
    payer.c.id.label("from_account_id"),
    payee.c.id.label("to_account_id"),
    initiators.c.user_id.label("initiator_id"),
    initiators.c.kind.label("initiator_kind"),
    initiators.c.name.label("initiator_name"),
    *_PARTIES,
    *DECLINED_CARD,
]
_PAYER_BELOW = (floor_passings.c.below_minor, payer.c.currency.label("payer_currency"))
_payer_is_below = (floor_passings.c.position == entries.c.position) & (
    floor_passings.c.account_key == entries.c.payer_key
)
_BOTH_SIDES = select(
    *ENTRY, REVERSED.label("reversed_minor"), *_PARTIES, *_PAYER_BELOW, *EXCHANGE, *ENTRY_CARD
).select_from(with_its_card(with_what_it_names(entries.outerjoin(floor_passings, _payer_is_below))))
_ATTEMPTS = select(*_ATTEMPT).select_from(
    with_declined_card(
        refused_attempts.join(initiators, initiators.c.key == refused_attempts.c.initiator_key)
        .outerjoin(_own, _own.c.key == refused_attempts.c.account_key)
        .outerjoin(payer, payer.c.key == refused_attempts.c.payer_key)
        .outerjoin(payee, payee.c.key == refused_attempts.c.payee_key)
    )
)
_REVERSALS = (REVERSED.label("reversed_minor"), REVERSED_OTHER.label("reversed_other_minor"))
_SEEN_FROM_AN_ACCOUNT = select(*ENTRY, *_VIEW, *_REVERSALS, *EXCHANGE, *ENTRY_CARD).select_from(
    with_its_card(
        with_what_it_names(
            postings.join(entries, entries.c.position == postings.c.position)
            .join(_own, _own.c.key == postings.c.account_key)
            .outerjoin(floor_passings, is_below_floor(postings))
        )
    )
)
Row = tuple[Key, dict[str, Any]]
"""A row's sort key and the `Transaction` object it is shown as."""


def of_owner(connection: Connection, owner_id: str, filters: Filters, page: Page) -> list[Row]:
    """A person's completed transactions over all their accounts, or on the one account that the filters name.

    Over all of them a movement between two of them stands there once, as what left the one.
    """
    owned = select(accounts.c.key).where(accounts.c.owner_id == owner_id)
    query = _postings_query(filters, page)
    if filters.account_id is not None:
        keys = connection.execute(owned.where(accounts.c.id == filters.account_id)).scalars().all()
    else:
        keys = connection.execute(owned).scalars().all()
        query = query.where(or_(postings.c.amount_minor < 0, payer.c.owner_id.is_(None), payer.c.owner_id != owner_id))
    found = [row for key in keys for row in connection.execute(query.where(postings.c.account_key == key))]
    found.sort(key=_key, reverse=not page.is_ascending)
    return [(_key(row), _render(row, owner_id)) for row in found[: page.limit + 1]]


def of_account(
    connection: Connection, viewer_id: str, filters: Filters, page: Page, *, for_staff: bool = False
) -> list[Row]:
    """Completed transactions of the account that the filters name, for someone who may see it (see `may_see`)."""
    query = _postings_query(filters, page).where(postings.c.account_key == key_of(accounts, filters.account_id))
    return [(_key(row), _render(row, viewer_id, for_staff=for_staff)) for row in connection.execute(query)]


def of_everyone(connection: Connection, filters: Filters, page: Page) -> list[Row]:
    """Entries of the whole bank with both their sides, seen from nobody's account, for staff."""
    conditions = common_conditions(entries.c, filters)
    conditions += amount_conditions(entries.c.currency, entries.c.amount_minor, filters)
    conditions += _of_authorization(entries.c.position, filters)
    leaving, reaching = entries.c.payer_key, entries.c.payee_key
    if filters.account_id is not None:
        account_key = key_of(accounts, filters.account_id)
        by_direction = {"out": leaving == account_key, "in": reaching == account_key}
        either = or_(*by_direction.values())
        conditions.append(either if filters.direction is None else by_direction[filters.direction])
    elif filters.direction is not None:
        conditions.append(reaching.is_(None) if filters.direction == "out" else leaving.is_(None))
    if filters.text:
        texts = entries.c["id", "description", "category", "end_to_end_id"]
        conditions.append(_found_by_staff(filters.text, *texts))
    query = _BOTH_SIDES.where(*conditions)
    rows = connection.execute(on_page(query, entries.c.effective_at, entries.c.id, page))
    return [(_key(row), _render_both_sides(row)) for row in rows]


def refused(
    connection: Connection, filters: Filters, page: Page, *, owner_id: str | None = None, for_staff: bool = False
) -> list[Row]:
    """Attempts that were refused on the accounts of this owner, whoever made them; without an owner, of everyone."""
    table = refused_attempts.c
    conditions = common_conditions(table, filters)
    conditions += amount_conditions(table.currency, table.amount_minor, filters)
    if filters.authorization_id is not None:
        conditions.append(table.id == filters.authorization_id)
    if owner_id is not None:
        conditions.append(table.owner_id == owner_id)
    if filters.account_id is not None:
        conditions.append(table.account_key == key_of(accounts, filters.account_id))
    if filters.direction is not None:
        leaving = table.payer_key == table.account_key
        conditions.append(leaving if filters.direction == "out" else ~func.coalesce(leaving, False))
    if filters.text:
        texts = (table.id, table.description, table.category, table.error_code, table.end_to_end_id)
        conditions.append(_found_by_staff(filters.text, *texts) if for_staff else has_text(filters.text, *texts))
    query = _ATTEMPTS.where(*conditions)
    rows = connection.execute(on_page(query, table.effective_at, table.id, page))
    return [
        (_key(row), refused_attempt(row, parties=_parties(row), card=card_of(row), for_staff=for_staff)) for row in rows
    ]


def place_of(
    connection: Connection, row_id: str, *, owner_id: str | None = None, account_id: str | None = None
) -> Key | None:
    """The sort key of a transaction in a list: of an owner, of an account, or (with neither) of everyone."""
    shown = [postings.c.position == entries.c.position]
    attempts: list[ColumnElement[bool]] = [refused_attempts.c.id == row_id]
    if owner_id is not None:
        of_their_accounts = select(accounts.c.key).where(accounts.c.owner_id == owner_id)
        shown.append(postings.c.account_key.in_(of_their_accounts))
        attempts.append(refused_attempts.c.owner_id == owner_id)
    if account_id is not None:
        shown.append(postings.c.account_key == key_of(accounts, account_id))
        attempts.append(refused_attempts.c.account_key == key_of(accounts, account_id))
    for query in (
        select(entries.c.effective_at).where(entries.c.id == row_id, exists().where(*shown)),
        select(refused_attempts.c.effective_at).where(*attempts),
        pending.instant_of(row_id, owner_id=owner_id, account_id=account_id),
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
    query = _SEEN_FROM_AN_ACCOUNT.where(entries.c.id == entry_id, _own.c.owner_id.is_not(None))
    if account_id is not None:
        query = query.where(_own.c.id == account_id)
    theirs = query if sees_all and account_id is not None else query.where(_own.c.owner_id == viewer_id)
    row = connection.execute(theirs.order_by(postings.c.amount_minor).limit(1)).first()
    if row is not None:
        return _render(row, viewer_id, for_staff=sees_all)
    if sees_all and account_id is None:
        row = connection.execute(_BOTH_SIDES.where(entries.c.id == entry_id)).first()
        if row is not None:
            return _render_both_sides(row)
    owner_id = None if sees_all else viewer_id
    found = pending.one(connection, entry_id, owner_id=owner_id, account_id=account_id, for_staff=sees_all)
    return found or _one_refused(connection, entry_id, viewer_id, sees_all=sees_all, account_id=account_id)


def may_see(connection: Connection, account_id: str, viewer_id: str, *, sees_all: bool) -> bool:
    """Whether there is such a customer account and this person may read its history."""
    query = select(accounts.c.key).where(accounts.c.id == account_id, accounts.c.owner_id.is_not(None))
    if not sees_all:
        query = query.where(accounts.c.owner_id == viewer_id)
    return connection.execute(query).first() is not None


def _one_refused(
    connection: Connection, attempt_id: str, viewer_id: str, *, sees_all: bool, account_id: str | None
) -> dict[str, Any] | None:
    query = _ATTEMPTS.where(refused_attempts.c.id == attempt_id)
    if not sees_all:
        query = query.where(refused_attempts.c.owner_id == viewer_id)
    if account_id is not None:
        query = query.where(_own.c.id == account_id)
    row = connection.execute(query).first()
    return None if row is None else refused_attempt(row, parties=_parties(row), card=card_of(row), for_staff=sees_all)


def _postings_query(filters: Filters, page: Page) -> Select[Any]:
    conditions = common_conditions(entries.c, filters)
    conditions += amount_conditions(postings.c.currency, func.abs(postings.c.amount_minor), filters)
    conditions += _of_authorization(entries.c.position, filters)
    if filters.since is not None:
        conditions.append(postings.c.effective_at >= filters.since)
    if filters.until is not None:
        conditions.append(postings.c.effective_at < filters.until)
    if filters.direction is not None:
        conditions.append(postings.c.amount_minor < 0 if filters.direction == "out" else postings.c.amount_minor > 0)
    if filters.text:
        texts = (*entries.c["id", "description", "category", "end_to_end_id"], _other_name)
        # Of a number that is shown masked only the whole is found: nobody finds out its hidden digits one by one.
        conditions.append(or_(has_text(filters.text, *texts), is_number(filters.text, _other_number)))
    query = _SEEN_FROM_AN_ACCOUNT.where(*conditions)
    return on_page(query, postings.c.effective_at, entries.c.id, page)


def _of_authorization(position: ColumnElement[int], filters: Filters) -> list[ColumnElement[bool]]:
    if filters.authorization_id is None:
        return []
    linked = card_entries.c.authorization_id == filters.authorization_id
    return [position.in_(select(card_entries.c.position).where(linked))]


def _found_by_staff(wanted: str, row_id: ColumnElement[str], *texts: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(
        has_text(wanted, row_id, *texts, payer.c.holder_name, payee.c.holder_name),
        has_number(wanted, payer.c.account_number, payee.c.account_number),
    )


def _key(row: Any) -> Key:
    return row.effective_at, row.id


def _parties(row: Any) -> tuple[Party | None, Party | None]:
    payer = Party(row.payer_name, row.payer_number) if row.payer_name is not None else None
    payee = Party(row.payee_name, row.payee_number) if row.payee_name is not None else None
    return payer, payee


def _render_both_sides(row: Any) -> dict[str, Any]:
    entry = entry_of(row)
    below_floor = None if row.below_minor is None else Money(row.below_minor, row.payer_currency)
    shown = {"reversed_minor": row.reversed_minor, "parties": _parties(row), "exchange": exchange_of(row)}
    return transaction(entry, None, **shown, card=card_of(row), below_floor=below_floor, for_staff=True)


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
        exchange=exchange_of(row),
        below_floor_minor=row.below_minor,
    )
    entry = entry_of(row)
    taken_back = {"reversed_minor": row.reversed_minor, "reversed_other_minor": row.reversed_other_minor}
    return transaction(entry, view, **taken_back, card=card_of(row), for_staff=for_staff)
