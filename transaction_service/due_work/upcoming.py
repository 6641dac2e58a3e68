"""What falls due next, as it is listed: each row of work with the account and the money that it is about.

A kind of work that concerns an account stands in SUBJECTS; of any other, its kind and its time are shown.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Subquery,
    Table,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from shared.amounts import money
from shared.enums import Direction, DueWorkKind
from shared.http.pagination import Key, Page, on_page
from shared.storage.database import BigInt
from shared.time import clock
from transaction_service.due_work import coming_bills, queue
from transaction_service.interest import expected
from transaction_service.interest.expected import ExpectedInterest
from transaction_service.models import (
    accounts,
    card_statements,
    collections,
    credit_lines,
    due_work,
    holds,
    mandates,
    payment_orders,
)


def _of(
    subject: Table,
    account_key: ColumnElement[int],
    amount_minor: ColumnElement[Any],
    *,
    description: ColumnElement[str] | None = None,
    currency: ColumnElement[str] | None = None,
    within: FromClause | None = None,
) -> Select[Any]:
    """What is told of rows of a table, whose ids are the subjects of one kind of work, maybe `within` a join."""
    rows = subject if within is None else within
    return select(
        subject.c.id.label("subject_id"),
        accounts.c.id.label("account_id"),
        amount_minor.label("amount_minor"),
        (accounts.c.currency if currency is None else currency).label("currency"),
        (subject.c.description if description is None else description).label("description"),
    ).select_from(rows.join(accounts, accounts.c.key == account_key))


_STATEMENT_LEFT = _of(
    card_statements, card_statements.c.account_key, cast(null(), BigInt), description=literal("Credit card bill")
)
_BILLED = select(
    accounts.c.id.label("subject_id"),
    accounts.c.id.label("account_id"),
    cast(null(), BigInt).label("amount_minor"),
    accounts.c.currency,
    literal("Credit card statement").label("description"),
).select_from(credit_lines.join(accounts, accounts.c.key == credit_lines.c.account_key))
_ORDERED = _of(
    payment_orders,
    payment_orders.c.payer_key,
    payment_orders.c.amount_minor,
    description=func.coalesce(func.nullif(payment_orders.c.description, ""), payment_orders.c.payee_name, ""),
    currency=payment_orders.c.currency,
)
"""What says nothing is known by the payee that the payer named."""
SUBJECTS: Mapping[str, Select[Any]] = MappingProxyType(
    {
        queue.HOLD_EXPIRY: _of(holds, holds.c.account_key, holds.c.remaining_minor),
        queue.CARD_BILLING: _BILLED,
        queue.CARD_SETTLEMENT: _STATEMENT_LEFT,
        queue.STANDING_ORDER: _ORDERED,
        queue.SCHEDULED_PAYMENT: _ORDERED,
        queue.DIRECT_DEBIT: _of(
            collections,
            mandates.c.debtor_key,
            collections.c.amount_minor,
            within=collections.join(mandates, mandates.c.key == collections.c.mandate_key),
        ),
        queue.MANDATE_EXPIRY: _of(
            mandates, mandates.c.debtor_key, cast(null(), BigInt), description=mandates.c.reference
        ),
    }
)
"""What each kind of work is about: `subject_id`, `account_id`, `amount_minor`, `currency`, `description`.

