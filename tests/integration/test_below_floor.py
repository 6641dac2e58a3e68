"""What is due, whatever is there, may take an account below its floor: the transaction says so; its holder is told."""

from typing import Any

import pytest

from tests.cards import SHOP, TestCard
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import told

pytestmark = pytest.mark.databases_in_turn
PATH = "/api/transactions"


def clear(card: TestCard, amount: str, **merchant: Any) -> Any:
    """A shop collects what it never asked for."""
    asked = {"card_id": card.id, "amount": amount, "currency": "EUR", "merchant": {**SHOP, **merchant}}
    return card.ask("/clearings", asked, key=f"clear-{amount}")


def read(account: Holder, transaction_id: str, headers: Any = None) -> dict[str, Any]:
    path = f"{PATH}/details/{transaction_id}"
    found: dict[str, Any] = account.ledger.call("GET", path, headers=headers or account.headers).json["data"]
    return found


def test_a_capture_that_passes_the_floor_says_how_far_wherever_it_is_read(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=5_000), ledger.open_account()
    card = TestCard(ada)
    merchant = {**SHOP, "mcc": "5812", "account_id": shop.account_id}
    authorization_id = card.authorized("50.00", merchant=merchant)["id"]
    over = card.capture(authorization_id, amount="60.00", key="tip")
    assert (over.status_code, over.json["data"]["below_floor"]) == (201, "10.00")
    assert card.capture(authorization_id, amount="60.00", key="tip").data == over.data
    paid_id = over.json["data"]["id"]
    assert read(ada, paid_id)["below_floor"] == "10.00"
    assert [row["below_floor"] for row in card.transactions()] == ["10.00", None]
    assert read(shop, paid_id)["below_floor"] is None, "no business of the shop's"
    assert read(ada, paid_id, ledger.staff())["below_floor"] == "10.00"
    why = ledger.call("GET", f"{PATH}/{paid_id}/explain", headers=ada.headers).json["data"]
    assert why["figures"] == [{"name": "below_floor", "value": "10.00"}]
    assert why["rule"]["sentence"].endswith("left the account that paid below its floor.")
    assert "Pay money in." in why["rule"]["remedy"]
    theirs = ledger.call("GET", f"{PATH}/{paid_id}/explain", headers=shop.headers).json["data"]
    assert (theirs["figures"], theirs["rule"]["remedy"]) == ([], None)
    ledger.check()


def test_its_holder_is_told_once_when_the_floor_is_passed_and_again_after_it_was_made_up_for(
    ledger: LedgerUnderTest,
) -> None:
    ada = ledger.open_account(deposit_minor=5_000)
    card = TestCard(ada)
    below = [clear(card, amount).json["data"]["below_floor"] for amount in ("50.00", "20.00", "5.00")]
    assert below == [None, "20.00", "25.00"]
    (event,) = told(ledger, "floor_passed")
    assert event["transaction_id"] == card.transactions()[1]["id"]
    facts = ("account_id", "user_id", "amount_minor", "below_minor", "currency", "description", "transaction_type")
    assert tuple(event[name] for name in facts) == (
        *(ada.account_id, ada.owner_id, 2_000, 2_000, "EUR", SHOP["name"], "card_purchase"),
    )
    assert ada.deposit("25.00").json["data"]["below_floor"] is None
    assert clear(card, "1.00").json["data"]["below_floor"] == "1.00"
    assert len(told(ledger, "floor_passed")) == 2
    ledger.check()


def test_a_shop_that_lost_a_dispute_reads_it_too(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=5_000), ledger.open_account()
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True, merchant={**SHOP, "account_id": shop.account_id})["id"]
    assert shop.withdraw("30.00").status_code == 201
    opened = card.ask("/disputes", {"transaction_id": entry_id, "reason": "no"}, headers=ada.headers).json["data"]
    assert card.ask(f"/disputes/{opened['id']}/resolve", {"won": True}, headers=ledger.staff()).status_code == 200
    rows = ledger.call("GET", f"{PATH}/list", headers=shop.headers).json["data"]
    assert (rows[0]["type"], rows[0]["below_floor"]) == ("chargeback", "30.00")
    (event,) = told(ledger, "floor_passed")
    assert (event["user_id"], event["below_minor"]) == (shop.owner_id, 3_000)
    ledger.check()
