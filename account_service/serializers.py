"""An account as the API shows it: our facts, with the ledger's balance and ledger_state."""

from dataclasses import dataclass
from typing import Any

from account_service.lifecycle import settled_status, shown_status
from account_service.models import Account
from account_service.products import PRODUCTS
from shared import clock, money
from shared.masking import mask_account_number, mask_name


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What the ledger says of an account; amounts are decimal strings in the account's currency."""

    account_id: str
    status: str
    balance: str
    available_balance: str
    held: str


def account(row: Account, ledger_state: LedgerState | None, *, shows_number: bool) -> dict[str, Any]:
    """The `Account` of API.md. `ledger_state` is None while the ledger does not know the account, which is empty."""
    nothing = money.to_text(0, row.currency)
    return {
        "id": row.id,
        "user_id": row.user_id,
        "holder_name": row.holder_name,
        "account_number": row.account_number if shows_number else mask_account_number(row.account_number),
        "account_type": row.account_type,
        "currency": row.currency,
        "balance": ledger_state.balance if ledger_state else nothing,
        "available_balance": ledger_state.available_balance if ledger_state else nothing,
        "held": ledger_state.held if ledger_state else nothing,
        "status": shown_status(row.status, ledger_state.status if ledger_state else None),
        "nickname": row.nickname,
        "interest_rate": PRODUCTS[row.account_type].interest_rate,
        "created_at": clock.to_wire(row.created_at),
        "closed_at": None if row.closed_at is None else clock.to_wire(row.closed_at),
    }


def payee(row: Account, ledger_state: LedgerState | None) -> dict[str, Any]:
    """What somebody about to pay learns of the account they typed the number of."""
    return {
        "account_number": row.account_number,
        "holder_name": mask_name(row.holder_name),
        "currency": row.currency,
        "status": shown_status(row.status, ledger_state.status if ledger_state else None),
    }


def facts(row: Account) -> dict[str, Any]:
    """What other services are told of an account. Its status is the last settled one: what is under way may fail."""
    return {
        "account_id": row.id,
        "user_id": row.user_id,
        "holder_name": row.holder_name,
        "account_number": row.account_number,
        "account_type": row.account_type,
        "currency": row.currency,
        "nickname": row.nickname,
        "status": settled_status(row.status) or row.status,
        "synthetic": row.synthetic,
        "created_at": clock.to_wire(row.created_at),
        "closed_at": None if row.closed_at is None else clock.to_wire(row.closed_at),
    }
