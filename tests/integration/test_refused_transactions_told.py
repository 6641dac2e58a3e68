"""Whoever is refused a transaction is told of it, in the commit that keeps it, and not of each of very many."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.time import clock
from tests.cards import SHOP, TestCard
from tests.holds import CLOCK, advance
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import told
from transaction_service import erasing
from transaction_service.ledger.refused_attempts import MOST_TOLD_AN_HOUR

pytestmark = pytest.mark.databases_in_turn
BATCH = "/api/transactions/batch"
_HOUR_US = 3_600 * clock.MICROSECONDS


def refused(ledger: LedgerUnderTest) -> list[dict[str, Any]]:
    return told(ledger, "transaction_refused")


def listed(account: Holder, query: str = "") -> list[dict[str, Any]]:
    path = f"/api/transactions/list?status=refused&limit=100{query}"
    found: list[dict[str, Any]] = account.ledger.call("GET", path, headers=account.headers).json["data"]
    return found


def begin_hour(account: Holder) -> str:
    """Move the bank's clock to the beginning of an hour, so that none ends in the test; when it ends."""
    now_us = clock.from_wire(advance(account, hours=0)["bank_time"])
    headers = account.ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    ends_us = now_us // _HOUR_US * _HOUR_US + 2 * _HOUR_US
    asked = {"advance_to": clock.to_wire(ends_us - _HOUR_US)}
    assert account.ledger.call("POST", CLOCK, asked, headers=headers).status_code == 200
    return clock.to_wire(ends_us)


def test_a_refused_transfer_is_told_to_who_wanted_to_pay_and_to_nobody_else(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    reply = ada.pay(bob, "10.01", key="too-much", description="A boat", category="leisure")
    assert (reply.status_code, reply.json["error_code"]) == (400, "INSUFFICIENT_FUNDS")
    assert ada.pay(bob, "10.01", key="too-much", description="A boat", category="leisure").json == reply.json
    ((event,), (shown,)) = refused(ledger), listed(ada)
    assert event == {
        "type": "transaction_refused",
        "transaction_id": shown["id"],
        "transaction_type": "transfer",
        "account_id": ada.account_id,
        "user_id": ada.owner_id,
        "direction": "out",
        "amount_minor": 1_001,
        "currency": "EUR",
        "description": "A boat",
        "category": "leisure",
        "error_code": "INSUFFICIENT_FUNDS",
        "effective_at": shown["effective_at"],
        "booked_at": shown["booked_at"],
        "untold_until": None,
        "happened_at": shown["effective_at"],
    }
    assert bob.account_id not in str(event)
    assert ada.pay(bob, "0.00").status_code == 422, "a form filled in wrongly is no transaction"
    assert len(refused(ledger)) == 1
    ledger.check()


def test_of_a_batch_that_is_all_or_nothing_nothing_is_told(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    orders = [{"from_account_id": ada.account_id, "to_account_id": bob.account_id, "amount": "6.00"}] * 2
    both = [{"type": "transfer", "idempotency_key": f"key-{number}", **one} for number, one in enumerate(orders)]
    sent = ledger.call("POST", BATCH, {"items": both, "atomic": True}, headers=ada.headers)
    assert "INSUFFICIENT_FUNDS" in sent.text
    assert refused(ledger) == listed(ada) == []
    sent = ledger.call("POST", BATCH, {"items": both}, headers=ada.headers)
    assert [one["error_code"] for one in refused(ledger)] == ["INSUFFICIENT_FUNDS"], sent.text
    ledger.check()


def test_a_declined_card_payment_is_told_as_what_the_list_of_transactions_has(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=1_000)
    declined = TestCard(ada).authorize("20.00", merchant=SHOP).json["data"]
    (event,) = refused(ledger)
    facts = (event["transaction_id"], event["transaction_type"], event["error_code"], event["description"])
    assert facts == (declined["id"], "card_purchase", "INSUFFICIENT_FUNDS", SHOP["name"])
    assert [one["authorization_id"] for one in told(ledger, "card_payment_declined")] == [declined["id"]]


def test_who_is_refused_without_end_is_told_of_so_many_an_hour_and_that_no_more_are_told(
    ledger: LedgerUnderTest,
) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account(deposit_minor=1_000)
    hour_ends = begin_hour(ada)

    def ask(number: int) -> int:
        return ada.pay(bob, "11.00", key=f"refused-{number}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(MOST_TOLD_AN_HOUR + 20))) == {400}
    known = {one["id"] for one in listed(ada)}
    assert len(known) == MOST_TOLD_AN_HOUR + 20, "each of them is kept"
    events = refused(ledger)
    assert [one["untold_until"] for one in events] == [None] * (MOST_TOLD_AN_HOUR - 1) + [hour_ends]
    assert len({one["transaction_id"] for one in events} & known) == MOST_TOLD_AN_HOUR
    assert bob.pay(ada, "11.00").status_code == 400
    assert refused(ledger)[-1]["user_id"] == bob.owner_id, "others are told of theirs"
    advance(ada, hours=1)
    assert ada.pay(bob, "11.00").status_code == 400
    assert (len(refused(ledger)), refused(ledger)[-1]["user_id"]) == (MOST_TOLD_AN_HOUR + 2, ada.owner_id)
    ledger.check()


def test_a_batch_of_refusals_passes_the_limit_in_one_commit(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(), ledger.open_account()
    begin_hour(ada)
    order = {"type": "transfer", "from_account_id": ada.account_id, "to_account_id": bob.account_id, "amount": "1.00"}
    items = [{**order, "idempotency_key": f"key-{number}"} for number in range(MOST_TOLD_AN_HOUR * 2)]
    sent = ledger.call("POST", BATCH, {"items": items}, headers=ada.headers)
    assert sent.status_code < 300, sent.text
    assert [one["untold_until"] is None for one in refused(ledger)] == [True] * (MOST_TOLD_AN_HOUR - 1) + [False]


def test_of_who_was_erased_the_feed_keeps_what_happened_and_no_words(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    card = TestCard(ada)
    card.reverse(card.authorized("2.00", merchant=SHOP)["id"])
    assert ada.pay(bob, "11.00", description="A boat", category="leisure").status_code == 400
    erasing.erase(ledger.app.extensions["database"], ada.owner_id)
    (event,) = refused(ledger)
    assert (event["description"], event["category"], event["error_code"]) == ("", None, "INSUFFICIENT_FUNDS")
    payments = told(ledger, "card_payment_approved", "card_payment_reversed")
    assert [(one["merchant_name"], one["amount_minor"]) for one in payments] == [("", 200)] * 2
    assert ada.pay(bob, "11.00", description="A ship").status_code == 400
    assert refused(ledger) == [event], "nothing more is told of them"
