"""Orders that pay into another currency: each at the rate of its own moment, and whoever gets none is told."""

import pytest

from tests.exchanges import positions, tell_rates
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import SCHEDULED, STANDING, go_to, scheduled_payment, settled_day, standing_order

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
