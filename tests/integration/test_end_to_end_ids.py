"""What a payment is called from one end to the other, and what had fallen due when the bank made one."""

from typing import Any

import pytest
from sqlalchemy import select, update

from tests.exchanges import tell_rates
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import agreed_mandate, collect_on, go_to, made, scheduled_payment, settled_day, standing_order
from tests.plans import entries_of, first_after, put_plan, today
from tests.plans import go_to as go_to_day
from transaction_service.models import ledger_state

pytestmark = pytest.mark.every_database


def newest(holder: Holder) -> dict[str, Any]:
    """The newest transaction that somebody sees."""
    (found,) = holder.ledger.call("GET", "/api/transactions/recent?limit=1", headers=holder.headers).json["data"]
    return dict(found)


def feed(ledger: LedgerUnderTest) -> list[dict[str, Any]]:
    """The journal, as other services read it."""
    rows = ledger.call("GET", "/internal/journal?after=0&limit=200", headers=ledger.service).json["data"]
    return list(rows)


def test_both_sides_read_what_the_payer_called_it_and_it_is_under_the_seal(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    paid = ada.pay(bob, "10.00", key="a", end_to_end_id="INV-2026/0815")
    assert (paid.json["data"]["end_to_end_id"], paid.json["data"]["due_work_id"]) == ("INV-2026/0815", None)
    assert [newest(one)["end_to_end_id"] for one in (ada, bob)] == ["INV-2026/0815"] * 2
    again = ada.pay(bob, "10.00", key="a", end_to_end_id="INV-2026/0815")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (paid.data, "true")
    other = ada.pay(bob, "10.00", key="a", end_to_end_id="INV-2026/0816")
    assert other.json["error_code"] == "IDEMPOTENCY_KEY_REUSED"
    ada.pay(bob, "10.00")
    assert [(row["end_to_end_id"], row["hash_version"]) for row in feed(ledger)] == [
        (None, 2),
        ("INV-2026/0815", 3),
        (None, 2),
    ]
    found = ledger.call("GET", "/api/transactions/list?q=inv-2026%2F08", headers=bob.headers).json["data"]
    assert [each["id"] for each in found] == [paid.json["data"]["id"]]
    ledger.check()


def test_a_refused_attempt_keeps_what_it_was_called(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account()
    assert ada.pay(bob, "10.00", end_to_end_id="INV-1").json["error_code"] == "INSUFFICIENT_FUNDS"
    (refused,) = ledger.call("GET", "/api/transactions/list?status=refused", headers=ada.headers).json["data"]
    assert refused["end_to_end_id"] == "INV-1"


@pytest.mark.parametrize("wrong", ["", " INV", "INV ", "x" * 36, "Rechnung-Ä", "a\nb", "a_b", 7])
def test_what_other_banks_would_not_pass_on_is_refused(ledger: LedgerUnderTest, wrong: object) -> None:
    ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account()
    refused = ada.pay(bob, "0.10", end_to_end_id=wrong)
    assert (refused.status_code, list(refused.json["details"]["fields"])) == (422, ["end_to_end_id"])


def test_what_falls_due_carries_the_id_and_names_the_order_it_came_of(ledger: LedgerUnderTest) -> None:
    ada, bob, shop = ledger.open_account(deposit_minor=100_000), ledger.open_account(), ledger.open_account()
    day = settled_day(ledger, 5)
    order = standing_order(ada, bob, "10.00", day, end_to_end_id="RENT-12")
    payment = scheduled_payment(ada, bob, "20.00", day, end_to_end_id="DEPOSIT-1")
    mandate = agreed_mandate(shop, ada)
    collection = made(collect_on(shop, mandate["id"], "30.00", day, end_to_end_id="POWER-11"))
    assert [one["end_to_end_id"] for one in (order, payment, collection)] == ["RENT-12", "DEPOSIT-1", "POWER-11"]
    go_to(ledger, day, 7)
    expected = {order["id"]: "RENT-12", payment["id"]: "DEPOSIT-1", collection["id"]: "POWER-11"}
    seen = ledger.call("GET", "/api/transactions/list?direction=out", headers=ada.headers).json["data"]
    assert {each["due_work_id"]: each["end_to_end_id"] for each in seen} == expected
    refund = f"/api/direct-debits/collections/{collection['id']}/refund"
    assert ledger.call("POST", refund, {}, headers=ada.headers).status_code == 201
    back = newest(ada)
    assert (back["type"], back["due_work_id"], back["end_to_end_id"]) == ("reversal", None, None)
    ledger.check()


def test_interest_names_its_run(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=20_000)
    savers = [ledger.open_account(deposit_minor=1_000_000, rate_plan="savings") for _ in range(2)]
    go_to_day(ledger, first_after(today(ledger)))
    runs = {entries_of(one)[0]["due_work_id"] for one in savers}
    assert len(runs) == 1
    assert None not in runs


def test_what_the_bank_posted_before_it_said_of_what_names_nothing(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=20_000)
    saver = ledger.open_account(deposit_minor=1_000_000, rate_plan="savings")
    go_to_day(ledger, first_after(today(ledger)))
    assert newest(saver)["due_work_id"] is not None
    with ledger.app.extensions["context"].database.write() as connection:
        head = connection.execute(select(ledger_state.c.head_booked_at)).scalar_one()
        connection.execute(update(ledger_state).values(due_work_named_since=head + 1))
    assert newest(saver)["due_work_id"] is None


def test_a_refused_order_names_itself(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account()
    day = settled_day(ledger, 5)
    payment = scheduled_payment(ada, bob, "20.00", day)
    go_to(ledger, day, 23)
    refused = ledger.call("GET", "/api/transactions/list?status=refused", headers=ada.headers).json["data"]
    assert {each["due_work_id"] for each in refused} == {payment["id"]}
    assert ada.pay(bob, "20.00").json["error_code"] == "INSUFFICIENT_FUNDS"
    by_themself = ledger.call("GET", "/api/transactions/list?status=refused&limit=1", headers=ada.headers).json["data"]
    assert by_themself[0]["due_work_id"] is None


def test_the_feed_tells_what_was_exchanged(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger, "2020-01-01")
    euros = ledger.open_account(deposit_minor=100_000)
    dollars = ledger.open_account(currency="USD")
    shown = euros.pay(dollars, "100.00", end_to_end_id="TRIP-1").json["data"]
    (deposit, told) = feed(ledger)
    assert (deposit["exchange"], told["hash_version"]) == (None, 3)
    exchange = told["exchange"]
    assert (exchange["source_currency"], exchange["source_minor"]) == ("EUR", 100_00)
    assert (exchange["target_currency"], exchange["rate"]) == ("USD", shown["exchange"]["rate"])
    assert f"{exchange['target_minor'] / 100:.2f}" == shown["exchange"]["target_amount"]
    ledger.check()
