"""Accounts with notice: what leaves them is arranged so many days beforehand, and by nothing else does it leave."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.time.target_calendar import is_target_day, preceding_target_day
from tests.cards import SHOP, TestCard
from tests.exchanges import tell_rates
from tests.holds import capture, figures, place, placed
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import (
    COLLECTIONS,
    SCHEDULED,
    STANDING,
    agreed_mandate,
    collect_on,
    go_to,
    made,
    place_standing,
    scheduled_payment,
    settled_day,
)
from tests.plans import put_plan, today

pytestmark = pytest.mark.databases_in_turn
NOTICE = 30


def pair(ledger: LedgerUnderTest) -> tuple[Holder, Holder]:
    """Somebody's savings of a thousand with thirty days of notice, and their checking account."""
    put_plan(ledger, notice_days=NOTICE)
    checking = ledger.open_account()
    savings = ledger.open_account(checking.owner_id, account_type="savings", rate_plan="savings", deposit_minor=1000_00)
    return savings, checking


def earliest(ledger: LedgerUnderTest, days: int = NOTICE) -> str:
    """The first day for which something can be arranged today."""
    return (today(ledger) + timedelta(days=days)).isoformat()


def refused(reply: Any, day: str, days: int = NOTICE) -> None:
    """The refusal says how long the notice is, and from which day on it is kept."""
    assert (reply.status_code, reply.json["error_code"]) == (400, "NOTICE_REQUIRED"), reply.text
    assert reply.json["details"] == {"notice_days": days, "earliest_on": day}


def changed(ledger: LedgerUnderTest, holder: Holder, path: str, **changes: Any) -> Any:
    """Change an order of one's own."""
    return ledger.call("PUT", path, changes, headers=holder.headers)


def test_nothing_leaves_at_once_and_the_refusal_is_kept_and_told(ledger: LedgerUnderTest) -> None:
    savings, checking = pair(ledger)
    tell_rates(ledger)
    dollars = ledger.open_account(savings.owner_id, currency="USD")
    day = earliest(ledger)
    refused(savings.withdraw("1.00", key="once"), day)
    refused(savings.withdraw("1.00", key="once"), day)
    refused(savings.pay(checking, "1.00"), day)
    refused(savings.pay(dollars, "1.00"), day)
    staff = ledger.staff()
    payload = {"account_id": savings.account_id, "amount": "1.00"}
    refused(ledger.call("POST", "/api/transactions/withdraw", payload, headers=staff), day)
    item = {"type": "withdrawal", "account_id": savings.account_id, "amount": "1.00", "idempotency_key": "a"}
    batch = ledger.call("POST", "/api/transactions/batch", {"items": [item]}, headers=staff).json["data"][0]
    assert batch["error"]["error_code"] == "NOTICE_REQUIRED", batch
    told = ledger.call("GET", "/api/transactions/list?status=refused", headers=savings.headers).json["data"]
    assert {row["error_code"] for row in told} == {"NOTICE_REQUIRED"}
    assert savings.balance_minor == 1000_00
    assert savings.deposit("5.00").status_code == 201
    assert checking.deposit("5.00").status_code == 201
    assert checking.pay(savings, "5.00").status_code == 201
    ledger.check()


def test_a_payment_scheduled_with_notice_is_made_on_its_day_and_one_without_is_refused(
    ledger: LedgerUnderTest,
) -> None:
    savings, checking = pair(ledger)
    first, late = today(ledger) + timedelta(days=NOTICE), settled_day(ledger, NOTICE)
    too_soon = {
        "from_account_id": savings.account_id,
        "to_account_id": checking.account_id,
        "amount": "400.00",
        "execute_on": preceding_target_day(first - timedelta(days=1)).isoformat(),
    }
    refused(ledger.call("POST", SCHEDULED, too_soon, headers=savings.headers), first.isoformat())
    scheduled_payment(savings, checking, "400.00", late)
    go_to(ledger, late, 7)
    assert (savings.balance_minor, checking.balance_minor) == (600_00, 400_00)
    refused(savings.withdraw("1.00"), earliest(ledger))
    ledger.check()


