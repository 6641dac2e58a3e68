"""What the ledger's feed tells of card payments is what has happened to them: each step once, in order, to the cent."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from shared.amounts import money
from tests.cards import CAFE, SHOP, TestCard
from tests.exchanges import tell_rates
from tests.holds import HOLDS, advance
from tests.ledgers import LedgerUnderTest
from tests.orders import told

pytestmark = pytest.mark.databases_in_turn
TYPES = {
    "approved": "card_payment_approved",
    "partly_approved": "card_payment_approved",
    "incremented": "card_payment_incremented",
    "captured": "card_payment_captured",
    "reversed": "card_payment_reversed",
    "expired": "card_payment_expired",
}
FIGURES = ("amount_minor", "approved_minor", "captured_minor", "remaining_minor", "status")


def told_of(ledger: LedgerUnderTest, authorization_id: str) -> list[dict[str, Any]]:
    """What was told of a payment, in order."""
    return [one for one in told(ledger, *TYPES.values()) if one["authorization_id"] == authorization_id]


def check(card: TestCard, authorization_id: str) -> list[dict[str, Any]]:
    """The events of a payment: one for each step of its story, and the last one says how it stands now."""
    events, shown = told_of(card.ledger, authorization_id), card.authorization(authorization_id)
    story = [(TYPES[step["type"]], step["amount"], step["at"]) for step in shown["events"]]
    assert [
        (one["type"], money.to_text(one["amount_minor"], one["currency"]), one["happened_at"]) for one in events
    ] == story
    assert events[-1]["status"] == shown["status"]
    assert events[-1]["captured_minor"] == sum(
        one["amount_minor"] for one in events if one["type"] == TYPES["captured"]
    )
    for one in events:
        about = (one["card_id"], one["account_id"], one["user_id"], one["last4"], one["merchant_name"])
        owner = card.account
        assert about == (card.id, owner.account_id, owner.owner_id, card.number[-4:], shown["merchant"]["name"])
    return events


def figures(event: dict[str, Any]) -> tuple[Any, ...]:
    return (event["type"].removeprefix("card_payment_"), *(event[name] for name in FIGURES))


def test_each_step_of_a_payment_is_told_with_how_it_stands_then(ledger: LedgerUnderTest) -> None:
    card = TestCard(ledger.open_account(deposit_minor=10_000))
    authorization_id = card.authorized("30.00", merchant=SHOP)["id"]
    path = f"/authorizations/{authorization_id}"
    assert card.ask(f"{path}/increment", {"amount": "10.00"}).status_code == 200
    assert card.ask(f"{path}/increment", {"amount": "100.00"}).json["data"]["decline_code"] == "INSUFFICIENT_FUNDS"
    assert card.capture(authorization_id, amount="15.00", final=False).status_code == 201
    assert card.reverse(authorization_id, amount="5.00").status_code == 200
    assert card.capture(authorization_id, key="rest").status_code == 201
    assert card.capture(authorization_id, key="rest").status_code == 201, "a replay, which tells nothing again"
    assert [figures(one) for one in told_of(ledger, authorization_id)] == [
        ("approved", 3_000, 3_000, 0, 3_000, "approved"),
        ("incremented", 1_000, 4_000, 0, 4_000, "approved"),
        ("captured", 1_500, 4_000, 1_500, 2_500, "partly_captured"),
        ("reversed", 500, 4_000, 1_500, 2_000, "partly_captured"),
        ("captured", 2_000, 4_000, 3_500, 0, "captured"),
    ]
    assert [one["amount_minor"] for one in told(ledger, "card_payment_declined")] == [10_000]
    ledger.check()


def test_what_is_collected_at_once_expires_or_is_voided_by_staff_is_told_too(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    at_once = card.authorized("10.00", capture=True)["id"]
    partly = card.authorized("500.00", partial_ok=True, merchant=SHOP)["id"]
    assert figures(check(card, at_once)[1])[:4] == ("captured", 1_000, 1_000, 1_000)
    assert [figures(one) for one in check(card, partly)] == [("approved", 9_000, 9_000, 0, 9_000, "approved")]
    advance(ada, days=5)
    assert figures(check(card, partly)[-1]) == ("expired", 9_000, 9_000, 0, 0, "expired")
    assert card.capture(partly, amount="20.00", final=False).status_code == 201
    assert figures(check(card, partly)[-1]) == ("captured", 2_000, 9_000, 2_000, 0, "captured")
    assert card.capture(partly, amount="30.00", key="last").status_code == 201
    *_, collected, given_up = check(card, partly)
    assert figures(collected)[:4] == ("captured", 3_000, 9_000, 5_000)
    assert figures(given_up) == ("reversed", 4_000, 9_000, 5_000, 0, "captured"), "the shop wants no more of it"
    voided = card.authorized("7.00", merchant=SHOP)
    assert ledger.call("POST", f"{HOLDS}/{voided['hold_id']}/void", {}, headers=ledger.staff()).status_code == 200
    assert figures(check(card, voided["id"])[-1]) == ("reversed", 700, 700, 0, 0, "reversed")
    ledger.check()


def test_amounts_are_in_the_account_s_currency(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger, USD="2")
    card = TestCard(ledger.open_account(deposit_minor=10_000))
    authorization_id = card.authorized("10.00", currency="USD", merchant=CAFE)["id"]
    assert card.capture(authorization_id, amount="12.00").status_code == 201
    approved, captured = check(card, authorization_id)
    assert (approved["currency"], captured["amount_minor"], captured["remaining_minor"]) == ("EUR", 603, 0)
    ledger.check()


def test_whoever_races_what_is_told_is_what_has_happened(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=10_000_000)
    card = TestCard(ada)
    for number in range(rounds):
        if number % 20 == 0:
            card = TestCard(ada)  # of which so many payments are asked for within an hour
        authorization_id = card.authorized("10.00", merchant=SHOP)["id"]
        racers = [partial(race, authorization_id) for race in (card.capture, card.reverse) * 2]
        with ThreadPoolExecutor(len(racers)) as pool:
            replies = list(pool.map(lambda race: race(), racers))
        assert sorted(reply.status_code for reply in replies)[1:] == [409] * 3
        assert len(check(card, authorization_id)) == 2
    ledger.check()
