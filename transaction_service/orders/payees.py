"""Whom a person pays, kept by the name that person gives them; and whether a name is that of an account's holder."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from shared.http.pagination import Key, Page, on_page
from shared.identifiers import is_id
from shared.refusals import NOT_FOUND, Refused
from transaction_service.models import accounts, payees
from transaction_service.orders.enums import NameMatch
from transaction_service.orders.payee_names import compare_names
from transaction_service.orders.refusals import PAYEE_EXISTS, PAYEE_LIMIT_REACHED

_COLUMNS = payees.c["id", "owner_id", "name", "account_number", "reference", "created_at"]


class Payee(NamedTuple):
    """A payee as it is kept; `reference` is what payments to them say, unless they say something else."""

    id: str
    owner_id: str
    name: str
    account_number: str
    reference: str
    created_at: int


class NameCheck(NamedTuple):
    """What a check of a name says; the holder's own name with a close match alone."""

    result: NameMatch
    name: str | None = None


def add(connection: Connection, payee: Payee, *, most: int) -> Payee:
    """Keep a new payee. Raises Refused (409) when the person has one with this number, or as many as anybody may."""
    _check_number_is_new(connection, payee.owner_id, payee.account_number)
    query = select(func.count()).select_from(payees).where(payees.c.owner_id == payee.owner_id)
    used = connection.execute(query).scalar_one()
    if used >= most:
        raise Refused(PAYEE_LIMIT_REACHED, details={"limit": most, "used": used})
    connection.execute(insert(payees).values(**payee._asdict()))
    return payee


def change(connection: Connection, owner_id: str, payee_id: str, changes: dict[str, Any]) -> Payee:
    """Change `name`, `account_number` or `reference`; standing orders to them stay as they are."""
    before = one(connection, owner_id, payee_id)
    if changes.get("account_number", before.account_number) != before.account_number:
        _check_number_is_new(connection, owner_id, changes["account_number"])
    if changes:
        connection.execute(update(payees).where(payees.c.id == payee_id).values(**changes))
    return before._replace(**changes)


def remove(connection: Connection, owner_id: str, payee_id: str) -> Payee:
    """Forget a payee; what was arranged to pay them goes on."""
    payee = one(connection, owner_id, payee_id)
    connection.execute(delete(payees).where(payees.c.id == payee_id))
    return payee


def one(connection: Connection, owner_id: str, payee_id: str) -> Payee:
    """A person's payee. Raises Refused (404) when they have none with this id."""
    payee = found(connection, owner_id, payee_id)
    if payee is None:
        raise Refused(NOT_FOUND)
    return payee


def found(connection: Connection, owner_id: str, payee_id: str) -> Payee | None:
    """A person's payee; None when they have none with this id."""
    query = select(*_COLUMNS).where(payees.c.id == payee_id, payees.c.owner_id == owner_id)
    row = connection.execute(query).first() if is_id(payee_id) else None
    return None if row is None else Payee(*row)


def page_of(connection: Connection, owner_id: str, page: Page) -> list[Payee]:
    """A person's payees, newest first, and one more where another page follows."""
    query = select(*_COLUMNS).where(payees.c.owner_id == owner_id)
    return [Payee(*row) for row in connection.execute(on_page(query, payees.c.created_at, payees.c.id, page))]


def key_of(payee: Payee) -> Key:
    """What the list is sorted by."""
    return payee.created_at, payee.id


def place_of(connection: Connection, owner_id: str, payee_id: str) -> Key | None:
    """The sort key of a person's payee; None when they have none with this id."""
    payee = found(connection, owner_id, payee_id)
    return None if payee is None else key_of(payee)


def check_name(connection: Connection, name: str, account_number: str) -> NameCheck:
    """Whether the account with this number is held by somebody of this name."""
    query = select(accounts.c.holder_name, accounts.c.status).where(accounts.c.account_number == account_number)
    row: Any = connection.execute(query).first()
    if row is None or row.status == "closed":
        return NameCheck(NameMatch.UNAVAILABLE)
    result = compare_names(name, row.holder_name)
    return NameCheck(result, row.holder_name if result is NameMatch.CLOSE_MATCH else None)


def _check_number_is_new(connection: Connection, owner_id: str, account_number: str) -> None:
    query = select(payees.c.id).where(payees.c.owner_id == owner_id, payees.c.account_number == account_number)
    known = connection.execute(query).scalar()
    if known is not None:
        raise Refused(PAYEE_EXISTS, details={"payee_id": known})
