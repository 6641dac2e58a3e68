"""What the account service asks of the ledger, asked of the real ledger."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from account_service.ledger_client import Ledger
from account_service.models import Account
from account_service.serializers import LedgerState
from shared.identifiers import new_id
from shared.network.discovery import Discovery
from shared.refusals import Refused
from tests.account_bank import AccountBank, account_bank


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


def account(number: int, **facts: Any) -> Account:
    """A row as the account service has it."""
    owner_id = new_id()
    row = {
        "id": new_id(),
        "user_id": owner_id,
        "account_number": f"DE00{number:018}",
        "holder_name": "Ada Lovelace",
        "account_type": "checking",
        "currency": "EUR",
        "floor_minor": 0,
        "movement_limit_minor": 10**8,
        "daily_limit_minor": 5 * 10**8,
        "synthetic": False,
        "initial_deposit_minor": 0,
        "opened_by": owner_id,
        **facts,
    }
    return Account(**row)


def test_opening_is_idempotent_and_pays_the_deposit_in_once(bank: AccountBank) -> None:
    ada = account(1, initial_deposit_minor=1250)
    for _ in range(3):
        state = bank.context.ledger.open(ada)
        terms = {
            "interest_rate": "0.00",
            "overdraft_rate": "0.00",
            "overdraft_limit": "0.00",
            "accrued_interest": "0.00",
            "accrued_overdraft_interest": "0.00",
        }
        expected = LedgerState(
            ada.id, "open", "12.50", "12.50", "0.00", **terms, bank_time=state.bank_time, notice_days=0
        )
        assert (state, state.bank_time > 0) == (expected, True)
    assert len(bank.entries()) == 1


def test_a_batch_is_answered_in_order_and_may_hold_what_is_open_already(bank: AccountBank) -> None:
    several = [account(n, initial_deposit_minor=n) for n in range(1, 6)]
    bank.context.ledger.open(several[2])
    for _ in range(2):
        states = bank.context.ledger.open_batch(several)
        assert [state.account_id for state in states] == [one.id for one in several]
        assert [state.balance for state in states] == ["0.01", "0.02", "0.03", "0.04", "0.05"]
    assert len(bank.entries()) == 5


def test_unknown_accounts_have_no_standing(bank: AccountBank) -> None:
    ada = account(1)
    bank.context.ledger.open(ada)
    assert set(bank.context.ledger.states([ada.id, new_id()])) == {ada.id}
    assert bank.context.ledger.states([]) == {}


def test_a_change_of_status_is_idempotent_and_closed_is_final(bank: AccountBank) -> None:
    ada = account(1)
    bank.context.ledger.open(ada)
    for status in ("frozen", "frozen", "open", "closed", "closed"):
        assert bank.context.ledger.set_status(ada, status).status == status
    with pytest.raises(Refused) as refused:
        bank.context.ledger.set_status(ada, "open")
    assert refused.value.refusal.code == "ACCOUNT_CLOSED"


def test_what_holds_money_is_not_closed(bank: AccountBank) -> None:
    ada = account(1, initial_deposit_minor=1)
    bank.context.ledger.open(ada)
    with pytest.raises(Refused) as refused:
        bank.context.ledger.set_status(ada, "closed")
    assert (refused.value.refusal.code, refused.value.refusal.status) == ("ACCOUNT_NOT_EMPTY", 409)


def withdrawal(bank: AccountBank, ada: Account, amount: str) -> dict[str, Any]:
    """The reply to a withdrawal by the account's owner."""
    body = {"account_id": ada.id, "amount": amount}
    reply = bank.ledger.call("POST", "/api/transactions/withdraw", body, headers=bank.keys.headers(ada.user_id))
    found: dict[str, Any] = reply.get_json()
    return found


def test_new_terms_bind_in_the_ledger_and_an_older_version_of_them_does_not(bank: AccountBank) -> None:
    ada = account(1, initial_deposit_minor=2_000)
    bank.context.ledger.open(ada)
    assert withdrawal(bank, ada, "20.01")["error_code"] == "INSUFFICIENT_FUNDS"
    ada.terms_version, ada.floor_minor, ada.movement_limit_minor, ada.daily_limit_minor = 2, -1_000, 2_500, 2_700
    for _ in range(2):
        bank.context.ledger.set_terms(ada)
    ada.terms_version, ada.floor_minor, ada.movement_limit_minor = 1, 0, 1
    bank.context.ledger.set_terms(ada)
    too_large = withdrawal(bank, ada, "25.01")
    assert (too_large["error_code"], too_large["details"]["limit"]) == ("MOVEMENT_LIMIT_EXCEEDED", "25.00")
    assert withdrawal(bank, ada, "25.00")["data"]["balance_after"] == "-5.00", "down to the new floor"
    above = withdrawal(bank, ada, "2.01")
    assert (above["error_code"], above["details"]["limit"]) == ("DAILY_LIMIT_EXCEEDED", "27.00")


def test_terms_that_the_balance_does_not_fit_are_taken_and_nothing_more_leaves(bank: AccountBank) -> None:
    ada = account(1, initial_deposit_minor=100, floor_minor=-500)
    bank.context.ledger.open(ada)
    assert withdrawal(bank, ada, "5.00")["success"]
    ada.terms_version, ada.floor_minor = 2, -399
    bank.context.ledger.set_terms(ada)
    assert withdrawal(bank, ada, "0.01")["error_code"] == "INSUFFICIENT_FUNDS"


def test_without_the_scope_the_ledger_tells_nothing(bank: AccountBank) -> None:
    stranger = Ledger(Discovery(), lambda: bank.keys.token("account-service", role="service", scope="feed:read"))
    with pytest.raises(Refused) as refused:
        stranger.states([new_id()])
    assert refused.value.refusal.code == "SERVICE_UNAVAILABLE"