def test_more_money_or_an_earlier_day_needs_the_notice_again_and_less_does_not(ledger: LedgerUnderTest) -> None:
    savings, checking = pair(ledger)
    late = settled_day(ledger, NOTICE + 5)
    order = scheduled_payment(savings, checking, "400.00", late)
    go_to(ledger, late - timedelta(days=10), 7)
    path, day = f"{SCHEDULED}/{order['id']}", earliest(ledger)
    refused(changed(ledger, savings, path, amount="401.00"), day)
    refused(changed(ledger, savings, path, execute_on=(late - timedelta(days=3)).isoformat()), day)
    assert changed(ledger, savings, path, amount="300.00", description="less").status_code == 200
    refused(changed(ledger, savings, path, amount="300.01"), day)
    go_to(ledger, late, 7)
    assert checking.balance_minor == 300_00
    ledger.check()


def test_a_standing_order_begins_after_the_notice_and_pausing_it_shortens_none(ledger: LedgerUnderTest) -> None:
    savings, checking = pair(ledger)
    soon, late = settled_day(ledger, 3), settled_day(ledger, NOTICE)
    refused(place_standing(savings, checking, "10.00", first_on=soon.isoformat()), earliest(ledger))
    order = made(place_standing(savings, checking, "10.00", first_on=late.isoformat(), frequency="weekly"))
    path = f"{STANDING}/{order['id']}"
    go_to(ledger, late + timedelta(days=8), 7)
    assert checking.balance_minor == 20_00
    assert ledger.call("POST", f"{path}/pause", {}, headers=savings.headers).status_code == 200
    assert changed(ledger, savings, path, amount="900.00").status_code == 200
    refused(ledger.call("POST", f"{path}/resume", {}, headers=savings.headers), earliest(ledger))
    again = settled_day(ledger, NOTICE + 2)
    assert changed(ledger, savings, path, first_on=again.isoformat()).status_code == 200
    assert ledger.call("POST", f"{path}/resume", {}, headers=savings.headers).status_code == 200
    go_to(ledger, again, 7)
    assert checking.balance_minor == 920_00
    ledger.check()


def a_friday(ledger: LedgerUnderTest) -> date:
    """A Friday to come on which banks settle, as they do on the Thursday before it and the Monday after it."""
    day = today(ledger) + timedelta(days=7)
    while day.weekday() != 4 or any(not is_target_day(day + timedelta(days=apart)) for apart in (-1, 0, 3)):
        day += timedelta(days=1)
    return day


def test_the_day_that_counts_is_the_one_on_which_an_order_is_paid(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, notice_days=2)
    checking = ledger.open_account()
    savings = ledger.open_account(checking.owner_id, account_type="savings", rate_plan="savings", deposit_minor=1000_00)
    friday = a_friday(ledger)
    go_to(ledger, friday, 5)
    sunday, saturday = ((friday + timedelta(days=apart)).isoformat() for apart in (2, 1))
    days = {"first_on": sunday, "last_on": sunday}
    refused(place_standing(savings, checking, "400.00", **days, execution_rule="preceding"), sunday, 2)
    path = f"{STANDING}/{made(place_standing(savings, checking, '400.00', **days))['id']}"
    refused(changed(ledger, savings, path, execution_rule="preceding"), sunday, 2)
    go_to(ledger, friday, 10)
    refused(place_standing(savings, checking, "400.00", **days, execution_rule="preceding"), sunday, 2)
    assert ledger.call("POST", f"{path}/pause", {}, headers=savings.headers).status_code == 200
    on_saturday = {"first_on": saturday, "last_on": saturday}
    monday = made(place_standing(savings, checking, "1.00", **on_saturday, execution_rule="following"))
    assert monday["next_on"] == (friday + timedelta(days=3)).isoformat()
    go_to(ledger, friday + timedelta(days=3), 7)
    assert checking.balance_minor == 1_00
    ledger.check()


def test_resuming_an_order_that_is_paid_before_its_day_needs_the_notice(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, notice_days=2)
    checking = ledger.open_account()
    savings = ledger.open_account(checking.owner_id, account_type="savings", rate_plan="savings", deposit_minor=1000_00)
    friday = a_friday(ledger)
    sunday = friday + timedelta(days=2)
    order = made(place_standing(savings, checking, "4.00", first_on=sunday.isoformat(), execution_rule="preceding"))
    path = f"{STANDING}/{order['id']}"
    assert ledger.call("POST", f"{path}/pause", {}, headers=savings.headers).status_code == 200
    go_to(ledger, friday, 5)
    refused(ledger.call("POST", f"{path}/resume", {}, headers=savings.headers), sunday.isoformat(), 2)
    go_to(ledger, sunday, 12)
    assert checking.balance_minor == 0


