"""Why a transaction is what it is: to its owner their own figures, to staff all, to strangers nothing."""

from decimal import Decimal
from typing import Any

import pytest

from shared import services
from shared.identifiers import new_id
from tests.cards import SHOP, TestCard
from tests.ledgers import Holder, LedgerUnderTest
from transaction_service.history.explanation import sentence_of
from transaction_service.ledger.movement_rules import RULES

pytestmark = pytest.mark.databases_in_turn


def explained(ledger: LedgerUnderTest, transaction_id: str, headers: dict[str, str]) -> Any:
    reply = ledger.call("GET", f"/api/transactions/{transaction_id}/explain", headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json["data"]


def refused_of(ledger: LedgerUnderTest, who: Holder) -> str:
    rows = ledger.call("GET", "/api/transactions/list?status=refused", headers=who.headers).json["data"]
    return str(rows[0]["id"])


def test_a_transfer_is_what_was_posted_on_both_sides(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account(deposit_minor=500)
    sent = ada.pay(bob, "4.50").json["data"]
    for who, own, theirs in ((ada, "-4.50", "4.50"), (bob, "4.50", "-4.50")):
        found = explained(ledger, sent["id"], who.headers)
        assert (found["outcome"], found["rule"]["code"]) == ("completed", "transfer")
        (mine,) = [one for one in found["postings"] if one["side"] == "own"]
        (other,) = [one for one in found["postings"] if one["side"] == "customer"]
        assert (mine["amount"], other["amount"]) == (own, theirs)
        assert mine["account_id"] == who.account_id
        assert (other["account_id"], other["balance_after"]) == (None, None), "nobody learns their neighbour's balance"
    of_staff = explained(ledger, sent["id"], ledger.staff())
    assert {one["balance_after"] for one in of_staff["postings"]} == {"95.50", "9.50"}
    assert sum(Decimal(one["amount"]) for one in of_staff["postings"]) == 0
    assert of_staff["request_id"]


def test_a_refusal_tells_its_rule_with_the_figures_it_saw(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    said = ada.pay(bob, "10.01").json
    found = explained(ledger, refused_of(ledger, ada), ada.headers)
    assert (
        (found["outcome"], found["rule"]["code"])
        == ("refused", said["error_code"])
        == ("refused", "INSUFFICIENT_FUNDS")
    )
    assert found["rule"]["sentence"]
    assert found["rule"]["remedy"]
    assert {one["name"]: one["value"] for one in found["figures"]} == {
        name: str(value) for name, value in said["details"].items()
    }
    assert found["postings"] == []
    assert found["transaction"]["status"] == "refused"


def test_a_deposit_names_the_banks_side(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account()
    paid_in = ada.deposit("5.00").json["data"]
    found = explained(ledger, paid_in["id"], ada.headers)
    assert [(one["side"], one["amount"]) for one in found["postings"]] in (
        [("cash", "-5.00"), ("own", "5.00")],
        [("own", "5.00"), ("cash", "-5.00")],
    )


def test_a_card_payment_tells_what_is_held_and_why_it_was_declined(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=1_000)
    card = TestCard(ada)
    asked = card.authorized("4.00")
    found = explained(ledger, asked["id"], ada.headers)
    assert (found["outcome"], found["postings"]) == ("pending", [])
    assert [(one["amount"], one["status"]) for one in found["holds"]] == [("4.00", "pending")]
    declined = card.authorize("6.01").json["data"]
    assert declined["status"] == "declined"
    told = explained(ledger, declined["id"], ada.headers)
    assert (told["outcome"], told["rule"]["code"]) == ("refused", declined["decline_code"])
    assert told["rule"]["sentence"] == declined["decline_reason"]
    assert (told["card"]["id"], told["card"]["online"], told["card"]["daily"]) == (card.id, True, None)
    assert told["log"] is None, "logs are for staff"


def test_who_is_paid_by_card_learns_nothing_of_what_it_may(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    card = TestCard(ada)
    paid = card.authorized("4.00", merchant={**SHOP, "account_id": shop.account_id}, capture=True)
    booked = ledger.call("GET", "/api/transactions/list", headers=shop.headers).json["data"]
    assert [row["card"] is None for row in booked] == [False], paid
    assert explained(ledger, booked[0]["id"], shop.headers)["card"] is None
    assert explained(ledger, booked[0]["id"], ledger.staff())["card"]["id"] == card.id


def test_staff_hear_which_services_logs_could_not_be_read(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=1_000)
    booked = ada.deposit("1.00").json["data"]
    log = explained(ledger, booked["id"], ledger.staff())["log"]
    assert (log["lines"], sorted(log["away"])) == ([], sorted(one.name for one in services.SERVICES))


def test_strangers_and_nobody_learn_nothing(ledger: LedgerUnderTest) -> None:
    ada, bob, eve = (ledger.open_account(deposit_minor=1_000) for _ in range(3))
    sent = ada.pay(bob, "1.00").json["data"]
    ada.pay(bob, "999.00")
    for transaction_id in (sent["id"], refused_of(ledger, ada), new_id(), "x"):
        path = f"/api/transactions/{transaction_id}/explain"
        assert ledger.call("GET", path, headers=eve.headers).status_code == 404
    assert ledger.call("GET", f"/api/transactions/{sent['id']}/explain", headers={}).status_code == 401
    path = f"/api/transactions/{refused_of(ledger, ada)}/explain"
    assert ledger.call("GET", path, headers=bob.headers).status_code == 404, "a refusal is its owner's"


def test_every_kind_of_movement_has_its_sentences() -> None:
    sentences = {name: sentence_of(rule) for name, rule in RULES.items()}
    assert all(said.startswith("It moves money ") for said in sentences.values())
    assert "below the account's floor" in sentences["fee"]
    assert "credit card" in sentences["card_purchase"]
