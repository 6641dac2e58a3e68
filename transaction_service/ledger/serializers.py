"""A transaction as the API shows it: an entry seen from one account."""

from functools import lru_cache
from typing import Any, NamedTuple

from shared.amounts import money
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.money import Money
from shared.enums import InitiatorKind
from shared.http.json_parsing import render, render_text
from shared.identifiers import is_id
from shared.privacy.masking import mask_account_number
from shared.time import clock
from transaction_service.exchange.agreement import Exchange, exchange_object
from transaction_service.ledger.entry import Entry, Initiator


class View(NamedTuple):
    """The account an entry is read for, and who stands on the other side (None: the bank itself).

    `exchange`: what was exchanged, where the sides are in two currencies. `below_floor_minor`: how far below its floor
    the entry left the account, where it did.
    """

    account_id: str
    direction: str
    balance_after_minor: int | None
    owner_id: str | None = None
    counterparty_owner_id: str | None = None
    counterparty_name: str | None = None
    counterparty_number: str | None = None
    counterparty_is_own: bool = False
    exchange: Exchange | None = None
    below_floor_minor: int | None = None

    def own(self, minor: int, currency: str) -> Money:
        """What moved on the account: what the entry says was moved, unless its own currency is another."""
        if self.exchange is None:
            return Money(minor, currency)
        return self.exchange.source if self.direction == "out" else self.exchange.target


class TransactionView(NamedTuple):
    """A transaction just made that a reply is going to show, as `transaction_text` takes it."""

    entry: Entry
    view: View
    card_text: str
    for_staff: bool


class Party(NamedTuple):
    """One side of a movement that is a customer's account."""

    name: str
    account_number: str


def reference(entry_id: str) -> str:
    """The short reference people quote, made of the random end of the id."""
    return f"SB-{entry_id[-12:].upper()}"


def transaction(
    entry: Entry,
    view: View | None,
    *,
    reversed_minor: int = 0,
    reversed_other_minor: int = 0,
    parties: tuple[Party | None, Party | None] = (None, None),
    exchange: Exchange | None = None,
    card: dict[str, Any] | None = None,
    below_floor: Money | None = None,
    for_staff: bool = False,
) -> dict[str, Any]:
    """The `Transaction` object of API.md for a completed movement, as a customer or as staff read it.

    `reversed_minor` is in the entry's currency, `reversed_other_minor` the same in the other one of an exchange.
    `parties`, payer and payee, are told to staff where it is read for neither's account; so is `exchange`. `card`: what
    it was made with. `below_floor` is told where there is no `view` that tells it.
    """
    own = Money(entry.amount_minor, entry.currency)
    if view is not None:
        own, exchange = view.own(entry.amount_minor, entry.currency), view.exchange
        below_minor = view.below_floor_minor
        below_floor = None if below_minor is None else Money(below_minor, own.currency)
        reversed_minor = reversed_minor if own.currency == entry.currency else reversed_other_minor
    return {
        "id": entry.id,
        "type": entry.type,
        "status": "completed",
        "amount": money.to_text(own.minor, own.currency),
        "currency": own.currency,
        "from_account_id": entry.from_account_id,
        "to_account_id": entry.to_account_id,
        "account_id": view.account_id if view else None,
        "direction": view.direction if view else None,
        "balance_after": _balance(view, own.currency),
        "counterparty": _counterparty(view),
        "description": entry.description,
        "category": entry.category,
        "reference": reference(entry.id),
        "effective_at": clock.to_wire(entry.effective_at),
        "booked_at": clock.to_wire(entry.booked_at),
        "reverses": entry.reverses,
        "reversed_amount": money.to_text(reversed_minor, own.currency),
        "error_code": None,
        "payer": _party(parties[0]),
        "payee": _party(parties[1]),
        "initiated_by": _initiator(entry, view, for_staff=for_staff),
        "exchange": exchange_object(exchange),
        "card": card,
        "end_to_end_id": entry.end_to_end_id,
        "due_work_id": entry.due_work_id,
        "below_floor": None if below_floor is None else money.to_text(below_floor.minor, below_floor.currency),
    }


_NOTHING = {currency: money.to_text(0, currency) for currency in MINOR_UNIT_DIGITS}


