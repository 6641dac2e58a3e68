"""Card payments in a batch: asked and collected in order with other movements, and at the times that they name."""

from datetime import timedelta
from typing import Any

import pytest

from shared.time.business_days import business_day, instant_on
from shared.time.clock import to_wire
from tests.cards import CAFE, SHOP, TestCard
from tests.holds import figures
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import told
from tests.plans import today
from transaction_service.ledger.resolution import TOLD_DAYS

BATCH = "/api/transactions/batch"
DAY = timedelta(days=1)
TOLD = ("card_payment_approved", "card_payment_captured", "card_payment_declined", "transaction_refused")


class Network:
    """A simulation that stands for the shops too."""

    def __init__(self, ledger: LedgerUnderTest) -> None:
        self.ledger = ledger
        scope = "bank:simulate cards:acquire"
        self.headers = ledger.keys.headers("simulator-service", role="service", scope=scope)

    def post(self, *items: dict[str, Any], headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """The results of these items."""
        reply = self.ledger.call("POST", BATCH, {"items": list(items)}, headers=headers or self.headers)
        assert reply.status_code == 200, reply.text
        results: list[dict[str, Any]] = reply.json["data"]
        return results


def asked(card: TestCard, amount: str, key: str, **more: Any) -> dict[str, Any]:
    """An item by which a shop asks."""
    item = {"type": "card_authorization", "card_id": card.id, "amount": amount, "currency": "EUR"}
    return {**item, "merchant": CAFE, "channel": "chip", "idempotency_key": key, **more}


def synthetic(ledger: LedgerUnderTest, deposit_minor: int = 0) -> Holder:
    return ledger.open_account(deposit_minor=deposit_minor, synthetic=True)


@pytest.mark.databases_in_turn
def test_shops_ask_and_collect_in_order_with_what_else_is_moved(ledger: LedgerUnderTest) -> None:
    ada, shop, network = synthetic(ledger), synthetic(ledger), Network(ledger)
    card = TestCard(ada)
    at_shop = {**SHOP, "account_id": shop.account_id}
    items = (
        asked(card, "10.00", "too-soon"),
        {"type": "deposit", "account_id": ada.account_id, "amount": "50.00", "idempotency_key": "wage"},
        asked(card, "20.00", "coffee", capture=True, merchant=at_shop),
        asked(card, "30.00", "books"),
        asked(card, "0.01", "no-more"),
    )
    results = network.post(*items)
    assert [result["status"] for result in results] == ["completed"] * 5
    answers = [result["authorization"] for result in results if "authorization" in result]
    assert [answer["status"] for answer in answers] == ["declined", "captured", "approved", "declined"]
    assert [answer["decline_code"] for answer in answers[::3]] == ["INSUFFICIENT_FUNDS"] * 2
    assert (figures(ada), figures(shop)[0]) == (("30.00", "0.00", "30.00"), "20.00")
    replayed = network.post(*items)
    assert [result["status"] for result in replayed] == ["replayed"] * 5
    assert [{**result, "status": "completed"} for result in replayed] == results
    collect = {"type": "card_capture", "authorization_id": answers[2]["id"], "idempotency_key": "collected"}
    (taken,) = network.post(collect)
    assert (taken["transaction"]["id"], taken["transaction"]["amount"]) == (answers[2]["id"], "30.00")
    late = {**collect, "idempotency_key": "again"}
    assert network.post(late)[0]["error"]["error_code"] == "AUTHORIZATION_ENDED"
    assert figures(ada) == ("0.00", "0.00", "0.00")
    ledger.check()


@pytest.mark.databases_in_turn
def test_a_payment_counts_for_the_day_that_it_names(ledger: LedgerUnderTest) -> None:
    """A limit of a day is that day's, in whatever order the days are told; what is held lasts from when it is told."""
    ada, network = synthetic(ledger, 100_000), Network(ledger)
    limits = {"per_payment_minor": None, "daily_minor": 5_000, "monthly_minor": 12_000}
    card = TestCard(ada, limits=limits)
    first = today(ledger).replace(day=1) - 20 * DAY
    noon = [to_wire(instant_on(first + count * DAY, 12)) for count in range(4)]
    items = [
        asked(card, amount, f"{day}:{amount}", effective_at=noon[day], capture=day != 1)
        for day, amount in (
            (1, "40.00"),
            (0, "30.00"),
            (1, "10.01"),
            (0, "20.01"),
            (1, "10.00"),
            (2, "30.01"),
            (3, "30.00"),
        )
    ]
    answers = [result["authorization"] for result in network.post(*items[:4]) + network.post(*items[4:])]
    assert [answer["decline_code"] for answer in answers] == [
        None,
        None,
        "AMOUNT_LIMIT",
        "AMOUNT_LIMIT",
        None,
        None,
        None if business_day(instant_on(first + 3 * DAY, 12)).month != first.month else "AMOUNT_LIMIT",
    ]
    pending = answers[0]
    assert (pending["status"], pending["created_at"]) == ("approved", noon[1])
    assert pending["expires_at"] > to_wire(instant_on(today(ledger) + 4 * DAY, 0))
    assert pending["events"][0]["at"] == noon[1]
    rows = {row["id"]: row for row in card.transactions(limit="50")}
    assert {rows[answer["id"]]["effective_at"] for answer in answers} == set(noon)
    collect = {"type": "card_capture", "authorization_id": pending["id"], "idempotency_key": "collected"}
    (taken,) = network.post({**collect, "effective_at": noon[3]})
    assert (taken["transaction"]["effective_at"], taken["transaction"]["amount"]) == (noon[3], "40.00")
    assert card.authorization(pending["id"])["events"][-1] == {
        "type": "captured",
        "amount": "40.00",
        "original_amount": "40.00",
        "at": noon[3],
    }
    ledger.check()


@pytest.mark.databases_in_turn
def test_what_is_booked_of_long_ago_is_told_to_nobody(ledger: LedgerUnderTest) -> None:
    """As little as the movements of a history: a world that begins with one would fill the feed."""
    ada, network = synthetic(ledger, 10_000), Network(ledger)
    card = TestCard(ada)
    told_from = today(ledger) - TOLD_DAYS * DAY
    long_ago, lately = (to_wire(instant_on(told_from + DAY * days, 12)) for days in (-1, 1))
    moved = {"account_id": ada.account_id, "amount": "200.00", "type": "withdraw"}
    network.post(
        asked(card, "1.00", "past", effective_at=long_ago, capture=True),
        asked(card, "200.00", "declined", effective_at=long_ago),
        {**moved, "idempotency_key": "refused", "effective_at": long_ago},
    )
    assert told(ledger, *TOLD) == []
    network.post(
        asked(card, "1.00", "told", effective_at=lately, capture=True),
        asked(card, "200.00", "declined-too", effective_at=lately),
    )
    assert [one["type"] for one in told(ledger, *TOLD)] == [*TOLD]
    assert {one["happened_at"] for one in told(ledger, *TOLD)} == {lately}
    ledger.check()


def test_only_who_stands_for_shops_asks_cards_and_only_a_simulation_names_a_time(ledger: LedgerUnderTest) -> None:
    ada, network = synthetic(ledger, 10_000), Network(ledger)
    card = TestCard(ada)
    item = asked(card, "1.00", "one")
    (refused,) = network.post(item, headers=ada.headers)
    assert (refused["error"]["error_code"], refused["error"]["details"]["scope"]) == ("FORBIDDEN", "cards:acquire")
    acquirer = ledger.keys.headers("acquirer", role="service", scope="cards:acquire bank:simulate")
    (timed,) = network.post({**item, "effective_at": "2100-01-01T00:00:00Z"}, headers=acquirer)
    assert timed["error"]["details"]["problems"]["effective_at"]["code"] == "in_the_future"
    real = ledger.open_account(deposit_minor=1_000)
    other = TestCard(real)
    (strange,) = network.post(asked(other, "1.00", "two", effective_at="2020-01-01T00:00:00Z"))
    assert strange["authorization"]["decline_code"] == "INVALID_CARD"
    (wrong,) = network.post({**item, "channel": "shouting"})
    assert wrong["error"]["error_code"] == "VALIDATION_ERROR"
    assert figures(ada)[0] == "100.00"
    ledger.check()


@pytest.mark.every_database
def test_what_was_added_to_a_payment_counts_for_its_own_day_and_not_for_that_of_the_payment(
    ledger: LedgerUnderTest,
) -> None:
    network, ada = Network(ledger), synthetic(ledger, deposit_minor=100_000)
    card = TestCard(ada, limits={"per_payment_minor": None, "daily_minor": 3_000, "monthly_minor": None})
    yesterday = to_wire(instant_on(today(ledger) - DAY, 12))
    (first,) = network.post(asked(card, "20.00", "first", effective_at=yesterday))
    more = card.ask(f"/authorizations/{first['authorization']['id']}/increment", {"amount": "9.00"})
    assert more.json["data"]["approved_amount"] == "29.00"
    results = network.post(
        asked(card, "10.00", "of-yesterday", effective_at=yesterday),
        asked(card, "21.01", "of-today"),
        asked(card, "21.00", "of-today-too"),
    )
    codes = [result["authorization"]["decline_code"] for result in results]
    assert codes == [None, "AMOUNT_LIMIT", None]
    ledger.check()
