"""What a dispute has given back meanwhile stays within reach until it is decided, and nobody gains by the way."""

import pytest
from werkzeug.test import TestResponse

from shared.identifiers import new_id
from tests.cards import SHOP, TestCard
from tests.holds import figures
from tests.ledgers import Holder, LedgerUnderTest

pytestmark = pytest.mark.every_database


def _disputed(card: TestCard, entry_id: str) -> dict[str, str]:
    asked = {"transaction_id": entry_id, "reason": "I have never been there"}
    opened = card.ask("/disputes", asked, headers=card.account.headers)
    assert opened.status_code == 201, opened.text
    dispute: dict[str, str] = opened.json["data"]
    return dispute


def _decided(card: TestCard, dispute: dict[str, str], *, won: bool) -> TestResponse:
    return card.ask(f"/disputes/{dispute['id']}/resolve", {"won": won}, headers=card.ledger.staff())


def _close(account: Holder) -> TestResponse:
    path = f"/internal/ledger/accounts/{account.account_id}/status"
    return account.ledger.call("PUT", path, {"status": "closed"}, headers=account.ledger.service)


def test_nobody_takes_a_disputed_payment_out_and_closes_the_account(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    dispute = _disputed(card, card.authorized("40.00", capture=True)["id"])
    assert ada.withdraw("100.00").status_code == 201
    refused = _close(ada)
    assert (refused.status_code, refused.json["error_code"]) == (409, "ACCOUNT_HAS_DISPUTES")
    assert _decided(card, dispute, won=False).status_code == 200
    assert figures(ada)[0] == "-40.00"
    ledger.check()


def test_an_account_is_closed_once_its_disputes_are_decided(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=4_000)
    card = TestCard(ada)
    dispute = _disputed(card, card.authorized("40.00", capture=True)["id"])
    assert ada.withdraw("40.00").status_code == 201
    assert _decided(card, dispute, won=True).status_code == 200
    assert _close(ada).status_code == 200
    ledger.check()


def test_what_a_dispute_gave_back_is_taken_again_by_its_decision_alone(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    dispute = _disputed(card, card.authorized("40.00", capture=True)["id"])
    path = f"/api/transactions/{dispute['credit_transaction_id']}/reverse"
    refused = ledger.call("POST", path, {"reason": "by hand"}, headers=ledger.staff())
    assert (refused.status_code, refused.json["error_code"]) == (400, "NOT_REVERSIBLE")
    assert _decided(card, dispute, won=True).status_code == 200
    assert figures(ada)[0] == "100.00"
    ledger.check()


def test_what_was_decided_is_not_disputed_again(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True)["id"]
    assert _decided(card, _disputed(card, entry_id), won=False).status_code == 200
    again = card.ask("/disputes", {"transaction_id": entry_id, "reason": "still"}, headers=ada.headers)
    assert (again.status_code, again.json["error_code"]) == (409, "NOT_DISPUTABLE")
    ledger.check()


def test_whoever_opened_a_dispute_for_its_holder_leaves_the_decision_to_a_colleague(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    clerk, colleague = ledger.staff(), ledger.keys.headers(new_id(), role="admin", username="grace")
    asked = {"transaction_id": card.authorized("40.00", capture=True)["id"], "reason": "They called us"}
    opened = card.ask("/disputes", asked, headers=clerk).json["data"]
    assert (opened["opened_by"]["kind"], opened["decided_by"]) == ("staff", None)
    path = f"/disputes/{opened['id']}/resolve"
    for won in (True, False):
        refused = card.ask(path, {"won": won}, headers=clerk)
        assert (refused.status_code, refused.json["error_code"]) == (403, "OWN_INTEREST")
    decided = card.ask(path, {"won": True}, headers=colleague).json["data"]
    assert decided["decided_by"] == {"kind": "staff", "name": "grace"}
    (seen,) = ledger.call("GET", "/api/card-network/disputes", headers=ada.headers).json["data"]
    assert (seen["opened_by"], seen["decided_by"]) == ({"kind": "bank", "name": None},) * 2, "no names for customers"
    ledger.check()


def test_the_shop_s_owner_neither_opens_nor_decides_a_dispute_as_staff(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card, owner = TestCard(ada), ledger.keys.headers(shop.owner_id, role="employee")
    entry_id = card.authorized("40.00", capture=True, merchant={**SHOP, "account_id": shop.account_id})["id"]
    asked = {"transaction_id": entry_id, "reason": "They called us"}
    assert card.ask("/disputes", asked, headers=owner).json["error_code"] == "OWN_INTEREST"
    path = f"/disputes/{_disputed(card, entry_id)['id']}/resolve"
    assert card.ask(path, {"won": False}, headers=owner).json["error_code"] == "OWN_INTEREST"
    assert card.ask(path, {"won": False}, headers=ledger.staff()).status_code == 200
    ledger.check()
