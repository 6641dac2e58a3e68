"""The reports: what they say adds up, and is what the ledger says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from reporting_service.reports import account_report, movements, stored_reports, turnover_queries
from reporting_service.reports.movements import Filters, Scope
from shared import services
from shared.time import clock
from shared.time.business_days import business_day
from shared.time.date_ranges import DateRange
from tests.asked_statements import statements_asked
from tests.reporting_bank import Customer, ReportingBank, payment, reporting_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    """Two accounts, a year of movements, one of them between the two."""
    ada, shop = bank.customer("1000.00", "50.00"), bank.customer("10.00")
    checking, savings = ada.accounts
    bank.post(
        payment(checking, shop.accounts[0], "300.00", category="rent", effective_at="2025-12-31T22:59:59Z"),
        payment(checking, shop.accounts[0], "310.00", category="rent", effective_at="2025-12-31T23:00:00Z"),
        payment(checking, shop.accounts[0], "9.99", category="food", effective_at="2026-01-15T12:00:00Z"),
        payment(shop.accounts[0], checking, "20.00", category="food", effective_at="2026-02-01T08:00:00Z"),
        payment(checking, savings, "100.00", effective_at="2026-02-02T08:00:00Z"),
        {"type": "withdrawal", "account_id": checking["id"], "amount": "40.00", "effective_at": "2026-02-03T08:00:00Z"},
    )
    bank.follow()
    return ada


def named(rows: list[dict[str, Any]], name: str, value: str) -> dict[str, Any]:
    (found,) = (row for row in rows if row[name] == value)
    return found


def test_opening_and_every_movement_make_the_closing_balance(bank: ReportingBank, ada: Customer) -> None:
    account = ada.accounts[0]["id"]
    report = bank.report(f"/account/{account}?from=2026-01-01&to=2026-02-02", ada.headers)
    assert report["opening_balance"] == "-300.00"  # in the bank's own time the first deposit comes last
    signed = [
        Decimal(row["amount"]) if row["direction"] == "in" else -Decimal(row["amount"]) for row in report["history"]
    ]
    assert Decimal(report["opening_balance"]) + sum(signed) == Decimal(report["closing_balance"])
    assert report["balance_trend"][-1] == {"date": "2026-02-02", "balance": report["closing_balance"]}
    assert (report["income"], report["expense"], report["count"]) == ("20.00", "419.99", 4)
    assert report["history_is_complete"]


def test_the_whole_report_ends_with_the_ledgers_balance(bank: ReportingBank, ada: Customer) -> None:
    for account in ada.accounts:
        report = bank.report(f"/account/{account['id']}", ada.headers)
        details = bank.bank.client(services.ACCOUNT).get(f"/api/accounts/details/{account['id']}", headers=ada.headers)
        assert report["closing_balance"] == details.json["data"]["balance"]
        assert report["opening_balance"] == "0.00"


def test_income_and_expense_stand_by_category_and_month(bank: ReportingBank, ada: Customer) -> None:
    report = bank.report(f"/account/{ada.accounts[0]['id']}", ada.headers)
    rent = named(report["by_category"], "category", "rent")
    assert (rent["income"], rent["expense"], rent["count"]) == ("0.00", "610.00", 2)
    january = named(report["by_month"], "month", "2026-01")
    assert (january["expense"], january["count"]) == ("319.99", 2)
    assert named(january["categories"], "category", "food")["expense"] == "9.99"
    assert named(report["by_category"], "category", "withdrawal")["expense"] == "40.00"


def test_history_is_newest_first_and_masks_the_other_side(bank: ReportingBank, ada: Customer) -> None:
    report = bank.report(f"/account/{ada.accounts[0]['id']}?to=2026-02-02", ada.headers)
    times = [row["effective_at"] for row in report["history"]]
    assert times == sorted(times, reverse=True)
    own, other = report["history"][:2]
    assert own["counterparty"]["account_number"] == ada.accounts[1]["account_number"]
    assert "*" in other["counterparty"]["account_number"]


def test_a_long_history_is_cut_and_says_so(bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_report, "HISTORY_ROWS", 2)
    report = bank.report(f"/account/{ada.accounts[0]['id']}", ada.headers)
    assert (len(report["history"]), report["history_is_complete"], report["count"]) == (2, False, 7)


def test_between_own_accounts_is_neither_income_nor_expense(bank: ReportingBank, ada: Customer) -> None:
    report = bank.report("/transactions", ada.headers)
    (euros,) = report["currencies"]
    assert (euros["income"], euros["expense"], euros["opening_deposits"]) == ("20.00", "659.99", "1050.00")
    assert (euros["between_own_accounts"], euros["count"]) == ("100.00", 8)
    assert euros["average"] == "130.00"
    assert report["transactions_are_complete"]
    assert [row["amount"] for row in report["largest"]] == [
        "20.00",
        "310.00",
        "300.00",
        "40.00",
        "9.99",
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?type=deposit", 2),
        ("?category=rent", 2),
        ("?category=withdrawal", 1),
        ("?type=transfer&category=food", 2),
        ("?from=2026-01-01&to=2026-01-31", 2),
        ("?from=2026-01-15&to=2026-01-15", 1),
        ("?from=2026-02-01T08:00:00Z&to=2026-02-01T08:00:01Z", 1),
        ("?category=nothing", 0),
    ],
)
def test_transactions_are_filtered(bank: ReportingBank, ada: Customer, query: str, count: int) -> None:
    report = bank.report(f"/transactions{query}", ada.headers)
    assert sum(one["count"] for one in report["currencies"]) == count
    assert len(report["transactions"]) == count


def test_each_currency_stands_alone(bank: ReportingBank) -> None:
    cosmo = bank.customer()
    for currency, amount in (("EUR", "5.00"), ("JPY", "700")):
        wanted = {
            "user_id": cosmo.id,
            "account_type": "checking",
            "currency": currency,
            "idempotency_key": currency,
            "initial_deposit": amount,
        }
        bank.simulate(services.ACCOUNT, "/api/accounts/batch", {"accounts": [wanted]})
    bank.follow()
    euros, yen = bank.report("/transactions", cosmo.headers)["currencies"]
    begun = [(each["currency"], each["opening_deposits"], each["income"]) for each in (euros, yen)]
    assert begun == [("EUR", "5.00", "0.00"), ("JPY", "700", "0")]
    totals = bank.report("/balances/total")["totals"]
    assert named(totals, "currency", "JPY")["total"] == "700"


def test_reports_are_kept_and_one_that_says_the_same_is_the_same(bank: ReportingBank) -> None:
    eve = bank.customer("10.00")
    path = f"/account/{eve.accounts[0]['id']}"
    bank.follow()
    first = bank.report(path, eve.headers)
    bank.customer("1.00")
    bank.follow()
    again = bank.report(path, eve.headers)
    assert again["id"] == first["id"]
    assert again["as_of_position"] == first["as_of_position"] + 1
    shorter = bank.report(f"{path}?from=2026-01-01", eve.headers)
    listed = bank.report("/list", eve.headers)
    assert [row["id"] for row in listed] == [shorter["id"], first["id"]]
    assert bank.report(f"/details/{first['id']}", eve.headers) == again


def test_stored_reports_are_paged_and_the_oldest_are_let_go(
    bank: ReportingBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_reports, "KEPT_PER_OWNER", 3)
    eve = bank.customer("10.00")
    bank.follow()
    made = [
        bank.report(f"/account/{eve.accounts[0]['id']}?from=2026-01-0{day}", eve.headers)["id"] for day in range(1, 6)
    ]
    first = bank.get("/list?limit=2", eve.headers).json
    second = bank.get(f"/list?limit=2&cursor={first['next_cursor']}", eve.headers).json
    assert [row["id"] for row in first["data"] + second["data"]] == made[:1:-1]
    assert second["next_cursor"] is None


def test_the_system_report_is_what_the_ledger_holds(bank: ReportingBank, ada: Customer) -> None:
    bank.follow()
    report, total = bank.report("/system"), bank.report("/balances/total")
    assert total["matches"]
    for currency in report["balances"]:
        assert currency["sum"].strip("0.") == ""
        assert currency["customers"] == named(total["totals"], "currency", currency["currency"])["total"]
    assert sum(row["accounts"] for row in report["accounts"]) == total["accounts"]
    assert report["users"]["by_role"] == {"admin": 1, "customer": report["users"]["synthetic"], "employee": 1}
    transfers = named(report["volumes"]["by_type"], "type", "transfer")
    assert (transfers["count"], transfers["amount"]) == (5, "739.99")
    february = named(report["growth"], "month", "2026-02")
    assert february["transactions"] == 3
    euros = named(report["liquidity"], "currency", "EUR")
    assert euros["cash"] == euros["customer_deposits"]
    assert euros["coverage_percent"] == "100.00"


def test_every_report_says_how_much_of_the_journal_it_has_seen(bank: ReportingBank, ada: Customer) -> None:
    bank.follow()
    position = bank.report("/proof")["ledger_position"]
    assert bank.report(f"/account/{ada.accounts[0]['id']}", ada.headers)["as_of_position"] == position
    assert bank.report("/transactions", ada.headers)["as_of_position"] == position
    for path in ("/system", "/balances/total", "/proof"):
        assert bank.report(path)["as_of_position"] == position


def test_the_total_is_exact_while_the_reports_lag_behind(bank: ReportingBank, ada: Customer) -> None:
    bank.follow()
    bank.post({"type": "deposit", "account_id": ada.accounts[0]["id"], "amount": "1.00"})
    total = bank.report("/balances/total")
    assert total["matches"], total
    proof = bank.report("/proof")
    assert proof["holds"], proof["findings"]
    assert proof["ledger_position"] == proof["as_of_position"] + 1
    bank.post({"type": "withdrawal", "account_id": ada.accounts[0]["id"], "amount": "1.00"})


SPANS = [
    DateRange(),
    DateRange(since=clock.from_datetime(datetime(2025, 12, 31, 23, tzinfo=UTC))),
    DateRange(since=clock.from_datetime(datetime(2025, 12, 31, 12, tzinfo=UTC))),
    DateRange(until=clock.from_datetime(datetime(2026, 2, 2, 8, tzinfo=UTC))),
    DateRange(
        clock.from_datetime(datetime(2025, 12, 31, 22, 59, 59, tzinfo=UTC)),
        clock.from_datetime(datetime(2026, 2, 3, 8, 0, 1, tzinfo=UTC)),
    ),
    DateRange(
        clock.from_datetime(datetime(2026, 1, 15, 11, tzinfo=UTC)),
        clock.from_datetime(datetime(2026, 1, 15, 13, tzinfo=UTC)),
    ),
]


@pytest.mark.parametrize("span", SPANS, ids=[str(span.wire()) for span in SPANS])
@pytest.mark.parametrize(("kind", "category"), [(None, None), ("transfer", None), (None, "rent"), (None, "deposit")])
def test_what_is_kept_of_each_day_is_what_its_movements_add_up_to(
    bank: ReportingBank, ada: Customer, span: DateRange, kind: str | None, category: str | None
) -> None:
    filters = Filters(span, kind, category)
    with bank.database.read() as connection:
        scopes = [Scope.of_account(account["id"]) for account in ada.accounts]
        for scope in (*scopes, Scope.of_owner(connection, ada.id)):
            one_by_one = movements.grouped(connection, scope, filters)
            assert sorted(turnover_queries.grouped(connection, scope, filters), key=repr) == sorted(
                one_by_one, key=repr
            )


def test_a_long_history_is_neither_sorted_nor_read_whole(bank: ReportingBank, ada: Customer) -> None:
    with statements_asked(bank.database.engine) as asked:
        bank.report("/transactions", ada.headers)
    with bank.database.read() as connection:
        plans = [
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in asked
            if " legs " in statement
        ]
    assert len(plans) == 3 * len(ada.accounts), "the newest, and the largest of each direction"
    assert [step for plan in plans for step in plan if "SCAN" in step or "TEMP B-TREE" in step] == []


def test_averages_and_the_largest_tell_in_from_out_and_an_opening_is_neither(bank: ReportingBank) -> None:
    dora, shop = bank.customer("0.01"), bank.customer("500.00")
    account = dora.accounts[0]
    bank.post(
        {"type": "deposit", "account_id": account["id"], "amount": "1000.00", "category": "opening"},
        payment(shop.accounts[0], account, "30.00"),
        payment(account, shop.accounts[0], "10.00"),
        {**payment(account, shop.accounts[0], "5.01"), "category": "opening"},
    )
    bank.follow()
    report = bank.report("/transactions", dora.headers)
    (euros,) = report["currencies"]
    assert (euros["income"], euros["expense"], euros["opening_deposits"]) == ("30.00", "15.01", "1000.01")
    assert (euros["average_income"], euros["average_expense"]) == ("30.00", "7.51")
    assert [row["amount"] for row in report["largest_incoming"]] == ["30.00"]
    assert [row["amount"] for row in report["largest_outgoing"]] == ["10.00", "5.01"]
    one = bank.report(f"/account/{account['id']}", dora.headers)
    assert (one["income"], one["opening_deposits"], one["closing_balance"]) == ("30.00", "1000.01", "1015.00")


def test_growth_is_in_the_banks_time_however_late_its_people_were_registered(bank: ReportingBank) -> None:
    """A world's people are registered today and come with a history; no month has movements and nobody to make them."""
    early = bank.customer("5.00")
    bank.post(
        {
            "type": "deposit",
            "account_id": early.accounts[0]["id"],
            "amount": "1.00",
            "effective_at": "2019-03-31T22:30:00Z",  # the first of April in Berlin
        }
    )
    bank.follow()
    growth = bank.report("/system")["growth"]
    april = next(month for month in growth if month["month"] == "2019-04")
    assert april == {"month": "2019-04", "new_users": 1, "new_accounts": 1, "transactions": 1}
    so_far = 0
    for month in growth:
        so_far += month["new_users"]
        assert so_far or not month["transactions"], month


