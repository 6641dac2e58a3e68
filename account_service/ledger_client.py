"""The ledger as the account service uses it: it opens accounts, sets their ledger_state, and tells balances."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from account_service import audit
from account_service.internal_api import InternalAPI
from account_service.models import Account
from account_service.serializers import LedgerState
from shared import services
from shared.enums import AccountType
from shared.network.discovery import Discovery
from shared.time import clock


class Ledger:
    """Calls transaction_service. Every call may raise Refused; all are safe to repeat."""

    def __init__(self, discovery: Discovery, token: Callable[[], str]) -> None:
        self._ask = InternalAPI(services.TRANSACTION, "/internal/ledger", discovery, token)

    def open(self, account: Account) -> LedgerState:
        """Open the account there, with its initial deposit, once whatever the number of calls."""
        return _ledger_state(self._ask("PUT", f"/accounts/{account.id}", _opening(account)).data)

    def open_batch(self, accounts: Sequence[Account]) -> list[LedgerState]:
        """Open up to 500 accounts in one commit; their ledger_states in the same order."""
        items = [{"account_id": account.id, **_opening(account)} for account in accounts]
        return [_ledger_state(item) for item in self._ask("POST", "/accounts/batch", {"accounts": items}).data]

    def set_status(self, account: Account, status: str) -> LedgerState:
        """Make the account open, frozen or closed there, for whoever asked for its pending change."""
        by = None if account.pending_by is None else audit.asked(account.pending_by)
        payload = {"status": status, "reason": account.pending_reason or "", "by": by}
        return _ledger_state(self._ask("PUT", f"/accounts/{account.id}/status", payload).data)

    def set_terms(self, account: Account) -> None:
        """Tell it the holder's name and the limits as this version of the terms has them."""
        self._ask("PUT", f"/accounts/{account.id}/terms", {"version": account.terms_version, **_terms(account)})

    def put_rate_plan(self, code: str, terms: dict[str, Any]) -> int:
        """Tell it a version of a product; the day from which that applies, as a number."""
        answer = self._ask("PUT", f"/rate-plans/{code}", terms)
        return int(answer.data["valid_from"])

    def set_exchange_rates(self, day: str, source: str, margin_bp: int, per_euro: Mapping[str, str]) -> None:
        """Tell it what a euro was worth on a day, and the bank's margin in hundredths of a percent."""
        payload = {"source": source, "margin_bp": margin_bp, "per_euro": per_euro}
        self._ask("PUT", f"/exchange-rates/{day}", payload)

    def states(self, account_ids: Sequence[str]) -> dict[str, LedgerState]:
        """Balances and ledger_state of up to 1,000 accounts in one call; unknown ones are absent."""
        if not account_ids:
            return {}
        answer = self._ask("POST", "/balances", {"account_ids": list(account_ids)})
        return {item["account_id"]: _ledger_state(item) for item in answer.data}


def _opening(account: Account) -> dict[str, Any]:
    return {
        "owner_id": account.user_id,
        "account_number": account.account_number,
        **_terms(account),
        "account_type": account.account_type,
        "currency": account.currency,
        "synthetic": account.synthetic,
        "initial_deposit_minor": account.initial_deposit_minor,
        "opened_by": account.opened_by,
    }


def _terms(account: Account) -> dict[str, Any]:
    """What may change of it. A credit card's account is on no rate plan, which would give it its floor and interest."""
    is_credit = account.account_type == AccountType.CREDIT
    return {
        "holder_name": account.holder_name,
        "floor_minor": account.floor_minor,
        "movement_limit_minor": account.movement_limit_minor,
        "daily_limit_minor": account.daily_limit_minor,
        "rate_plan": None if is_credit else account.product,
        "credit_line": _credit_line(account) if is_credit else None,
    }


def _credit_line(account: Account) -> dict[str, Any]:
    return {
        "settlement_account_id": account.settlement_account_id,
        "billing_day": account.billing_day,
        "rate_plan": account.product,
    }


def _ledger_state(item: dict[str, Any]) -> LedgerState:
    return LedgerState(
        account_id=item["account_id"],
        status=item["status"],
        balance=item["balance"],
        available_balance=item["available_balance"],
        held=item["held"],
        status_reason=item["status_reason"],
        interest_rate=item["credit_rate"],
        overdraft_rate=item["debit_rate"],
        overdraft_limit=item["overdraft_limit"],
        accrued_interest=item["accrued_interest"],
        accrued_overdraft_interest=item["accrued_overdraft_interest"],
        bank_time=clock.from_wire(item["bank_time"]),
        notice_days=item["notice_days"],
    )
