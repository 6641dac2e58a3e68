"""Standing orders and scheduled payments: paid on their days, once each, and nothing is made up for."""

from datetime import date, datetime, timedelta

import pytest

from shared.identifiers import new_id
from shared.time.target_calendar import following_target_day, preceding_target_day
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import (
    PAYEES,
    SCHEDULED,
    STANDING,
    act,
    bank_now,
    executions,
    go_to,
    made,
    place_standing,
    read,
    scheduled_payment,
    settled_day,
    standing_order,
    told,
)
from transaction_service.orders.schedule import Schedule, add_months

pytestmark = pytest.mark.databases_in_turn


@pytest.fixture
def ada(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=1_000_000)


@pytest.fixture
def bob(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(holder_name="Bob Stone")


def _local(wire: str) -> datetime:
    return datetime.fromisoformat(wire)


def test_a_monthly_order_pays_each_month_at_six_on_a_day_on_which_banks_settle(
    ledger: LedgerUnderTest, ada: Holder, bob: Holder
) -> None:
    first = add_months(bank_now(ledger).date().replace(day=1), 1).replace(day=28) + timedelta(days=3)
    first = first.replace(day=1) - timedelta(days=1)  # the last of next month
    order = standing_order(ada, bob, "650.00", first, description="Rent")
    assert (order["status"], order["next_on"]) == ("active", following_target_day(first).isoformat())
    assert order["recipient"] == {"name": "B*** S***", "account_number": bob.number}
    go_to(ledger, add_months(first, 5), 23)
    days = [date.fromisoformat(row["due_on"]) for row in executions(ada, order["id"])]
    last_of = [add_months(first, months) for months in range(6)]
    assert days == [day for day in last_of if following_target_day(day) <= add_months(first, 5)]
    for row in executions(ada, order["id"]):
        when = _local(row["executed_at"]).astimezone(bank_now(ledger).tzinfo)
        assert when.date() == following_target_day(date.fromisoformat(row["due_on"]))
        assert (when.hour, when.minute, row["status"], row["attempts"]) == (6, 0, "completed", 1)
        entry = read(bob, f"/api/transactions/details/{row['transaction_id']}")
        assert (entry["type"], entry["amount"], entry["description"]) == ("standing_order", "650.00", "Rent")
        assert entry["effective_at"] == row["executed_at"]
        assert entry["initiated_by"] == {"kind": "bank", "name": None}
    assert bob.balance_minor == 65_000 * len(days)


def test_the_preceding_day_is_taken_where_the_order_says_so(ledger: LedgerUnderTest, ada: Holder, bob: Holder) -> None:
    sunday = bank_now(ledger).date() + timedelta(days=14 - bank_now(ledger).weekday() + 6)
    before = standing_order(ada, bob, "1.00", sunday, execution_rule="preceding", frequency="yearly")
    after = standing_order(ada, bob, "2.00", sunday, frequency="yearly")
    assert before["next_on"] == preceding_target_day(sunday).isoformat() < sunday.isoformat() < after["next_on"]
    go_to(ledger, sunday, 12)
    assert (len(executions(ada, before["id"])), len(executions(ada, after["id"]))) == (1, 0)


def test_with_too_little_money_it_tries_again_at_two_then_fails_and_says_so(
    ledger: LedgerUnderTest, bob: Holder
) -> None:
    poor = ledger.open_account(deposit_minor=1_000)
    day = settled_day(ledger, 3)
    saved, failing = (standing_order(poor, bob, amount, day, description="Rent") for amount in ("20.00", "500.00"))
    go_to(ledger, day, 10)
    waiting = read(poor, f"{STANDING}/{saved['id']}")
    assert (waiting["status"], waiting["is_retry"], executions(poor, saved["id"])) == ("active", True, [])
    assert _local(waiting["next_at"]).astimezone(bank_now(ledger).tzinfo).hour == 14
    assert poor.deposit("15.00").status_code == 201
    go_to(ledger, day, 15)
    (done,), (failed,) = executions(poor, saved["id"]), executions(poor, failing["id"])
    assert (done["status"], done["attempts"], done["error_code"]) == ("completed", 2, None)
    assert (failed["status"], failed["attempts"], failed["transaction_id"]) == ("failed", 2, None)
    assert failed["error_code"] == "INSUFFICIENT_FUNDS"
    assert _local(failed["executed_at"]).astimezone(bank_now(ledger).tzinfo).hour == 14
    (event,) = told(ledger, "order_failed")
    assert (event["user_id"], event["order_id"], event["due_on"]) == (poor.owner_id, failing["id"], day.isoformat())
    assert (event["amount_minor"], event["error_code"]) == (50_000, "INSUFFICIENT_FUNDS")
    assert read(poor, f"{STANDING}/{failing['id']}")["status"] == "active", "it pays next month"
    tried = read(poor, "/api/transactions/list?status=refused")
    assert [row["error_code"] for row in tried] == ["INSUFFICIENT_FUNDS"] * 3, "both times, for the holder to see"


def test_what_is_paused_is_left_out_and_not_made_up_for(ledger: LedgerUnderTest, ada: Holder, bob: Holder) -> None:
    first = settled_day(ledger, 2)
    order = standing_order(ada, bob, "10.00", first, frequency="weekly")
    path = f"{STANDING}/{order['id']}"
    go_to(ledger, first, 12)
    paused = act(ada, f"{path}/pause")
    assert (paused["status"], paused["next_on"], paused["next_at"]) == ("paused", None, None)
    assert act(ada, f"{path}/pause") == paused
    go_to(ledger, first + timedelta(days=22), 12)
    resumed = act(ada, f"{path}/resume")
    assert resumed["status"] == "active"
    assert resumed["next_on"] == following_target_day(first + timedelta(days=28)).isoformat()
    assert act(ada, f"{path}/resume") == resumed
    go_to(ledger, following_target_day(first + timedelta(days=28)), 12)
    assert [row["due_on"] for row in executions(ada, order["id"])] == [
        first.isoformat(),
        (first + timedelta(days=28)).isoformat(),
    ]
    assert bob.balance_minor == 2_000


def test_paused_between_the_two_attempts_of_a_day_nothing_is_paid_that_day(
    ledger: LedgerUnderTest, bob: Holder
) -> None:
    poor, day = ledger.open_account(deposit_minor=100), settled_day(ledger, 2)
    order = standing_order(poor, bob, "5.00", day)
    go_to(ledger, day, 10)
    act(poor, f"{STANDING}/{order['id']}/pause")
    assert poor.deposit("50.00").status_code == 201
    resumed = act(poor, f"{STANDING}/{order['id']}/resume")
    assert resumed["next_on"] == following_target_day(add_months(day, 1)).isoformat()
    go_to(ledger, day, 20)
    assert executions(poor, order["id"]) == []


def test_it_ends_with_its_last_day(ledger: LedgerUnderTest, ada: Holder, bob: Holder) -> None:
    first = settled_day(ledger, 1)
    last = first + timedelta(days=14)
    order = standing_order(ada, bob, "1.00", first, frequency="weekly", last_on=last.isoformat())
    go_to(ledger, last + timedelta(days=30))
    ended = read(ada, f"{STANDING}/{order['id']}")
    assert (ended["status"], ended["next_on"], len(executions(ada, order["id"]))) == ("completed", None, 3)
    assert [event["status"] for event in told(ledger, "order_changed")] == ["completed"]
    for action in ("pause", "resume"):
        refused = ledger.call("POST", f"{STANDING}/{order['id']}/{action}", {}, headers=ada.headers)
        assert (refused.status_code, refused.json["error_code"]) == (409, "ORDER_ENDED")
        assert refused.json["details"] == {"status": "completed"}


def test_changes_count_from_now_on(ledger: LedgerUnderTest, ada: Holder, bob: Holder) -> None:
    first = settled_day(ledger, 2)
    order = standing_order(ada, bob, "10.00", first, frequency="weekly", last_on=(first + timedelta(60)).isoformat())
    path = f"{STANDING}/{order['id']}"
    go_to(ledger, first, 12)
    changed = act(ada, path, "PUT", {"amount": "12.00", "description": "More", "frequency": "daily", "last_on": None})
    assert (changed["amount"], changed["description"], changed["last_on"]) == ("12.00", "More", None)
    assert changed["next_on"] == following_target_day(first + timedelta(days=1)).isoformat()
    go_to(ledger, first + timedelta(days=10), 12)
    rows = executions(ada, order["id"])
    assert [row["amount"] for row in rows][:2] == ["10.00", "12.00"]
    days = [date.fromisoformat(row["due_on"]) for row in rows]
    assert days == [first + timedelta(days=number) for number in range(len(days))], "each of them once"
    assert days[-1] >= first + timedelta(days=6)
    assert [row["id"] for row in read(ada, f"{path}/executions?limit=3")] == [row["id"] for row in rows[:-4:-1]]
    assert [row["id"] for row in read(ada, f"{path}/executions?after={rows[1]['id']}")] == [r["id"] for r in rows[2:]]


def test_a_scheduled_payment_is_made_on_its_day_once(ledger: LedgerUnderTest, ada: Holder, bob: Holder) -> None:
    day = settled_day(ledger, 5)
    payment = scheduled_payment(ada, bob, "80.00", day, description="Deposit")
    assert (payment["status"], payment["execute_on"]) == ("active", day.isoformat())
    later = settled_day(ledger, 9)
    moved = scheduled_payment(ada, bob, "5.00", day)
    act(ada, f"{SCHEDULED}/{moved['id']}", "PUT", {"execute_on": later.isoformat(), "amount": "6.00"})
    cancelled = scheduled_payment(ada, bob, "7.00", day)
    assert act(ada, f"{SCHEDULED}/{cancelled['id']}", "DELETE")["status"] == "cancelled"
    go_to(ledger, day, 12)
    assert read(ada, f"{SCHEDULED}/{payment['id']}")["status"] == "completed"
    assert bob.balance_minor == 8_000
    (entry,) = read(bob, f"/api/transactions/account/{bob.account_id}")
    assert (entry["type"], entry["description"]) == ("transfer", "Deposit")
    go_to(ledger, later, 12)
    assert bob.balance_minor == 8_600
    assert [row["status"] for row in read(ada, SCHEDULED)] == ["cancelled", "completed", "completed"]
    assert [row["id"] for row in read(ada, f"{SCHEDULED}?status=cancelled")] == [cancelled["id"]]


def test_what_is_for_today_is_paid_at_once_and_without_money_it_has_failed_by_the_evening(
    ledger: LedgerUnderTest, ada: Holder, bob: Holder
) -> None:
    day = settled_day(ledger, 1)
    go_to(ledger, day, 15)
    done = scheduled_payment(ada, bob, "1.00", day)
    failed = scheduled_payment(bob, ada, "500.00", day)
    go_to(ledger, day, 15, 1)
    assert read(ada, f"{SCHEDULED}/{done['id']}")["status"] == "completed"
    assert read(bob, f"{SCHEDULED}/{failed['id']}")["status"] == "failed"
    assert [event["order_id"] for event in told(ledger, "order_failed")] == [failed["id"]]


def test_the_customers_limits_bind_what_they_ordered(ledger: LedgerUnderTest, bob: Holder) -> None:
    strict = ledger.open_account(movement_limit_minor=5_000, daily_limit_minor=8_000)
    for _ in range(3):
        assert strict.deposit("50.00").status_code == 201
    day = settled_day(ledger, 2)
    orders = [standing_order(strict, bob, "50.00", day) for _ in range(2)]
    above = place_standing(strict, bob, "50.01", first_on=day.isoformat())
    assert (above.status_code, above.json["error_code"]) == (400, "MOVEMENT_LIMIT_EXCEEDED")
    go_to(ledger, day, 12)
    codes = sorted(str(executions(strict, order["id"])[0]["error_code"]) for order in orders)
    assert codes == ["DAILY_LIMIT_EXCEEDED", "None"]
    assert bob.balance_minor == 5_000


def test_closing_the_account_ends_what_pays_from_it_and_what_pays_into_it_fails(
    ledger: LedgerUnderTest, ada: Holder
) -> None:
    leaving, day = ledger.open_account(), settled_day(ledger, 3)
    own = [standing_order(leaving, ada, "1.00", day), scheduled_payment(leaving, ada, "1.00", day)]
    act(leaving, f"{STANDING}/{own[0]['id']}/pause")
    into = standing_order(ada, leaving, "1.00", day)
    status = f"/internal/ledger/accounts/{leaving.account_id}/status"
    assert ledger.call("PUT", status, {"status": "closed"}, headers=ledger.service).status_code == 200
    assert read(leaving, f"{STANDING}/{own[0]['id']}")["status"] == "cancelled"
    assert read(leaving, f"{SCHEDULED}/{own[1]['id']}")["status"] == "cancelled"
    ended = [event["order_id"] for event in told(ledger, "order_changed") if event["status"] == "cancelled"]
    assert sorted(ended) == sorted(order["id"] for order in own)
    go_to(ledger, day, 12)
    assert [row["error_code"] for row in executions(ada, into["id"])] == ["ACCOUNT_CLOSED"]


def test_the_same_key_places_one_order_and_another_request_is_refused(
    ledger: LedgerUnderTest, ada: Holder, bob: Holder
) -> None:
    day, key = settled_day(ledger, 3).isoformat(), new_id()
    first, again = (place_standing(ada, bob, "1.00", first_on=day, key=key) for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = place_standing(ada, bob, "2.00", first_on=day, key=key)
    assert (other.status_code, other.json["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(read(ada, STANDING)) == 1


def test_a_payee_names_the_recipient_and_what_the_payment_says(
    ledger: LedgerUnderTest, ada: Holder, bob: Holder
) -> None:
    payload = {"name": "My landlord", "account_number": bob.number, "reference": "Flat 7"}
    payee = made(ledger.call("POST", PAYEES, payload, headers=ada.headers))
    order = standing_order(ada, bob, "1.00", settled_day(ledger, 1), to_account_number=None, payee_id=payee["id"])
    assert order["recipient"] == {"name": "My landlord", "account_number": bob.number}
    assert order["description"] == "Flat 7"
    act(ada, f"{PAYEES}/{payee['id']}", "PUT", {"reference": ""})
    standing_order(ada, bob, "2.00", settled_day(ledger, 2), to_account_number=None, payee_id=payee["id"])
    upcoming = [row["description"] for row in read(ada, "/api/transactions/upcoming")]
    assert upcoming == ["Flat 7", "My landlord"], "what says nothing is known by its payee"
    theirs = place_standing(bob, ada, "1.00", first_on="2030-01-01", to_account_number=None, payee_id=payee["id"])
    assert theirs.status_code == 404


def test_what_cannot_be_ordered_is_refused_with_the_field(ledger: LedgerUnderTest, ada: Holder, bob: Holder) -> None:
    today = bank_now(ledger).date()
    cases = {
        "first_on": {"first_on": (today - timedelta(days=1)).isoformat()},
        "last_on": {"first_on": "2030-01-31", "last_on": "2030-01-30"},
        "frequency": {"first_on": "2030-01-31", "frequency": "hourly"},
        "payee_id": {"first_on": "2030-01-31", "to_account_id": bob.account_id},
        "amount": {"first_on": "2030-01-31", "amount": "1.001"},
    }
    for field, facts in cases.items():
        refused = place_standing(ada, bob, **{"amount": "1.00", **facts})
        assert (refused.status_code, list(refused.json["details"]["fields"])) == (422, [field]), facts
    for nonsense in ("2030-02-30", "tomorrow", 20300101, None, "9999-01-01", "2030-01-31T00:00:00Z", "2030-W01-1"):
        refused = place_standing(ada, bob, "1.00", first_on=nonsense)
        assert (refused.status_code, list(refused.json["details"]["fields"])) == (422, ["first_on"]), nonsense
    refused = place_standing(ada, ada, "1.00", first_on="2030-01-31")
    assert (refused.status_code, refused.json["error_code"]) == (400, "SAME_ACCOUNT")


def test_nobody_else_sees_or_changes_an_order_and_staff_act_for_the_customer(
    ledger: LedgerUnderTest, ada: Holder, bob: Holder
) -> None:
    order = standing_order(ada, bob, "1.00", settled_day(ledger, 3))
    path = f"{STANDING}/{order['id']}"
    for method, where, payload in (
        ("GET", path, None),
        ("PUT", path, {"amount": "2.00"}),
        ("DELETE", path, None),
        ("POST", f"{path}/pause", {}),
        ("POST", f"{path}/resume", {}),
        ("GET", f"{path}/executions", None),
    ):
        assert ledger.call(method, where, payload, headers=bob.headers).status_code == 404, where
        simulation = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
        assert ledger.call(method, where, payload, headers=simulation).status_code in (403, 404), where
    assert read(bob, STANDING) == []
    assert read(ada, path) == order
    (listed,) = ledger.call("GET", f"{STANDING}?account_id={ada.account_id}", headers=ledger.staff()).json["data"]
    assert {**listed, "recipient": order["recipient"]} == order
    assert listed["recipient"]["account_number"] == bob.number, "staff see who is paid"
    assert ledger.call("POST", f"{path}/pause", {}, headers=ledger.staff()).status_code == 200
    own_interest = ledger.keys.headers(bob.owner_id, role="employee")
    refused = ledger.call("POST", f"{path}/resume", {}, headers=own_interest)
    assert (refused.status_code, refused.json["error_code"]) == (403, "OWN_INTEREST")
    assert [row["id"] for row in read(ada, "/api/transactions/upcoming")] == []
    act(ada, f"{path}/resume")
    (row,) = read(ada, "/api/transactions/upcoming")
    assert (row["id"], row["kind"], row["amount"]) == (order["id"], "standing_order", "1.00")


def test_one_order_funds_the_next_of_the_same_day_and_what_is_later_waits(ledger: LedgerUnderTest) -> None:
    """A daily order pays a second person who pays a third: were a later day done first, there would be no money."""
    first, second, third = ledger.open_account(deposit_minor=1_000), ledger.open_account(), ledger.open_account()
    start = settled_day(ledger, 1)
    daily = standing_order(first, second, "1.00", start, frequency="daily")
    onward = standing_order(second, third, "1.00", start, frequency="daily")
    go_to(ledger, start + timedelta(days=40))
    days = [row["due_on"] for row in executions(first, daily["id"]) if row["status"] == "completed"]
    assert days == [(start + timedelta(days=number)).isoformat() for number in range(10)]
    passed_on = [row["due_on"] for row in executions(second, onward["id"]) if row["status"] == "completed"]
    assert passed_on == days
    assert third.balance_minor == 1_000


def test_the_days_of_the_schedule_are_those_of_the_calendar() -> None:
    january = Schedule(date(2028, 1, 31), frequency="monthly")
    days = [january.first_on]
    while len(days) < 5:
        following = january.day_after(days[-1])
        assert following is not None
        days.append(following)
    assert days == [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30), date(2028, 5, 31)]
