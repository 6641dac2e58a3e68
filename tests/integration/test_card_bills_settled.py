"""A credit card's bills are settled for good: as it is given up, and by payments whose keys are used again."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from tests.integration.test_card_bills import CreditCard, credit_card
from tests.ledgers import LedgerUnderTest
from transaction_service.due_work.machine_clock import TOLERANCE_US

pytestmark = pytest.mark.databases_in_turn


def _given_up(card: CreditCard) -> TestResponse:
    path = f"/internal/ledger/accounts/{card.account.account_id}/status"
    return card.ledger.call("PUT", path, {"status": "closed"}, headers=card.ledger.service)


def test_who_gives_a_card_up_before_billing_pays_what_it_cost_to_be_late(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = credit_card(ledger, ledger.open_account(deposit_minor=30_000))
    card.buy("400.00")
    first = card.first_billing()
    card.until(first + timedelta(days=20))
    other = card.ledger.open_account(card.checking.owner_id, deposit_minor=10_000)
    assert card.pay(amount="100.00", from_account_id=other.account_id).status_code == 201
    interest = round(10_000 * 0.199 * 20 / 365)
    refused = _given_up(card)
    owed = {"currency": "EUR", "balance": f"-{interest / 100:.2f}"}
    assert (refused.status_code, refused.json["error_code"], refused.json["details"]) == (
        409,
        "ACCOUNT_NOT_EMPTY",
        owed,
    )
    assert (card.account.balance_minor, len(card.statements())) == (0, 2), "nothing is charged, and nothing billed"
    assert card.checking.deposit("5.00").status_code == 201
    machine_clock = ledger.app.extensions["context"].machine_clock
    with monkeypatch.context() as jumped:
        right = machine_clock._now
        jumped.setattr(machine_clock, "_now", lambda: right() + 2 * TOLERANCE_US)
        unbooked = _given_up(card)
        assert (unbooked.status_code, unbooked.json["error_code"]) == (503, "CLOCK_JUMPED"), "nothing is booked by it"
    assert _given_up(card).status_code == 200
    last = card.statements()[0]
    assert (last["interest"], last["closing"], last["status"]) == (f"{interest / 100:.2f}",) * 2 + ("paid",)
    assert (card.account.balance_minor, card.checking.balance_minor) == (0, 500 - interest)
    assert _given_up(card).status_code == 200, "again"
    card.ledger.check()


def test_the_key_of_a_payment_decides_though_the_linked_account_is_another_by_then(ledger: LedgerUnderTest) -> None:
    card = credit_card(ledger, ledger.open_account(deposit_minor=100_000))
    card.buy("200.00")
    first = card.pay(key="k", amount="50.00")
    poor = card.ledger.open_account(card.checking.owner_id)
    assert card.terms(2, settlement_account_id=poor.account_id).status_code == 200
    again = card.pay(key="k", amount="50.00")
    assert (again.status_code, again.data) == (201, first.data)
    refused = card.pay(key="no", amount="50.00")
    assert refused.json["error_code"] == "INSUFFICIENT_FUNDS"
    named = card.pay(key="k", amount="50.00", from_account_id=card.checking.account_id)
    assert (named.status_code, named.json["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED"), "another request"
    card.ledger.check()


def test_no_more_is_paid_than_is_owed_so_nothing_passes_a_limit_or_turns_what_is_lent_into_cash(
    ledger: LedgerUnderTest,
) -> None:
    card = credit_card(ledger, ledger.open_account(deposit_minor=100_000))
    none = card.pay(amount="500.00")
    assert (none.status_code, none.json["error_code"]) == (409, "NOTHING_OWED")
    card.buy("20.00")
    assert card.card.authorize("30.00").json["data"]["status"] == "approved"
    too_much = card.pay(key="k", amount="20.01")
    assert (too_much.status_code, too_much.json["error_code"]) == (400, "MORE_THAN_OWED")
    assert too_much.json["details"] == {"currency": "EUR", "owed": "20.00", "amount": "20.01"}, "pending is not owed"
    assert card.pay(key="k", amount="20.01").data == too_much.data
    paid = card.pay(amount="20.00").json["data"]["id"]
    assert card.account.pay(card.checking, "0.01").json["error_code"] == "INSUFFICIENT_FUNDS"
    given_back, why = f"/api/transactions/{paid}/reverse", {"reason": "by mistake"}
    assert card.ledger.call("POST", given_back, why, headers=card.ledger.staff()).status_code == 201
    assert (card.checking.balance_minor, card.account.balance_minor) == (100_000, -2_000)
    card.ledger.check()


def test_what_is_given_back_of_what_came_after_a_bill_pays_nothing_of_that(ledger: LedgerUnderTest) -> None:
    card = credit_card(ledger, ledger.open_account())
    card.buy("100.00")
    first = card.first_billing()
    card.until(first)
    assert (card.statements()[1]["status"], card.account.balance_minor) == ("late", -11_500)
    path = f"/api/transactions/list?account_id={card.account.account_id}&type=fee"
    (fee,) = ledger.call("GET", path, headers=card.account.headers).json["data"]
    given_back = f"/api/transactions/{fee['id']}/reverse"
    assert ledger.call("POST", given_back, {"reason": "goodwill"}, headers=ledger.staff()).status_code == 201
    assert (card.statements()[1]["status"], card.statements()[1]["left"]) == ("late", "100.00")
    later = card.buy("70.00")
    assert card.card.ask("/refunds", {"original_id": later}).status_code == 201
    disputed = card.card.ask(
        "/disputes", {"transaction_id": card.buy("60.00"), "reason": "no"}, headers=card.account.headers
    ).json["data"]
    assert (card.statements()[1]["left"], card.account.balance_minor) == ("100.00", -10_000)
    lost = card.card.ask(f"/disputes/{disputed['id']}/resolve", {"won": False}, headers=ledger.staff())
    assert lost.status_code == 200, lost.text
    assert (card.statements()[1]["left"], card.account.balance_minor) == ("100.00", -16_000)
    assert card.checking.deposit("100.00").status_code == 201
    card.until(first + timedelta(days=1))
    assert (card.statements()[1]["status"], card.checking.balance_minor) == ("paid", 0)
    assert card.account.balance_minor == -6_000
    ledger.check()


def test_what_is_given_back_of_what_is_on_a_bill_pays_it(ledger: LedgerUnderTest) -> None:
    card = credit_card(ledger, ledger.open_account())
    bought = card.buy("100.00")
    card.until(card.first_billing())
    assert card.card.ask("/refunds", {"original_id": bought, "amount": "40.00"}).status_code == 201
    assert (card.statements()[1]["status"], card.statements()[1]["left"]) == ("partly_paid", "60.00")
    ledger.check()


@pytest.mark.parametrize("status", ["open", "frozen"])
def test_from_another_account_a_card_is_given_up_where_the_linked_one_cannot_pay(
    ledger: LedgerUnderTest, status: str
) -> None:
    card = credit_card(ledger, ledger.open_account())
    card.buy("200.00")
    card.until(card.first_billing() + timedelta(days=20))
    other = ledger.open_account(card.checking.owner_id, deposit_minor=50_000)
    assert card.pay(from_account_id=other.account_id).status_code == 201
    path = f"/internal/ledger/accounts/{card.checking.account_id}/status"
    assert ledger.call("PUT", path, {"status": status}, headers=ledger.service).status_code == 200
    assert _given_up(card).json["error_code"] == "ACCOUNT_NOT_EMPTY"
    assert card.account.balance_minor == 0, "nothing is booked by that"
    assert card.terms(2, settlement_account_id=other.account_id).status_code == 200
    before = other.balance_minor
    assert _given_up(card).status_code == 200
    assert other.balance_minor < before
    ledger.check()
