"""What was paid by card is given back: by the shop, by the network, or until a dispute is decided."""

import pytest

from tests.cards import NETWORK, SHOP, TestCard
from tests.holds import figures
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.databases_in_turn


def test_what_was_paid_is_refunded_up_to_its_amount(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True)["id"]
    back = card.ask("/refunds", {"original_id": entry_id, "amount": "15.00"})
    assert (back.status_code, back.json["data"]["type"]) == (201, "card_refund")
    assert (back.json["data"]["reverses"], back.json["data"]["card"]["merchant"]) == (entry_id, "Blue Cafe")
    too_much = card.ask("/refunds", {"original_id": entry_id, "amount": "25.01"})
    assert (too_much.json["error_code"], too_much.json["details"]["available"]) == ("REVERSAL_TOO_LARGE", "25.00")
    assert card.ask("/refunds", {"original_id": entry_id}).json["data"]["amount"] == "25.00"
    assert figures(ada)[0] == "100.00"
    assert [event["type"] for event in card.authorization(entry_id)["events"]] == [
        "approved",
        "captured",
        "refunded",
        "refunded",
    ]
    without = card.ask("/refunds", {"card_id": card.id, "amount": "7.00", "merchant": SHOP})
    assert (without.status_code, without.json["data"]["balance_after"]) == (201, "107.00")
    ledger.check()


def test_a_refund_of_a_shop_of_this_bank_comes_from_its_account(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True, merchant={**SHOP, "account_id": shop.account_id})["id"]
    assert shop.withdraw("30.00").status_code == 201
    assert card.ask("/refunds", {"original_id": entry_id}).json["error_code"] == "INSUFFICIENT_FUNDS"
    assert card.ask("/refunds", {"original_id": entry_id, "amount": "10.00"}).status_code == 201
    assert (figures(ada)[0], figures(shop)[0]) == ("70.00", "0.00")
    ledger.check()


def test_a_refund_of_a_shop_that_has_closed_its_account_comes_from_the_network(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True, merchant={**SHOP, "account_id": shop.account_id})["id"]
    assert shop.withdraw("40.00").status_code == 201
    path = f"/internal/ledger/accounts/{shop.account_id}/status"
    assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 200
    back = card.ask("/refunds", {"original_id": entry_id, "amount": "15.00"})
    assert (back.status_code, back.json["data"]["card"]["merchant"]) == (201, SHOP["name"]), back.text
    assert (figures(ada)[0], figures(shop)[0]) == ("75.00", "0.00")
    ledger.check()


@pytest.mark.parametrize("won", [True, False])
def test_a_disputed_payment_is_back_until_it_is_decided(ledger: LedgerUnderTest, won: bool) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True)["id"]
    asked = {"transaction_id": entry_id, "reason": "I have never been there"}
    opened = card.ask("/disputes", asked, headers=ada.headers, key="d")
    assert opened.status_code == 201, opened.text
    dispute = opened.json["data"]
    assert (dispute["status"], dispute["amount"], dispute["transaction_id"]) == ("open", "40.00", entry_id)
    assert figures(ada)[0] == "100.00"
    assert card.ask("/disputes", asked, headers=ada.headers, key="d").data == opened.data
    assert card.ask("/disputes", asked, headers=ada.headers).json["error_code"] == "NOT_DISPUTABLE"
    assert card.ask("/refunds", {"original_id": entry_id}).json["error_code"] == "NOT_REVERSIBLE"
    assert ada.withdraw("80.00").status_code == 201
    path = f"/disputes/{dispute['id']}/resolve"
    assert card.ask(path, {"won": won}, headers=ada.headers).status_code == 403
    decided = card.ask(path, {"won": won}, headers=ledger.staff())
    assert (decided.status_code, decided.json["data"]["status"]) == (200, "won" if won else "lost")
    assert figures(ada)[0] == ("20.00" if won else "-20.00")
    assert card.ask("/disputes", asked, headers=ada.headers).json["error_code"] == "NOT_DISPUTABLE", "once"
    again = card.ask(path, {"won": not won}, headers=ledger.staff())
    assert (again.status_code, again.json["error_code"]) == (409, "DISPUTE_RESOLVED")
    listed = ledger.call("GET", f"{NETWORK}/disputes", headers=ada.headers).json["data"]
    by_the_bank = {"kind": "bank", "name": None}
    assert listed == [{**decided.json["data"], "opened_by": dispute["opened_by"], "decided_by": by_the_bank}]
    ledger.check()


def test_the_shop_gives_back_what_it_kept_in_a_dispute(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True)["id"]
    asked = {"transaction_id": entry_id, "reason": "I have never been there"}
    dispute = card.ask("/disputes", asked, headers=ada.headers).json["data"]
    decided = card.ask(f"/disputes/{dispute['id']}/resolve", {"won": False}, headers=ledger.staff())
    assert decided.json["data"]["status"] == "lost"
    (bought,) = [row for row in card.transactions() if row["id"] == entry_id]
    assert bought["reversed_amount"] == "0.00", "the dispute left nothing of it reversed"
    assert card.ask("/refunds", {"original_id": entry_id, "amount": "15.00"}).status_code == 201
    too_much = card.ask("/refunds", {"original_id": entry_id, "amount": "25.01"})
    assert too_much.json["details"]["available"] == "25.00"
    assert card.ask("/refunds", {"original_id": entry_id}).status_code == 201
    assert figures(ada)[0] == "100.00"
    ledger.check()


def test_nobody_disputes_what_is_not_theirs_or_was_no_card_payment(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True)["id"]
    asked = {"transaction_id": entry_id, "reason": "Mine"}
    assert card.ask("/disputes", asked, headers=bob.headers).status_code == 404
    transfer_id = ada.pay(bob, "1.00").json["data"]["id"]
    no_card = card.ask("/disputes", {**asked, "transaction_id": transfer_id}, headers=ada.headers)
    assert (no_card.status_code, no_card.json["error_code"]) == (409, "NOT_DISPUTABLE")
    ledger.check()