def transaction_text(entry: Entry, view: View, card_text: str = "null", for_staff: bool = False) -> str:
    """The JSON text of `transaction` for a movement just made, without a dictionary of it: there may be thousands.

    Ids and words of the ledger's own are nothing that JSON would have to escape.
    """
    entry_id, kind, currency, minor, payer_id, payee_id, description, category, reverses, *_ = entry
    by = entry.initiator
    account_id, direction, balance_minor, _, _, name, number, is_own, exchanged, below_minor = view
    exchange = "null"
    if exchanged is not None:
        own, exchange = view.own(minor, currency), render(exchange_object(exchanged))
        minor, currency = own.minor, own.currency
    initiated_by = _initiator_text(by.kind or _kind_of_older(entry, view), by.name if for_staff else None, for_staff)
    below = "null" if below_minor is None else f'"{money.to_text(below_minor, currency)}"'
    balance = "null" if balance_minor is None else f'"{money.to_text(balance_minor, currency)}"'
    return (
        f'{{"id":"{entry_id}","type":"{kind}","status":"completed",'
        f'"amount":"{money.to_text(minor, currency)}","currency":"{currency}",'
        f'"from_account_id":{_quoted(payer_id)},"to_account_id":{_quoted(payee_id)},'
        f'"account_id":"{account_id}","direction":"{direction}",'
        f'"balance_after":{balance},"counterparty":{_counterparty_text(name, number, is_own)},'
        f'"description":{render_text(description)},"category":{render_text(category)},'
        f'"reference":"{reference(entry_id)}","effective_at":"{_time_text(entry.effective_at)}",'
        f'"booked_at":"{_time_text(entry.booked_at)}",'
        f'"reverses":{_quoted(reverses)},"reversed_amount":"{_NOTHING[currency]}","error_code":null,'
        f'"payer":null,"payee":null,"initiated_by":{initiated_by},"exchange":{exchange},"card":{card_text},'
        f'"end_to_end_id":{render_text(entry.end_to_end_id)},"due_work_id":{_quoted(entry.due_work_id)},'
        f'"below_floor":{below}}}'
    )


_time_text = lru_cache(maxsize=16)(clock.to_wire)
"""All replies of a commit say when that was."""


def _quoted(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


def refused_attempt(
    row: Any,
    *,
    parties: tuple[Party | None, Party | None] = (None, None),
    card: dict[str, Any] | None = None,
    for_staff: bool = False,
) -> dict[str, Any]:
    """The `Transaction` object for an attempt that was refused: no balance, and the code of the refusal.

    `card`: what was to pay, where that was a card.
    """
    entry = Entry(
        id=row.id,
        type=row.type,
        currency=row.currency,
        amount_minor=row.amount_minor,
        from_account_id=row.from_account_id,
        to_account_id=row.to_account_id,
        description=row.description,
        category=row.category,
        reverses=None,
        effective_at=row.effective_at,
        booked_at=row.booked_at,
        initiator=Initiator(row.initiator_id, row.initiator_kind, row.initiator_name),
        request_id=row.request_id,
        end_to_end_id=row.end_to_end_id,
    )
    direction = "out" if row.from_account_id == row.account_id else "in"
    view = View(row.account_id, direction, None, owner_id=row.owner_id) if row.account_id else None
    shown = transaction(entry, view, parties=parties if for_staff else (None, None), card=card, for_staff=for_staff)
    return {**shown, "status": "refused", "error_code": row.error_code}


def _party(party: Party | None) -> dict[str, str] | None:
    if party is None:
        return None
    return {"name": party.name, "account_number": mask_account_number(party.account_number)}


def _initiator(entry: Entry, view: View | None, *, for_staff: bool) -> dict[str, str | None]:
    kind = entry.initiator.kind or _kind_of_older(entry, view)
    return initiator_object(kind, entry.initiator.name, for_staff=for_staff)


def initiator_object(kind: str, name: str | None, *, for_staff: bool) -> dict[str, str | None]:
    """Who did something. Customers read of people who work here as the bank, and no names."""
    if for_staff:
        return {"kind": kind, "name": name}
    return {"kind": InitiatorKind.BANK if kind == InitiatorKind.STAFF else kind, "name": None}


@lru_cache(maxsize=256)
def _initiator_text(kind: str, name: str | None, for_staff: bool) -> str:
    return render(initiator_object(kind, name, for_staff=for_staff))


def _kind_of_older(entry: Entry, view: View | None) -> str:
    """What can be told of an entry from before it was kept: ids are those of people, other names those of programs."""
    if not is_id(entry.initiator.user_id):
        return InitiatorKind.APP
    is_owner = view is not None and entry.initiator.user_id in (view.owner_id, view.counterparty_owner_id)
    return InitiatorKind.CUSTOMER if is_owner else InitiatorKind.STAFF


def _balance(view: View | None, currency: str) -> str | None:
    if view is None or view.balance_after_minor is None:
        return None
    return money.to_text(view.balance_after_minor, currency)


def _counterparty(view: View | None) -> dict[str, str] | None:
    if view is None or view.counterparty_name is None or view.counterparty_number is None:
        return None
    number = _shown_number(view.counterparty_number, view.counterparty_is_own)
    return {"name": view.counterparty_name, "account_number": number}


@lru_cache(maxsize=1024)
def _counterparty_text(name: str | None, number: str | None, is_own: bool) -> str:
    if name is None or number is None:
        return "null"
    return f'{{"name":{render_text(name)},"account_number":"{_shown_number(number, is_own)}"}}'


def _shown_number(number: str, is_own: bool) -> str:
    return number if is_own else mask_account_number(number)