What a card's bill comes to, `coming_bills` says.
"""

_DIRECTIONS: Mapping[str, Direction] = MappingProxyType(
    {
        queue.STANDING_ORDER: Direction.OUT,
        queue.SCHEDULED_PAYMENT: Direction.OUT,
        queue.DIRECT_DEBIT: Direction.OUT,
        queue.CARD_BILLING: Direction.IN,
        queue.CARD_SETTLEMENT: Direction.IN,
    }
)
"""Which way money goes that a kind of work moves, seen from the account that it stands with."""

_ROWS = select(due_work.c.subject_id, due_work.c.kind, due_work.c.due_at, due_work.c.stopped_because)


def page_of(connection: Connection, page: Page, *, is_stopped: bool | None) -> list[dict[str, Any]]:
    """The earliest rows, and one more where another page follows; only what was set aside, none of it, or both."""
    rows = _ROWS
    if is_stopped is not None:
        stopped_at = due_work.c.stopped_at
        rows = _ROWS.where(stopped_at.is_not(None) if is_stopped else stopped_at.is_(None))
    found = connection.execute(on_page(rows, due_work.c.due_at, due_work.c.subject_id, page)).all()
    told = _told(connection, found)
    rows_told = ({**row._asdict(), **told.get((row.kind, row.subject_id), {})} for row in found)
    return coming_bills.with_amounts(connection, rows_told)


def page_of_owner(
    connection: Connection, page: Page, owner_id: str, *, account_id: str | None, until_us: int | None, bank_time: int
) -> list[dict[str, Any]]:
    """The same of what will fall due on one person's accounts, with the interest that is expected there.

    A card's bill stands with the card's account and with the one that it is settled from.
    """
    theirs = _of_owner(owner_id)
    query = select(theirs)
    if account_id is not None:
        query = query.where(theirs.c.account_id == account_id)
    if until_us is not None:
        query = query.where(theirs.c.due_at < until_us)
    found = connection.execute(on_page(query, theirs.c.due_at, theirs.c.subject_id, page))
    rows = coming_bills.with_amounts(connection, (row._asdict() for row in found))
    more = _without_work_of_their_own(connection, owner_id, account_id=account_id, bank_time=bank_time)
    rows += [row for row in more if _is_on(page, row, until_us)]
    return sorted(rows, key=key_of, reverse=not page.is_ascending)[: page.limit + 1]


def place_of_owner(connection: Connection, owner_id: str, bank_time: int, subject_id: str) -> Key | None:
    """The sort key of what is due on a subject that concerns this person; None where nothing is."""
    theirs = _of_owner(owner_id)
    instant = connection.execute(select(theirs.c.due_at).where(theirs.c.subject_id == subject_id)).scalar()
    if instant is None:
        more = _without_work_of_their_own(connection, owner_id, account_id=None, bank_time=bank_time)
        instant = next((row["due_at"] for row in more if row["subject_id"] == subject_id), None)
    return None if instant is None else (int(instant), subject_id)


def _without_work_of_their_own(
    connection: Connection, owner_id: str, *, account_id: str | None, bank_time: int
) -> list[dict[str, Any]]:
    """What falls due on somebody's accounts by work that stands elsewhere: interest, and bills as they are settled."""
    interest = expected.of_owner(connection, owner_id, account_id=account_id, bank_time=bank_time)
    bills = coming_bills.settled_by_owner(connection, owner_id, account_id=account_id)
    return [*map(_of_interest, interest), *bills]


def _of_interest(interest: ExpectedInterest) -> dict[str, Any]:
    """A row for what an account will be posted: with an id of its own, as the run that does it is the whole bank's."""
    is_paid = interest.direction is Direction.IN
    return {
        "subject_id": interest.id,
        "kind": DueWorkKind.INTEREST.value,
        "due_at": interest.due_at,
        "account_id": interest.account_id,
        "amount_minor": interest.amount_minor,
        "currency": interest.currency,
        "description": "Interest, estimated" if is_paid else "Overdraft interest, estimated",
        "stopped_because": None,
        "direction": interest.direction,
    }


def _is_on(page: Page, row: Mapping[str, Any], until_us: int | None) -> bool:
    """Whether a row lies beyond the page's place, and before the end of what was asked for."""
    if until_us is not None and row["due_at"] >= until_us:
        return False
    return page.place is None or (key_of(row) > page.place if page.is_ascending else key_of(row) < page.place)


def _of_owner(owner_id: str) -> Subquery:
    """Everything that is due on this person's accounts."""
    return union_all(
        *(
            subjects.add_columns(due_work.c.kind, due_work.c.due_at, due_work.c.stopped_because)
            .join(due_work, (due_work.c.kind == kind) & (due_work.c.subject_id == subjects.selected_columns.subject_id))
            .where(accounts.c.owner_id == owner_id)
            for kind, subjects in SUBJECTS.items()
        )
    ).subquery()


def place_of(connection: Connection, subject_id: str) -> Key | None:
    """The sort key of what is due on a subject; None where nothing is."""
    instant = connection.execute(select(due_work.c.due_at).where(due_work.c.subject_id == subject_id)).scalar()
    return None if instant is None else (int(instant), subject_id)


def key_of(row: Mapping[str, Any]) -> Key:
    """What the list is sorted by."""
    return row["due_at"], row["subject_id"]


def render(row: Mapping[str, Any]) -> dict[str, Any]:
    """The `DueWork` object of the API."""
    currency, amount_minor = row.get("currency"), row.get("amount_minor")
    return {
        "id": row["subject_id"],
        "kind": row["kind"],
        "due_at": clock.to_wire(row["due_at"]),
        "account_id": row.get("account_id"),
        "amount": None if currency is None or amount_minor is None else money.to_text(amount_minor, currency),
        "currency": currency,
        "direction": row.get("direction", _DIRECTIONS.get(row["kind"])),
        "description": row.get("description") or "",
        "stopped_because": row["stopped_because"],
    }


def _told(connection: Connection, rows: Sequence[Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """What is told of the subjects of these rows, by their kinds and ids."""
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        ids[row.kind].append(row.subject_id)
    told = {}
    for kind in ids.keys() & SUBJECTS.keys():
        subject_id = SUBJECTS[kind].selected_columns.subject_id
        for found in connection.execute(SUBJECTS[kind].where(subject_id.in_(ids[kind]))):
            told[kind, found.subject_id] = found._asdict()
    return told