def test_cards_are_declined_and_direct_debits_returned(ledger: LedgerUnderTest) -> None:
    savings, _ = pair(ledger)
    declined = TestCard(savings).authorize("5.00", merchant=SHOP).json["data"]
    assert (declined["status"], declined["decline_code"]) == ("declined", "DO_NOT_HONOR")
    power, day = ledger.open_account(), settled_day(ledger, 3)
    mandate = agreed_mandate(power, savings)
    collected = made(collect_on(power, mandate["id"], "20.00", day))
    go_to(ledger, day, 7)
    ended = ledger.call("GET", f"{COLLECTIONS}/{collected['id']}", headers=savings.headers).json["data"]
    assert (ended["status"], ended["return_code"]) == ("returned", "MS03")
    assert savings.balance_minor == 1000_00
    ledger.check()


def test_staff_hold_nothing_of_it_and_capture_no_more_than_was_held_before(ledger: LedgerUnderTest) -> None:
    put_plan(ledger)
    savings = ledger.open_account(account_type="savings", rate_plan="savings", deposit_minor=1000_00)
    before, whole = placed(savings, "50.00"), placed(savings, "20.00")
    begins = today(ledger) + timedelta(days=1)
    number = (begins - date(1970, 1, 1)).days
    assert put_plan(ledger, version=2, notice_days=NOTICE, valid_from=number).status_code == 200
    go_to(ledger, begins, 12)
    day = earliest(ledger)
    refused(place(savings, "1.00", key="k"), day)
    refused(place(savings, "1.00", key="k"), day)
    refused(capture(savings, before["id"], amount="50.01", over_capture=True), day)
    assert figures(savings) == ("1000.00", "930.00", "70.00")
    assert capture(savings, before["id"], amount="30.00", final=False).status_code == 201
    refused(capture(savings, before["id"], amount="20.01", over_capture=True), day)
    assert capture(savings, before["id"]).status_code == 201
    assert capture(savings, whole["id"], over_capture=True).status_code == 201
    assert figures(savings) == ("930.00", "930.00", "0.00")
    ledger.check()


def test_what_the_bank_is_due_leaves_it_all_the_same(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, notice_days=NOTICE, monthly_fee_minor=1_00)
    savings = ledger.open_account(account_type="savings", rate_plan="savings", deposit_minor=1000_00)
    first = (today(ledger).replace(day=1) + timedelta(days=32)).replace(day=1)
    go_to(ledger, first, 12)
    assert savings.balance_minor == 999_00
    ledger.check()


def test_a_new_version_asks_for_notice_from_its_day_on_and_what_was_arranged_stays(ledger: LedgerUnderTest) -> None:
    put_plan(ledger)
    checking = ledger.open_account()
    savings = ledger.open_account(checking.owner_id, rate_plan="savings", deposit_minor=1000_00)
    begins = settled_day(ledger, 4)
    scheduled_payment(savings, checking, "10.00", begins)
    number = (begins - date(1970, 1, 1)).days
    assert put_plan(ledger, version=2, notice_days=7, valid_from=number).status_code == 200
    assert savings.pay(checking, "1.00").status_code == 201
    go_to(ledger, begins, 12)
    assert checking.balance_minor == 11_00
    refused(savings.pay(checking, "1.00"), earliest(ledger, 7), 7)
    assert put_plan(ledger, version=3, valid_from=number + 1).status_code == 200
    go_to(ledger, begins + timedelta(days=1), 12)
    assert savings.pay(checking, "1.00").status_code == 201
    ledger.check()


def test_an_order_that_could_not_be_paid_has_used_its_notice_up(ledger: LedgerUnderTest) -> None:
    savings, checking = pair(ledger)
    first = settled_day(ledger, NOTICE + 2)
    placed_order = place_standing(savings, checking, "9000.00", first_on=first.isoformat(), frequency="daily")
    order_id = placed_order.json["data"]["id"]
    go_to(ledger, first, 23)
    path = f"{STANDING}/{order_id}"
    told = ledger.call("GET", path, headers=savings.headers).json["data"]
    assert (told["status"], told["next_on"]) == ("failed", None)
    assert changed(ledger, savings, path, amount="1000.00").status_code == 409
    go_to(ledger, first + timedelta(days=5), 23)
    assert (savings.balance_minor, checking.balance_minor) == (1000_00, 0)
    ledger.check()
