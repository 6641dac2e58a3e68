"""Orders that pay into another currency: each at the rate of its own moment, and whoever gets none is told."""

import pytest

from tests.exchanges import positions, tell_rates
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import SCHEDULED, STANDING, go_to, place_standing, scheduled_payment, settled_day, standing_order
from tests.plans import put_plan

pytestmark = pytest.mark.databases_in_turn


def pair(ledger: LedgerUnderTest) -> tuple[Holder, Holder]:
    """Somebody with a thousand euros, and somebody else with an account in dollars."""
    return ledger.open_account(deposit_minor=100_000), ledger.open_account(currency="USD")


def test_a_standing_order_exchanges_at_the_rate_of_each_of_its_days(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    tell_rates(ledger, "2020-01-01")
    first, second = settled_day(ledger, 3), settled_day(ledger, 12)
    order = standing_order(euros, dollars, "100.00", first, frequency="weekly")
    assert (order["amount"], order["currency"]) == ("100.00", "EUR")
    go_to(ledger, first, 7)
    assert (euros.balance_minor, dollars.balance_minor) == (900_00, 108_33)
    tell_rates(ledger, first.isoformat(), margin_bp=0, USD="2", JPY="1", GBP="1", KWD="1", IDR="1")
    go_to(ledger, second, 7)
    assert (euros.balance_minor, dollars.balance_minor) == (800_00, 308_33)
    assert positions(ledger) == {"EUR": 200_00, "USD": -308_33}
    (newest, oldest, _) = ledger.call("GET", "/api/transactions/list", headers=euros.headers).json["data"]
    assert (oldest["type"], oldest["amount"]) == ("standing_order", "100.00")
    assert [one["exchange"]["target_amount"] for one in (oldest, newest)] == ["108.33", "200.00"]
    path = f"{STANDING}/{order['id']}/executions"
    executions = ledger.call("GET", path, headers=euros.headers).json["data"]
    assert [(each["status"], each["amount"]) for each in executions] == [("completed", "100.00")] * 2
    ledger.check()


def test_without_a_rate_the_payment_has_failed_and_nothing_has_moved(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    day = settled_day(ledger, 3)
    order = scheduled_payment(euros, dollars, "100.00", day)
    go_to(ledger, day, 23)
    assert (euros.balance_minor, dollars.balance_minor) == (1000_00, 0)
    ended = ledger.call("GET", f"{SCHEDULED}/{order['id']}", headers=euros.headers).json["data"]
    assert ended["status"] == "failed"
    (failed,) = (
        event
        for event in ledger.call("GET", "/internal/events?limit=100", headers=ledger.service).json["data"]
        if event["type"] == "order_failed"
    )
    assert failed["data"]["error_code"] == "RATE_UNAVAILABLE", failed
    ledger.check()


def test_between_ones_own_accounts_a_standing_order_stays_one(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger, "2020-01-01")
    euros = ledger.open_account(deposit_minor=100_000)
    yens = ledger.open_account(euros.owner_id, currency="JPY")
    day = settled_day(ledger, 3)
    standing_order(euros, yens, "10.00", day)
    payment = scheduled_payment(euros, yens, "0.01", day)
    go_to(ledger, day, 7)
    kinds = {
        row["type"]: row["amount"]
        for row in ledger.call("GET", "/api/transactions/list", headers=euros.headers).json["data"]
    }
    assert kinds["standing_order"] == "10.00"
    assert kinds["exchange"] == "0.01"
    assert payment["currency"] == "EUR"
    assert yens.balance_minor == 1605 + 1
    ledger.check()


def test_a_standing_order_of_what_arrives_takes_what_that_costs_on_each_of_its_days(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    tell_rates(ledger, "2020-01-01")
    first, second = settled_day(ledger, 3), settled_day(ledger, 12)
    order = standing_order(euros, dollars, "100.00", first, frequency="weekly", fixed="target")
    assert (order["amount"], order["currency"], order["fixed"]) == ("100.00", "USD", "target")
    (coming, *_) = ledger.call("GET", "/api/transactions/upcoming", headers=euros.headers).json["data"]
    assert (coming["amount"], coming["currency"], coming["direction"]) == ("100.00", "USD", "out")
    go_to(ledger, first, 7)
    assert (euros.balance_minor, dollars.balance_minor) == (907_69, 100_00)
    tell_rates(ledger, first.isoformat(), margin_bp=0, USD="2", JPY="1", GBP="1", KWD="1", IDR="1")
    changed = {"amount": "120.00"}
    path = f"{STANDING}/{order['id']}"
    assert ledger.call("PUT", path, changed, headers=euros.headers).json["data"]["currency"] == "USD"
    go_to(ledger, second, 7)
    assert (euros.balance_minor, dollars.balance_minor) == (847_69, 220_00)
    assert positions(ledger) == {"EUR": 152_31, "USD": -220_00}
    executions = ledger.call("GET", f"{path}/executions", headers=euros.headers).json["data"]
    assert [(one["amount"], one["currency"]) for one in executions] == [("120.00", "USD"), ("100.00", "USD")]
    (newest, oldest, _) = ledger.call("GET", "/api/transactions/list", headers=euros.headers).json["data"]
    assert [(one["amount"], one["currency"]) for one in (oldest, newest)] == [("92.31", "EUR"), ("60.00", "EUR")]
    ledger.check()


def test_what_arrives_is_refused_as_what_leaves_is(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    poor = ledger.open_account(euros.owner_id, movement_limit_minor=50_00, deposit_minor=50_00)
    assert poor.deposit("50.00").status_code == 201
    tell_rates(ledger, "2020-01-01")
    day = settled_day(ledger, 3)
    refused = place_standing(poor, dollars, "60.00", first_on=day.isoformat(), fixed="target")
    assert (refused.status_code, refused.json["error_code"]) == (400, "MOVEMENT_LIMIT_EXCEEDED"), refused.text
    assert refused.json["details"] == {"currency": "EUR", "limit": "50.00", "amount": "55.39"}
    standing_order(poor, dollars, "50.00", day, fixed="target")
    too_much = scheduled_payment(euros, dollars, "1090.00", day, fixed="target")
    tell_rates(ledger, margin_bp=50, USD="0.5", JPY="1", GBP="1", KWD="1", IDR="1")
    go_to(ledger, day, 23)
    assert dollars.balance_minor == 0
    assert (poor.balance_minor, euros.balance_minor) == (100_00, 1000_00)
    path = f"{SCHEDULED}/{too_much['id']}/executions"
    (failed,) = ledger.call("GET", path, headers=euros.headers).json["data"]
    assert (failed["error_code"], failed["amount"], failed["currency"]) == ("INSUFFICIENT_FUNDS", "1090.00", "USD")
    events = ledger.call("GET", "/internal/events?limit=100", headers=ledger.service).json["data"]
    told = {event["data"]["error_code"] for event in events if event["type"] == "order_failed"}
    assert told == {"INSUFFICIENT_FUNDS", "MOVEMENT_LIMIT_EXCEEDED"}
    ledger.check()


def test_in_one_currency_what_arrives_is_what_leaves_and_the_fee_of_the_product_is_in_the_cost(
    ledger: LedgerUnderTest,
) -> None:
    tell_rates(ledger, "2020-01-01")
    put_plan(ledger, "travel", exchange_fee_bp=150)
    euros = ledger.open_account(rate_plan="travel", deposit_minor=100_000)
    other, dollars = ledger.open_account(), ledger.open_account(currency="USD")
    day = settled_day(ledger, 3)
    same = scheduled_payment(euros, other, "10.00", day, fixed="target")
    assert (same["currency"], same["fixed"]) == ("EUR", "target")
    scheduled_payment(euros, dollars, "106.69", day, fixed="target")
    go_to(ledger, day, 7)
    assert (other.balance_minor, dollars.balance_minor) == (10_00, 106_69)
    assert euros.balance_minor == 1000_00 - 10_00 - 100_00
    ledger.check()
