"""What dashboards draw, over HTTP: it comes to the balances, and belongs to whoever asks."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared import services
from tests.reporting_bank import Customer, ReportingBank, payment, reporting_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    """Rent each month of half a year, food in two of them, something saved."""
    ada, shop = bank.customer("1000.00", "50.00"), bank.customer("10.00")
    checking, savings = ada.accounts
    (source,) = shop.accounts
    rents = [f"2025-0{month}-03T08:00:00Z" for month in range(1, 7)]
    bank.post(
        *(payment(checking, source, "110.00", category="rent", effective_at=at) for at in rents),
        payment(checking, source, "40.00", category="food", effective_at="2025-05-10T08:00:00Z"),
        payment(checking, source, "25.00", category="food", effective_at="2025-06-10T08:00:00Z"),
        payment(source, checking, "20.00", effective_at="2025-06-11T08:00:00Z"),
        payment(checking, savings, "100.00", effective_at="2025-06-12T08:00:00Z"),
    )
    bank.follow()
    return ada


def held(bank: ReportingBank, who: Customer) -> Decimal:
    listed = bank.bank.client(services.ACCOUNT).get("/api/accounts/list", headers=who.headers).json["data"]
    return sum((Decimal(account["balance"]) for account in listed), Decimal(0))


def test_cash_flow_has_every_month_and_leaves_own_transfers_out(bank: ReportingBank, ada: Customer) -> None:
    (euros,) = bank.report("/cash-flow?months=30", ada.headers)
    by_month = {row["month"]: row for row in euros["months"]}
    assert len(by_month) == 30
    assert list(by_month) == sorted(by_month)
    june = by_month["2025-06"]
    assert (june["income"], june["expense"], june["net"], june["count"]) == ("20.00", "135.00", "-115.00", 4)
    assert by_month["2025-07"]["count"] == 0


def test_categories_stand_beside_those_of_the_month_before(bank: ReportingBank, ada: Customer) -> None:
    found = bank.report("/categories?month=2025-06&compare=previous", ada.headers)
    assert (found["month"], found["previous_month"]) == ("2025-06", "2025-05")
    (euros,) = found["currencies"]
    rows = {row["category"]: row for row in euros["categories"]}
    assert (rows["food"]["expense"], rows["food"]["previous_expense"], rows["food"]["change"]) == (
        "25.00",
        "40.00",
        "-15.00",
    )
    assert (rows["rent"]["change"], rows["transfer"]["income"]) == ("0.00", "20.00")


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_net_worth_ends_with_what_the_ledger_says(bank: ReportingBank, ada: Customer, step: str) -> None:
    (euros,) = bank.report(f"/net-worth?from=2025-01-01&step={step}", ada.headers)
    assert Decimal(euros["points"][-1]["net"]) == held(bank, ada)
    for point in euros["points"]:
        assert Decimal(point["assets"]) - Decimal(point["debts"]) == Decimal(point["net"])
    at_may = [point for point in euros["points"] if point["date"] <= "2025-05-31"][-1]
    assert (at_may["assets"], at_may["debts"]) == ("0.00", "590.00")


def test_rent_is_found_to_recur_while_it_does(bank: ReportingBank) -> None:
    tenant, landlord = bank.customer("9000.00"), bank.customer("10.00")
    (source,), (target,) = tenant.accounts, landlord.accounts
    bank.follow()
    today = date.fromisoformat(bank.report("/net-worth", tenant.headers)[0]["points"][-1]["date"])
    days = [today - timedelta(days=30 * back + 2) for back in range(5)]
    bank.post(*(payment(source, target, "650.00", category="rent", effective_at=f"{day}T08:00:00Z") for day in days))
    bank.follow()
    (found,) = bank.report("/recurring", tenant.headers)
    assert (found["frequency"], found["direction"], found["amount"]) == ("monthly", "out", "650.00")
    assert (found["count"], found["last_on"], found["category"]) == (5, days[0].isoformat(), "rent")
    (theirs,) = bank.report("/recurring", landlord.headers)
    assert theirs["direction"] == "in"


def test_liquidity_ends_with_what_customers_hold_and_the_cash_there_is(bank: ReportingBank, ada: Customer) -> None:
    (euros,) = [row for row in bank.report("/liquidity?from=2025-01-01") if row["currency"] == "EUR"]
    last = euros["days"][-1]
    (system,) = [row for row in bank.report("/system")["liquidity"] if row["currency"] == "EUR"]
    assert (last["customers"], last["cash"]) == (system["customer_deposits"], system["cash"])
    assert len({day["date"] for day in euros["days"]}) == len(euros["days"])


def test_wealth_counts_people_and_not_accounts(bank: ReportingBank, ada: Customer) -> None:
    (euros,) = [row for row in bank.report("/wealth") if row["currency"] == "EUR"]
    with bank.database.read() as connection:
        owners = connection.exec_driver_sql("SELECT count(DISTINCT owner_id) FROM balances").scalar()
    assert euros["people"] == owners
    assert Decimal(0) < Decimal(euros["gini"]) < 1


def test_activity_counts_every_entry_in_the_hour_of_the_bank(bank: ReportingBank, ada: Customer) -> None:
    hours = bank.report("/activity?by=hour_of_week&from=2025-01-01&to=2025-06-30")
    assert len(hours) == 168
    counted = {(row["weekday"], row["hour"]): row["count"] for row in hours if row["count"]}
    assert sum(counted.values()) == 10
    assert counted[2, 10] == 2, "8 o'clock UTC on two Tuesdays in June is 10 o'clock in Berlin"
    (tuesday,) = [row for row in hours if (row["weekday"], row["hour"]) == (2, 10)]
    assert tuesday["amounts"] == [{"currency": "EUR", "amount": "135.00"}]


@pytest.mark.parametrize("path", ["/liquidity", "/wealth", "/activity"])
def test_the_bank_in_figures_is_for_administrators(bank: ReportingBank, ada: Customer, path: str) -> None:
    for headers in (ada.headers, bank.bank.headers("employee")):
        assert bank.get(path, headers).status_code == 403


@pytest.mark.parametrize("path", ["/cash-flow", "/categories", "/net-worth", "/recurring"])
def test_somebody_without_anything_gets_nothing(bank: ReportingBank, path: str) -> None:
    nobody = bank.customer()
    bank.follow()
    found = bank.report(path, nobody.headers)
    assert found == [] or found["currencies"] == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/cash-flow?months=0", "months"), ("/cash-flow?months=121", "months"), ("/categories?month=2026-13", "month"),
        ("/categories?compare=next", "compare"), ("/net-worth?step=hour", "step"), ("/net-worth?from=x", "from"),
        ("/net-worth?from=2026-01-02&to=2026-01-01", "to"), ("/net-worth?from=1980-01-01&to=2026-01-01", "to"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_names_the_field(bank: ReportingBank, ada: Customer, path: str, field: str) -> None:
    reply: Any = bank.get(path, ada.headers)
    assert reply.status_code == 422, reply.text
    assert set(reply.json["details"]["fields"]) == {field}
