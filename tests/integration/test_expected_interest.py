"""What interest is to come: as it will be posted, what is paid and what is charged apart, at a cost that is bounded."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.time import clock
from shared.time.business_days import day_start_us
from tests.ledgers import Holder, LedgerUnderTest
from tests.plans import entries_of, first_after, go_to, put_plan, standing_of, today
from transaction_service.interest import daily_changes

pytestmark = pytest.mark.databases_in_turn
HOUR_US = 3600 * clock.MICROSECONDS


def coming(account: Holder, query: str = "") -> list[dict[str, Any]]:
    path = f"/api/transactions/upcoming?limit=50{query}"
    rows = account.ledger.call("GET", path, headers=account.headers).json["data"]
    return [row for row in rows if row["kind"] == "interest"]


def moved(account: Holder, action: str, amount: str, day: Any) -> None:
    """Move money on a synthetic account at noon of a day."""
    payload = {"account_id": account.account_id, "amount": amount}
    payload["effective_at"] = clock.to_wire(day_start_us(day) + 12 * HOUR_US)
    headers = account.ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    reply = account.ledger.call("POST", f"/api/transactions/{action}", payload, headers=headers)
    assert reply.status_code == 201, reply.text


def amounts(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((row["direction"], row["amount"]) for row in rows)


def posted(account: Holder, day: Any) -> list[tuple[str, str]]:
    rows = [row for row in entries_of(account) if row["effective_at"] == clock.to_wire(day_start_us(day))]
    return sorted((row["direction"], row["amount"]) for row in rows if row["type"] != "fee")


def overdrawn(ledger: LedgerUnderTest, **plan: Any) -> Holder:
    """A synthetic account that may be overdrawn, with money on it."""
    put_plan(ledger, credit_rate=20_000, debit_rate=99_000, overdraft_limit_minor=1000_000_00, **plan)
    return ledger.open_account(deposit_minor=100_000_00, rate_plan="savings", synthetic=True)


def test_what_is_earned_and_what_is_owed_are_two_postings_each_with_its_direction(ledger: LedgerUnderTest) -> None:
    account = overdrawn(ledger)
    first = first_after(today(ledger))
    go_to(ledger, first + timedelta(days=10))
    moved(account, "withdraw", "150000.00", first + timedelta(days=9))
    rows, second = coming(account), first_after(first)
    assert [row["direction"] for row in rows].count("in") == [row["direction"] for row in rows].count("out") == 1
    assert {row["description"] for row in rows} == {"Interest, estimated", "Overdraft interest, estimated"}
    go_to(ledger, second)
    assert amounts(rows) == posted(account, second)
    ledger.check()


@pytest.mark.parametrize("paid", ["monthly", "quarterly"])
def test_what_was_backdated_into_settled_days_is_in_the_estimate(ledger: LedgerUnderTest, paid: str) -> None:
    account = overdrawn(ledger, paid=paid)
    months = {"monthly": 1, "quarterly": (3 - (today(ledger).month - 1) % 3)}[paid]
    settled = first_after(today(ledger), months)
    go_to(ledger, settled + timedelta(days=2))
    assert len(posted(account, settled)) == 1
    moved(account, "withdraw", "400000.00", settled - timedelta(days=3))
    before = coming(account)
    if paid == "quarterly":  # a run that is not theirs only notes it
        go_to(ledger, first_after(settled) + timedelta(days=1))
        assert amounts(coming(account)) == amounts(before)
    until = first_after(settled, {"monthly": 1, "quarterly": 3}[paid])
    assert amounts(before) == amounts(coming(account))
    go_to(ledger, until)
    assert amounts(before) == posted(account, until)
    ledger.check()


def test_a_posting_keeps_its_id_and_the_next_one_has_another(ledger: LedgerUnderTest) -> None:
    account = overdrawn(ledger)
    other = ledger.open_account(account.owner_id, deposit_minor=50_000_00, rate_plan="savings")
    rows = coming(account)
    assert {row["account_id"] for row in rows} == {account.account_id, other.account_id}
    assert [row["id"] for row in coming(account)] == [row["id"] for row in rows]
    path = "/api/transactions/upcoming?limit=1"
    page = ledger.call("GET", path, headers=account.headers).json
    assert account.deposit("100.00").status_code == 201  # amounts change, places do not
    rest = ledger.call("GET", f"{path}&cursor={page['next_cursor']}", headers=account.headers).json
    assert [row["id"] for row in (*page["data"], *rest["data"])] == [row["id"] for row in rows]
    assert rest["next_cursor"] is None
    assert [row["id"] for row in coming(account, f"&after={rows[0]['id']}")] == [rows[1]["id"]]
    go_to(ledger, first_after(today(ledger)))
    later = coming(account)
    assert not {row["id"] for row in later} & {row["id"] for row in rows}
    gone = f"/api/transactions/upcoming?after={rows[0]['id']}"
    assert ledger.call("GET", gone, headers=account.headers).status_code == 422


def test_of_very_many_movements_the_newest_are_read(ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    account = overdrawn(ledger)
    first = first_after(today(ledger))
    go_to(ledger, first + timedelta(days=12))
    moved(account, "withdraw", "50000.00", first + timedelta(days=1))
    for day in range(2, 8):
        moved(account, "deposit", "1000.00", first + timedelta(days=day))
    whole, accrued = coming(account), standing_of(account)["accrued_interest"]
    monkeypatch.setattr(daily_changes, "MOST_POSTINGS", 3)
    (cut,) = coming(account)
    # Days before the newest three are taken to have ended with what those began with: 53,000.00 and interest.
    assert (cut["direction"], cut["id"]) == ("in", whole[0]["id"])
    assert Decimal(cut["amount"]) < Decimal(whole[0]["amount"])
    assert Decimal(standing_of(account)["accrued_interest"]) < Decimal(accrued), "and so is what has accrued by now"
    monkeypatch.setattr(daily_changes, "MOST_POSTINGS", 9)
    assert (coming(account), standing_of(account)["accrued_interest"]) == (whole, accrued)


def test_a_day_on_which_very_much_moves_counts(ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest movements may be of one day, of which more are not read: earlier days have ended before those."""
    account = overdrawn(ledger)
    go_to(ledger, first_after(today(ledger)) + timedelta(days=12))
    accrued = standing_of(account)["accrued_interest"]
    assert Decimal(accrued) > 0
    for _ in range(4):
        assert account.deposit("900000.00").status_code == 201
    monkeypatch.setattr(daily_changes, "MOST_POSTINGS", 3)
    assert standing_of(account)["accrued_interest"] == accrued
