"""A transaction as the API shows it: an entry seen from one account."""

from dataclasses import dataclass
from typing import Any

from shared import clock, money
from shared.masking import mask_account_number
from transaction_service.ledger.entry import Entry


@dataclass(frozen=True, slots=True)
class View:
    """The account an entry is read for, and who stands on the other side (None: the bank itself)."""

    account_id: str
    direction: str
    balance_after_minor: int | None
    counterparty_name: str | None = None
    counterparty_number: str | None = None
    counterparty_is_own: bool = False


def reference(entry_id: str) -> str:
    """The short reference people quote, made of the random end of the id."""
    return f"SB-{entry_id[-12:].upper()}"


def transaction(entry: Entry, view: View | None, *, reversed_minor: int = 0) -> dict[str, Any]:
    """The `Transaction` object of API.md for a completed movement."""
    return {
        "id": entry.id,
        "type": entry.type,
        "status": "completed",
        "amount": money.to_text(entry.amount_minor, entry.currency),
        "currency": entry.currency,
        "from_account_id": entry.from_account_id,
        "to_account_id": entry.to_account_id,
        "account_id": view.account_id if view else None,
        "direction": view.direction if view else None,
        "balance_after": _balance(view, entry.currency),
        "counterparty": _counterparty(view),
        "description": entry.description,
        "category": entry.category,
        "reference": reference(entry.id),
        "effective_at": clock.to_wire(entry.effective_at),
        "booked_at": clock.to_wire(entry.booked_at),
        "reverses": entry.reverses,
        "reversed_amount": money.to_text(reversed_minor, entry.currency),
        "error_code": None,
    }


def refused_attempt(row: Any) -> dict[str, Any]:
    """The `Transaction` object for an attempt that was refused: no balance, and the code of the refusal."""
    entry = Entry(
        id=row.id,
        type=row.type,
        currency=row.currency,
        amount_minor=row.amount_minor,
        from_account_id=row.from_account_id,
        to_account_id=row.to_account_id,
        description=row.description,
        category=row.category,
        initiator_id=row.user_id,
        reverses=None,
        effective_at=row.effective_at,
        booked_at=row.booked_at,
    )
    direction = "out" if row.from_account_id == row.account_id else "in"
    view = View(row.account_id, direction, None) if row.account_id else None
    return {**transaction(entry, view), "status": "refused", "error_code": row.error_code}


def _balance(view: View | None, currency: str) -> str | None:
    if view is None or view.balance_after_minor is None:
        return None
    return money.to_text(view.balance_after_minor, currency)


def _counterparty(view: View | None) -> dict[str, str] | None:
    if view is None or view.counterparty_name is None or view.counterparty_number is None:
        return None
    number = view.counterparty_number
    return {
        "name": view.counterparty_name,
        "account_number": number if view.counterparty_is_own else mask_account_number(number),
    }
