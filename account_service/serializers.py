"""An account as the API shows it: our facts, with the ledger's balance and ledger_state."""

from dataclasses import dataclass
from typing import Any

from account_service.lifecycle import FROZEN, settled_status, shown_status
from account_service.models import Account
from shared.amounts import money
from shared.privacy.masking import mask_account_number, mask_name
from shared.time import clock

NO_RATE = "0.00"
STOPPED_BY_LEDGER = "The bank is checking the entries of this account."
"""Why an account is frozen that nobody froze: the ledger stops one whose figures do not agree."""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What the ledger says of an account; amounts are decimal strings in the account's currency, rates in per cent.

    `bank_time` (microseconds) is when it said so, and when what it was asked for was done.
    """

    account_id: str
    status: str
    balance: str
    available_balance: str
    held: str
    interest_rate: str
    overdraft_rate: str
    overdraft_limit: str
    accrued_interest: str
    accrued_overdraft_interest: str
    bank_time: int
    notice_days: int
    status_reason: str | None = None


def account(row: Account, ledger_state: LedgerState | None, *, shows_number: bool) -> dict[str, Any]:
    """The `Account` of API.md. `ledger_state` is None while the ledger does not know the account, which is empty."""
    nothing = money.to_text(0, row.currency)
    status = shown_status(row.status, ledger_state.status if ledger_state else None)
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
        "status": status,
        "status_reason": _reason(row, status, ledger_state),
        "nickname": row.nickname,
        "product": row.product,
        "interest_rate": ledger_state.interest_rate if ledger_state else NO_RATE,
        "accrued_interest": ledger_state.accrued_interest if ledger_state else nothing,
        "overdraft_limit": ledger_state.overdraft_limit if ledger_state else nothing,
        "overdraft_rate": ledger_state.overdraft_rate if ledger_state else NO_RATE,
        "accrued_overdraft_interest": ledger_state.accrued_overdraft_interest if ledger_state else nothing,
        "notice_days": ledger_state.notice_days if ledger_state else 0,
        "created_at": clock.to_wire(row.created_at),
        "created_at_bank": _optional_time(row.created_at_bank),
        "closed_at": _optional_time(row.closed_at),
        "closed_at_bank": _optional_time(row.closed_at_bank),
    }


def _reason(row: Account, status: str, ledger_state: LedgerState | None) -> str | None:
    """Why it is frozen: as whoever froze it wrote. What the ledger itself stopped it for, the proof says."""
    if status != FROZEN or ledger_state is None:
        return None
    return ledger_state.status_reason if row.status == FROZEN else STOPPED_BY_LEDGER


def _optional_time(instant: int | None) -> str | None:
    return None if instant is None else clock.to_wire(instant)


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
        "closed_at": _optional_time(row.closed_at),
    }
