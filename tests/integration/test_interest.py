"""Interest and fees: accrued day by day, posted on the first, once, corrected when an entry was backdated."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from shared.time import clock
from shared.time.business_days import day_start_us
from tests.holds import figures
from tests.ledgers import Holder, LedgerUnderTest
from tests.plans import day_number, entries_of, first_after, go_to, put_plan, standing_of, today
from transaction_service.models import interest_periods

pytestmark = pytest.mark.databases_in_turn


def _saver(ledger: LedgerUnderTest, deposit_minor: int = 0, plan: str = "savings", **facts: object) -> Holder:
    return ledger.open_account(deposit_minor=deposit_minor, rate_plan=plan, **facts)


def _shown(account: Holder) -> list[tuple[str, str, str]]:
    return [(row["type"], row["amount"], row["description"]) for row in entries_of(account)]


def _rounded(numerator: int, denominator: int) -> str:
    """A share of cents as an amount, half to even."""
    minor, rest = divmod(numerator, denominator)
    minor += 2 * rest > denominator or (2 * rest == denominator and minor % 2 == 1)
    return f"{minor // 100}.{minor % 100:02d}"


def _at_noon(day: date) -> str:
    return clock.to_wire(day_start_us(day) + 12 * 3600 * clock.MICROSECONDS)


def test_interest_of_the_days_since_the_account_opened_is_posted_on_the_first(ledger: LedgerUnderTest) -> None:
    assert put_plan(ledger, credit_rate=20_000).status_code == 200
    opened = today(ledger)
    ada = _saver(ledger, 1_000_000)
    first = first_after(opened)
    go_to(ledger, first)
    (posted,) = entries_of(ada)
    days = (first - opened).days
    assert posted["amount"] == _rounded(1_000_000 * 2 * days, 100 * 365)
    assert (posted["type"], posted["description"], posted["direction"]) == ("interest", "Interest", "in")
    assert posted["effective_at"] == clock.to_wire(day_start_us(first)), "as the day begins, whenever it was done"
    assert (posted["initiated_by"]["kind"], posted["category"]) == ("bank", None)
    second = first_after(first)
    go_to(ledger, second)
    minor = 1_000_000 + int(posted["amount"].replace(".", ""))
    assert entries_of(ada)[1]["amount"] == _rounded(minor * 2 * (second - first).days, 100 * 365), "on interest too"


def test_what_is_to_come_says_what_interest_is_posted_if_nothing_moves(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=20_000, debit_rate=99_000)
    put_plan(ledger, "quarterly", credit_rate=35_000, paid="quarterly")
    ada = _saver(ledger, 1_000_000)
    other = ledger.open_account(ada.owner_id, deposit_minor=2_000_000, rate_plan="quarterly")
    empty = ledger.open_account(ada.owner_id, rate_plan="savings")

    def coming(query: str = "") -> list[dict[str, Any]]:
        path = f"/api/transactions/upcoming?limit=10{query}"
        rows = ledger.call("GET", path, headers=ada.headers).json["data"]
        return [row for row in rows if row["kind"] == "interest"]

    expected = coming()
    assert [row["account_id"] for row in expected if row["account_id"] == empty.account_id] == []
    assert {row["account_id"] for row in expected} == {ada.account_id, other.account_id}
    first = first_after(today(ledger))
    assert [row["account_id"] for row in coming(f"&account_id={other.account_id}")] == [other.account_id]
    assert [row["account_id"] for row in coming(f"&after={expected[0]['id']}")] == [expected[1]["account_id"]]
    assert coming(f"&until={today(ledger)}") == []
    go_to(ledger, first + timedelta(days=95))
    for row, holder in ((row, one) for row in expected for one in (ada, other) if row["account_id"] == one.account_id):
        posted = entries_of(holder)[0]
        assert (row["amount"], row["due_at"]) == (posted["amount"], posted["effective_at"])
        assert (row["description"], row["currency"], row["direction"]) == ("Interest, estimated", "EUR", "in")


def test_the_rate_changes_from_a_day_on_and_not_before(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=10_000)
    ada = _saver(ledger, 1_000_000)
    first, second = first_after(today(ledger)), first_after(today(ledger), 2)
    go_to(ledger, first)
    changes_on = first + timedelta(days=9)
    changed = put_plan(ledger, version=2, valid_from=day_number(changes_on), credit_rate=50_000)
    assert changed.json["data"]["valid_from"] == day_number(changes_on)
    assert standing_of(ada)["credit_rate"] == "1.00"
    go_to(ledger, changes_on)
    assert standing_of(ada)["credit_rate"] == "5.00"
    go_to(ledger, second)
    minor = ada.balance_minor - int(entries_of(ada)[1]["amount"].replace(".", ""))
    numerator = minor * (9 * 1 + ((second - changes_on).days) * 5)
    assert entries_of(ada)[1]["amount"] == _rounded(numerator, 100 * 365)


def test_a_version_never_changes_days_that_have_begun_and_is_taken_once(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=10_000)
    late = put_plan(ledger, version=2, valid_from=3, credit_rate=50_000)
    assert late.json["data"]["valid_from"] == day_number(today(ledger))
    again = put_plan(ledger, version=2, valid_from=3, credit_rate=50_000)
    assert (again.status_code, again.json["data"]["valid_from"]) == (200, late.json["data"]["valid_from"])
    other = put_plan(ledger, version=2, valid_from=3, credit_rate=60_000)
    assert (other.status_code, other.json["error_code"]) == (409, "PLAN_CONFLICT")


@pytest.mark.parametrize(
    "terms",
    [
        {"credit_rate": -1},
        {"credit_rate": 1_000_001},
        {"day_count": "act/act"},
        {"paid": "weekly"},
        {"monthly_fee_minor": -1},
        {"overdraft_limit_minor": 10**12},
        {"valid_from": 3_000_000},
        {"tiers": [{"from_minor": 5, "rate": 1}, {"from_minor": 5, "rate": 2}]},
        {"credit_rate": "2"},
    ],
    ids=str,
)
def test_a_plan_that_cannot_be_is_refused(ledger: LedgerUnderTest, terms: dict[str, object]) -> None:
    assert put_plan(ledger, **terms).status_code == 422


def test_tiers_and_a_minimum_balance_are_of_each_day(ledger: LedgerUnderTest) -> None:
    tiers = [{"from_minor": 100_000, "rate": 20_000}, {"from_minor": 500_000, "rate": 0}]
    put_plan(ledger, credit_rate=10_000, tiers=tiers, minimum_balance_minor=50_000)
    opened = today(ledger)
    poor, some, rich = (_saver(ledger, minor) for minor in (49_999, 50_000, 900_000))
    yen = _saver(ledger, 900_000, currency="JPY")
    go_to(ledger, first_after(opened))
    days = (first_after(opened) - opened).days
    assert entries_of(poor) == []
    assert entries_of(some)[0]["amount"] == _rounded(50_000 * days, 100 * 365)
    assert entries_of(rich)[0]["amount"] == _rounded((100_000 + 400_000 * 2) * days, 100 * 365)
    plain = int(_rounded(900_000 * days, 100 * 365).replace(".", ""))
    assert entries_of(yen)[0]["amount"] == str(plain), "amounts of a plan are in its own currency"


def test_an_overdraft_owes_interest_and_fees_even_below_the_floor(ledger: LedgerUnderTest) -> None:
    put_plan(
        ledger,
        "overdraft",
        debit_rate=100_000,
        overdraft_limit_minor=50_000,
        monthly_fee_minor=490,
        overdraft_fee_minor=500,
    )
    opened = today(ledger)
    ada, bob = _saver(ledger, 10_000, "overdraft"), _saver(ledger, 10_000, "overdraft")
    assert figures(ada)[1] == "600.00", "the overdraft is there from the first moment on"
    assert ada.withdraw("600.01").json["error_code"] == "INSUFFICIENT_FUNDS"
    assert ada.withdraw("600.00").status_code == 201
    go_to(ledger, first_after(opened))
    owed = _rounded(50_000 * (first_after(opened) - opened).days, 10 * 365)
    assert _shown(ada) == [
        ("interest_charge", owed, "Interest charged"),
        ("fee", "4.90", "Account fee"),
        ("fee", "5.00", "Overdraft fee"),
    ]
    assert _shown(bob) == [("fee", "4.90", "Account fee")]
    assert ada.balance_minor == -50_000 - 990 - int(owed.replace(".", ""))
    assert ada.withdraw("0.01").json["error_code"] == "INSUFFICIENT_FUNDS"
    assert standing_of(ada)["overdraft_limit"] == "500.00"
    assert standing_of(ada)["debit_rate"] == "10.00"


def test_an_overdraft_that_a_new_version_grants_or_takes_away_is_there_on_its_day(ledger: LedgerUnderTest) -> None:
    put_plan(ledger)
    ada = _saver(ledger, 10_000)
    begins, ends = today(ledger) + timedelta(days=20), today(ledger) + timedelta(days=40)
    put_plan(ledger, version=2, valid_from=day_number(begins), overdraft_limit_minor=50_000)
    put_plan(ledger, version=3, valid_from=day_number(ends), overdraft_limit_minor=20_000)
    go_to(ledger, begins - timedelta(days=1))
    assert figures(ada)[1] == "100.00"
    go_to(ledger, begins)
    assert figures(ada)[1] == "600.00"
    assert ada.withdraw("550.00").status_code == 201
    go_to(ledger, ends)
    assert figures(ada) == ("-450.00", "-250.00", "0.00"), "what was paid stays paid"
    assert ada.deposit("100.00").status_code == 201
    assert ada.withdraw("0.01").json["error_code"] == "INSUFFICIENT_FUNDS"


def test_an_entry_backdated_into_a_posted_month_corrects_it_with_the_next(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=36_500)
    ada, bob = (_saver(ledger, 1_000_000, synthetic=True) for _ in range(2))
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    first, second, third = (first_after(today(ledger), months) for months in (1, 2, 3))
    go_to(ledger, second)
    was = [int(row["amount"].replace(".", "")) for row in entries_of(ada)]
    back = {"account_id": ada.account_id, "amount": "10000.00", "effective_at": _at_noon(second - timedelta(days=5))}
    assert ledger.call("POST", "/api/transactions/deposit", back, headers=simulator).status_code == 201
    out = {"account_id": bob.account_id, "amount": "10000.00", "effective_at": _at_noon(first)}
    assert ledger.call("POST", "/api/transactions/withdraw", out, headers=simulator).status_code == 201
    go_to(ledger, third)
    days = (third - second).days
    of_ada = 1_000_000 + 1_000_000 + sum(was)
    earned = int(_rounded(of_ada * 365 * days, 10_000 * 365).replace(".", ""))
    again = int(
        _rounded((1_000_000 + was[0]) * 365 * (second - first).days + 1_000_000 * 365 * 5, 3_650_000).replace(".", "")
    )
    assert entries_of(ada)[2]["amount"] == f"{(earned + again - was[1]) / 100:.2f}"
    (charged,) = [row for row in entries_of(bob) if row["type"] == "interest_charge"]
    assert charged["amount"] > "20.00", "what was not earned after all is taken back"


def test_a_quarter_is_rounded_once_and_fees_go_on_monthly(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=1_000, paid="quarterly", monthly_fee_minor=1)
    go_to(ledger, first_after(today(ledger), 12).replace(month=1))
    year = today(ledger).year
    ada = _saver(ledger, 100_000)
    go_to(ledger, date(year, 4, 1))
    interest = [row for row in entries_of(ada) if row["type"] == "interest"]
    assert [row["effective_at"] for row in interest] == [clock.to_wire(day_start_us(date(year, 4, 1)))]
    assert [row["amount"] for row in entries_of(ada) if row["type"] == "fee"] == ["0.01"] * 3
    days = [(date(year, 2, 1) - date(year, 1, 1)).days, (date(year, 3, 1) - date(year, 2, 1)).days, 31]
    numerator = sum(count * (100_000 - fees) for fees, count in enumerate(days))
    assert interest[0]["amount"] == _rounded(numerator, 1_000 * 365)


def test_interest_of_a_frozen_account_is_posted_when_it_is_open_again(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=36_500)
    ada = _saver(ledger, 1_000_000)
    opened, first, second = today(ledger), first_after(today(ledger)), first_after(today(ledger), 2)

    def become(status: str) -> None:
        path = f"/internal/ledger/accounts/{ada.account_id}/status"
        assert ledger.call("PUT", path, {"status": status}, headers=ledger.service).status_code == 200

    become("frozen")
    go_to(ledger, first)
    assert (entries_of(ada), ada.balance_minor) == ([], 1_000_000)
    assert standing_of(ada)["accrued_interest"] == f"{(first - opened).days}.00"
    become("open")
    go_to(ledger, second)
    assert _shown(ada) == [("interest", f"{(second - opened).days}.00", "Interest")]


def test_an_account_tells_what_has_accrued_until_yesterday(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=36_500, debit_rate=36_500, overdraft_limit_minor=10**6)
    ada, bob, nobody = _saver(ledger, 999_999), _saver(ledger), ledger.open_account(deposit_minor=10**6)
    assert bob.withdraw("5000.00").status_code == 201
    go_to(ledger, first_after(today(ledger)))
    assert standing_of(ada)["accrued_interest"] == "0.00"
    go_to(ledger, today(ledger) + timedelta(days=3))
    assert standing_of(ada)["accrued_interest"] == "3.00"
    assert standing_of(bob)["accrued_overdraft_interest"] == "1.50"
    assert standing_of(nobody)["accrued_interest"] == "0.00"


def test_an_account_that_existed_before_its_plan_earns_from_the_day_that_it_is_put_on_it(
    ledger: LedgerUnderTest,
) -> None:
    put_plan(ledger, credit_rate=36_500, overdraft_limit_minor=7_000)
    ada = ledger.open_account(deposit_minor=1_000_000)
    first = first_after(today(ledger))
    put_on = first + timedelta(days=10)
    go_to(ledger, put_on)
    terms = {
        "version": 2,
        "holder_name": "Ada Lovelace",
        "floor_minor": 0,
        "movement_limit_minor": 10**8,
        "daily_limit_minor": 10**10,
        "rate_plan": "savings",
    }
    path = f"/internal/ledger/accounts/{ada.account_id}/terms"
    answer = ledger.call("PUT", path, terms, headers=ledger.service)
    assert answer.json["data"]["floor_minor"] == -7_000
    go_to(ledger, first_after(first))
    assert _shown(ada) == [("interest", f"{(first_after(first) - put_on).days}.00", "Interest")]


def test_a_closed_account_earns_nothing_and_pays_no_fees(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=36_500, monthly_fee_minor=100)
    ada, bob = _saver(ledger), _saver(ledger, 10_000)
    path = f"/internal/ledger/accounts/{ada.account_id}/status"
    assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 200
    go_to(ledger, first_after(today(ledger)))
    assert (entries_of(ada), [row["type"] for row in entries_of(bob)]) == ([], ["interest", "fee"])


def test_many_accounts_are_settled_slice_by_slice_each_once(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transaction_service.interest.settlement._ACCOUNTS_AT_ONCE", 3)
    monkeypatch.setattr("transaction_service.interest.overdraft_limits._ACCOUNTS_AT_ONCE", 2)
    monkeypatch.setattr("transaction_service.interest.runs._POSITIONS_AT_ONCE", 2)
    put_plan(ledger, credit_rate=36_500)
    holders = [_saver(ledger, 1_000_000) for _ in range(7)]
    opened, first = today(ledger), first_after(today(ledger))
    put_plan(ledger, version=2, valid_from=day_number(first), credit_rate=36_500, overdraft_limit_minor=5_000)
    go_to(ledger, first)
    assert [_shown(one) for one in holders] == [[("interest", f"{(first - opened).days}.00", "Interest")]] * 7
    assert {standing_of(one)["overdraft_limit"] for one in holders} == {"50.00"}


def test_the_proof_names_an_account_whose_interest_was_altered(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=36_500)
    ada = _saver(ledger, 1_000_000)
    go_to(ledger, first_after(today(ledger)))

    def change(by: int) -> None:
        with ledger.app.extensions["context"].database.write() as connection:
            more = interest_periods.c.credit_minor + by
            connection.execute(update(interest_periods).values(credit_minor=more))

    change(1)
    found = ledger.call("GET", "/internal/ledger/proof", headers=ledger.service).json["data"]["findings"]
    assert {(one["check"], one["record"]) for one in found} == {
        ("interest is what the balances of its days come to", ada.account_id),
        ("interest was posted as it was settled", ada.account_id),
    }
    change(-1)


def test_the_list_of_what_falls_due_tells_of_the_next_interest(ledger: LedgerUnderTest) -> None:
    put_plan(ledger, credit_rate=36_500, valid_from=0)
    go_to(ledger, today(ledger) + timedelta(days=1))
    (row,) = ledger.call("GET", "/api/transactions/clock/due", headers=ledger.staff()).json["data"]
    assert (row["kind"], row["account_id"], row["amount"]) == ("interest", None, None)
    assert row["due_at"] == clock.to_wire(day_start_us(first_after(today(ledger))))