def test_what_is_told_after_the_bank_clock_moved_stands_in_the_banks_time(bank: ReportingBank) -> None:
    """Others of this file registered within the minute before, and count for the same month."""
    bank.simulate(services.TRANSACTION, "/api/transactions/clock", {"advance_by": {"days": 400}})
    month = business_day(clock.now_us() + 400 * 86_400 * clock.MICROSECONDS).isoformat()[:7]
    bank.follow()
    before = {row["month"]: row["transactions"] for row in bank.report("/system")["growth"]}  # the month's interest
    late = bank.customer("5.00")
    bank.follow()
    made = bank.report(f"/account/{late.accounts[0]['id']}", late.headers)
    assert made["created_at"] >= max(row["effective_at"] for row in made["history"])
    growth = bank.report("/system")["growth"]
    assert (growth[-1]["month"], growth[-1]["transactions"]) == (month, before.get(month, 0) + 1)
    assert growth[-1]["new_users"] >= 1
    assert growth[-1]["new_accounts"] >= 1


@pytest.mark.parametrize("path", ["/transactions", "/account/{}"])
def test_a_reversed_range_is_refused_beside_its_end_and_stores_nothing(
    bank: ReportingBank, ada: Customer, path: str
) -> None:
    before = bank.report("/list?limit=200", ada.headers)
    reply = bank.get(path.format(ada.accounts[0]["id"]) + "?from=2026-02-02&to=2026-02-01", ada.headers)
    assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, ["to"])
    assert bank.report("/list?limit=200", ada.headers) == before


def test_head_stores_no_report(bank: ReportingBank, ada: Customer) -> None:
    before = bank.report("/list?limit=200", ada.headers)
    path = f"/api/reports/account/{ada.accounts[0]['id']}?from=2026-02-03"
    assert bank.bank.client(services.REPORTING).head(path, headers=ada.headers).status_code == 200
    assert bank.report("/list?limit=200", ada.headers) == before


def test_reports_that_came_after_one_are_listed_oldest_first(bank: ReportingBank, ada: Customer) -> None:
    made = [
        bank.report(f"/account/{ada.accounts[0]['id']}?from=2026-01-{day:02d}", ada.headers)["id"] for day in (3, 4, 5)
    ]
    listed = bank.report(f"/list?after={made[0]}", ada.headers)
    assert [row["id"] for row in listed] == made[1:]
