"""Custom reports over HTTP: what is asked for is counted exactly, kept, run again, changed, deleted, and one's own."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from reporting_service.custom import grouping, reading, reports, running
from reporting_service.custom.files.registry import FORMATS
from reporting_service.models import CustomReport, CustomReportRun
from shared import services
from shared.identifiers import new_id
from tests.bank_days import day_at_the_bank
from tests.custom_reports import ALL_DAYS, ask, asked, build, household
from tests.reporting_bank import Customer, ReportingBank, Row, reporting_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    return household(bank)


@pytest.fixture(autouse=True)
def few_are_kept(bank: ReportingBank) -> Iterator[None]:
    yield
    with bank.database.write() as connection:
        for table in (CustomReportRun, CustomReport):
            connection.execute(table.__table__.delete())


def groups(said: Any, currency: str = "EUR") -> list[tuple[Any, ...]]:
    (part,) = [one for one in said["currencies"] if one["currency"] == currency]
    return [(*row["dimensions"].values(), *row["measures"].values()) for row in part["groups"]]


def test_spending_by_month_and_category_is_exact_and_leaves_own_transfers_out(
    bank: ReportingBank, ada: Customer
) -> None:
    _, said = build(
        bank, ada.headers, measures=["sum", "count"], dimensions=["month", "category"], filters={"direction": "out"}
    )
    assert said["amounts"] == "unsigned"
    assert groups(said)[-4:] == [
        ("2025-05", "rent", "110.00", 1),
        ("2025-06", "food", "25.01", 1),
        ("2025-06", "rent", "110.00", 1),
        ("2025-07", "=1+1", "24.00", 1),
    ]
    assert said["currencies"][0]["totals"] == {"sum": "749.01", "count": 9}
    assert (said["movements"], said["from"], said["to"]) == (9, "2025-01-01", "2025-12-31")


def test_all_measures_of_all_movements_are_what_the_statement_says(bank: ReportingBank, ada: Customer) -> None:
    measures = ["count", "sum", "mean", "median", "min", "max", "p90"]
    everything = {"between_own_accounts": True, "opening_deposits": True}
    _, said = build(
        bank, ada.headers, measures=measures, dimensions=["account"], filters=everything, **{"from": None, "to": None}
    )
    for account in ada.accounts:
        statement = bank.report(f"/statement/{account['id']}?from=2025-01-01&to=2100-01-01", ada.headers)
        sign = {"in": 1, "out": -1}
        amounts = sorted(sign[line["direction"]] * Decimal(line["amount"]) for line in statement["lines"])
        row = next(row for row in groups(said) if row[0] == account["id"])
        assert row[1:3] == (len(amounts), str(sum(amounts)))
        assert (Decimal(row[5]), Decimal(row[6])) == (amounts[0], amounts[-1])
        assert Decimal(row[7]) == amounts[-(-len(amounts) * 9 // 10) - 1]
    assert {one["id"] for one in said["accounts"]} == {account["id"] for account in ada.accounts}
    assert said["amounts"] == "signed"


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"direction": "in"}, 1), ({"categories": ["food"]}, 2), ({"min_amount": "110.00"}, 6),
        ({"max_amount": "25"}, 2),
        ({"min_amount": "25.01", "max_amount": "40.00"}, 2), ({"types": ["fee"]}, 0), ({"currencies": ["USD"]}, 0),
        ({"counterparty": "LOVELACE"}, 10), ({"counterparty": "nobody"}, 0), ({"between_own_accounts": True}, 12),
    ],
)  # fmt: skip
def test_each_filter_lets_its_movements_through(bank: ReportingBank, ada: Customer, filters: Row, count: int) -> None:
    _, said = build(bank, ada.headers, measures=["count"], filters=filters)
    assert said["movements"] == count


def test_a_report_is_kept_run_again_and_changed(bank: ReportingBank, ada: Customer) -> None:
    made, first = build(bank, ada.headers, dimensions=["month"])
    again = ask(bank, ada.headers, "POST", f"/{made['id']}/run").json["data"]
    assert again["currencies"] == first["currencies"]
    other = asked(name="Food", measures=["max"], filters={"categories": ["food"]})
    changed = ask(bank, ada.headers, "PUT", f"/{made['id']}", other).json["data"]
    assert (changed["name"], changed["measures"], changed["latest_run"]["id"]) == ("Food", ["max"], again["id"])
    newest = ask(bank, ada.headers, "POST", f"/{made['id']}/run").json["data"]
    assert (newest["name"], groups(newest)) == ("Food", [("-25.01",)])
    assert ask(bank, ada.headers, "GET", f"/runs/{first['id']}").json["data"] == first, "what it said, it has said"
    listed = ask(bank, ada.headers, "GET", f"/{made['id']}/runs").json["data"]
    assert [row["id"] for row in listed] == [newest["id"], again["id"], first["id"]]
    (row,) = ask(bank, ada.headers, "GET").json["data"]
    assert (row["id"], row["latest_run"]["id"]) == (made["id"], newest["id"])
    assert ask(bank, ada.headers, "DELETE", f"/{made['id']}").json["data"] == {"deleted": True}
    for path in (f"/{made['id']}", f"/{made['id']}/runs", f"/runs/{first['id']}", f"/runs/{first['id']}/download"):
        assert ask(bank, ada.headers, "GET", path).status_code == 404


def test_the_newest_runs_are_kept(bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "KEPT_RUNS", 2)
    made, _ = build(bank, ada.headers)
    ids = [ask(bank, ada.headers, "POST", f"/{made['id']}/run").json["data"]["id"] for _ in range(3)]
    listed = ask(bank, ada.headers, "GET", f"/{made['id']}/runs").json["data"]
    assert [row["id"] for row in listed] == ids[:0:-1]


def test_every_format_says_the_same(bank: ReportingBank, ada: Customer) -> None:
    _, said = build(
        bank, ada.headers, name="Wofür? =x", measures=["sum", "p90"], dimensions=["category", "account"],
        filters={"direction": "out"},
    )  # fmt: skip
    files, day = {}, day_at_the_bank(said["created_at"])
    for name, wanted in FORMATS.items():
        reply = ask(bank, ada.headers, "GET", f"/runs/{said['id']}/download?format={name}")
        assert (reply.status_code, reply.content_type) == (200, wanted.content_type)
        assert f'filename="wofur-x-{day}.{name}"' in reply.headers["Content-Disposition"]
        files[name] = reply.data
        assert ask(bank, ada.headers, "GET", f"/runs/{said['id']}/download?format={name}").data == files[name]
    assert json.loads(files["json"]) == said
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode(), newline="")))
    assert [(row["category"], row["sum"], row["p90"], row["currency"]) for row in rows] == [
        ("rent", "660.00", "110.00", "EUR"),
        ("food", "65.01", "40.00", "EUR"),
        ("'=1+1", "24.00", "24.00", "EUR"),
    ]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert book.sheetnames == ["Report", "EUR"]
    cells = [[cell.value for cell in row] for row in book["EUR"].iter_rows(min_row=2)]
    assert [Decimal(str(row[5])) for row in cells] == [Decimal("660"), Decimal("65.01"), Decimal("24")]
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    reader = PdfReader(io.BytesIO(files["pdf"]))
    text = "".join(page.extract_text() for page in reader.pages)
    for word in ("660.00", "Rent", "All together", "749.01", "90th percentile"):
        assert word in text, word


def test_accounts_that_are_called_alike_are_told_apart_in_every_file(bank: ReportingBank) -> None:
    twin = bank.customer("100.00", "5.00", "6.00")
    bank.follow()
    filters = {"account_ids": [one["id"] for one in twin.accounts[1:]], "opening_deposits": True}
    _, said = build(bank, twin.headers, dimensions=["account"], filters=filters, **ALL_DAYS)
    for one in said["accounts"]:
        one["name"], one["account_number"] = "Savings", "DE** **** 0001"
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"].render(said, "Bank").decode(), newline="")))
    assert {row["account_id"] for row in rows} == set(filters["account_ids"])
    assert {row["account_number"] for row in rows} == {"DE** **** 0001"}
    assert len({row["account"] for row in rows}) == 2
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"].render(said, "Bank")))
    assert len({row[2].value for row in book["EUR"].iter_rows(min_row=2)}) == 2
    text = PdfReader(io.BytesIO(FORMATS["pdf"].render(said, "Bank"))).pages[0].extract_text()
    assert all(f"#{one['id'][-6:]}" in text for one in said["accounts"])


def test_a_report_of_nothing_is_a_file_too(bank: ReportingBank, ada: Customer) -> None:
    _, said = build(bank, ada.headers, dimensions=["week", "hour"], **{"from": "1999-01-01", "to": "1999-12-31"})
    assert (said["currencies"], said["movements"]) == ([], 0)
    for name in FORMATS:
        assert ask(bank, ada.headers, "GET", f"/runs/{said['id']}/download?format={name}").data


def test_somebody_elses_report_is_not_there(bank: ReportingBank, ada: Customer) -> None:
    made, said = build(bank, ada.headers)
    mallory = bank.customer("1.00")
    bank.follow()
    for headers in (mallory.headers, bank.bank.headers("employee"), bank.bank.headers("admin")):
        for method, path in (
            ("GET", f"/{made['id']}"), ("DELETE", f"/{made['id']}"), ("POST", f"/{made['id']}/run"),
            ("GET", f"/{made['id']}/runs"), ("GET", f"/runs/{said['id']}"), ("GET", f"/runs/{said['id']}/download"),
        ):  # fmt: skip
            assert ask(bank, headers, method, path).status_code == 404
        assert ask(bank, headers, "PUT", f"/{made['id']}", asked()).status_code == 404
        theirs = asked(filters={"account_ids": [ada.accounts[0]["id"]]})
        assert ask(bank, headers, "POST", body=theirs).status_code == 404
        assert ask(bank, headers, "GET").json["data"] == []


def test_only_administrators_ask_of_the_whole_bank_and_it_is_written_down(bank: ReportingBank, ada: Customer) -> None:
    admin_id = new_id()
    admin = bank.bank.headers("admin", user_id=admin_id)
    for headers in (ada.headers, bank.bank.headers("employee")):
        assert ask(bank, headers, "POST", body=asked(scope="bank")).status_code == 403
    made, said = build(
        bank,
        admin,
        scope="bank",
        measures=["count", "sum"],
        dimensions=["type", "direction"],
        **{"from": None, "to": None},
    )
    counted: defaultdict[str, int] = defaultdict(int)
    for kind, _, count, _ in groups(said):
        counted[kind] += count
    with bank.database.read() as connection:
        sides = connection.exec_driver_sql(
            "SELECT count(from_account_id) + count(to_account_id) FROM entries WHERE type = 'transfer'"
        ).scalar()
    assert counted["transfer"] == sides - 2, "but for what Ada has moved from one account to her other"
    acts = bank.bank.client(services.REPORTING).get("/api/audit?action=bank_reported", headers=admin).json["data"]
    assert (acts[0]["actor"]["id"], acts[0]["subject"]["id"]) == (admin_id, made["id"])
    left = bank.bank.headers("customer", user_id=admin_id)
    for path in (f"/{made['id']}", f"/runs/{said['id']}", f"/runs/{said['id']}/download", f"/{made['id']}/runs"):
        assert ask(bank, left, "GET", path).status_code == 404, "whoever has left reads it no more"
    assert ask(bank, left, "GET").json["data"] == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"measures": []}, "measures"), ({"measures": ["sum", "sum"]}, "measures"),
        ({"measures": ["mode"]}, "measures.0"),
        ({"dimensions": ["month", "week", "hour", "type"]}, "dimensions"), ({"name": ""}, "name"),
        ({"name": "a\u202eb"}, "name"), ({"name": "x" * 101}, "name"), ({"schedule": "daily"}, "schedule"),
        ({"from": "2026-02-30"}, "from"), ({"from": "2026-01-02", "to": "2026-01-01"}, "to"),
        ({"scope": "all"}, "scope"),
        ({"filters": {"types": ["theft"]}}, "filters.types.0"),
        ({"filters": {"min_amount": "1e9"}}, "filters.min_amount"),
        ({"filters": {"min_amount": "2", "max_amount": "1"}}, "filters.max_amount"), ({"owner_id": "x"}, "owner_id"),
        ({"filters": {"account_ids": ["x"]}}, "filters.account_ids.0"), ({"filters": {"sql": "1=1"}}, "filters.sql"),
        ({"filters": {"categories": ["a"] * 51}}, "filters.categories"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_names_the_field(bank: ReportingBank, ada: Customer, changed: Row, field: str) -> None:
    reply = ask(bank, ada.headers, "POST", body=asked(**changed))
    assert reply.status_code == 422, reply.text
    assert set(reply.json["details"]["fields"]) == {field}
    assert ask(bank, ada.headers, "GET").json["data"] == []


def refused(reply: TestResponse) -> tuple[int, str, Any]:
    return reply.status_code, reply.json["error_code"], reply.json["details"]


def test_what_is_too_large_or_takes_too_long_is_refused_and_nothing_kept(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = build(bank, ada.headers, dimensions=["month"])
    with monkeypatch.context() as small:
        small.setattr(grouping, "MOST_GROUPS", 3)
        for reply in (
            ask(bank, ada.headers, "POST", body=asked(dimensions=["month"])),
            ask(bank, ada.headers, "POST", f"/{made['id']}/run"),
        ):
            assert refused(reply)[:2] == (422, "REPORT_TOO_LARGE")
    with monkeypatch.context() as small:
        small.setattr(grouping, "MOST_AMOUNTS", 3)
        reply = ask(bank, ada.headers, "POST", body=asked(measures=["median"]))
        assert refused(reply) == (422, "REPORT_TOO_LARGE", {"most": 500_000, "of": "amounts"})
    with monkeypatch.context() as short:
        short.setattr(reports, "SECONDS_FOR_A_REQUEST", -1)
        assert refused(ask(bank, ada.headers, "POST", body=asked()))[:2] == (422, "REPORT_TOO_SLOW")
    with monkeypatch.context() as few:
        few.setattr(reports, "MOST_PER_PERSON", 1)
        assert refused(ask(bank, ada.headers, "POST", body=asked())) == (409, "TOO_MANY_REPORTS", {"limit": 1})
    with bank.database.read() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(one)).scalar()
            for one in (CustomReport, CustomReportRun)
        ]
    assert counts == [1, 1]


def test_one_report_of_a_person_is_counted_at_a_time(bank: ReportingBank, ada: Customer) -> None:
    bank.context.counted.begin(ada.id)
    try:
        assert refused(ask(bank, ada.headers, "POST", body=asked()))[:2] == (503, "SERVICE_UNAVAILABLE")
    finally:
        bank.context.counted.end(ada.id)
    assert ask(bank, ada.headers, "POST", body=asked()).status_code == 201


def test_a_bank_that_begins_anew_meanwhile_is_not_counted_in_part(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begun(*arguments: Any) -> Any:
        found = real(*arguments)
        return reading.Beginning(found.position, found.generation - 1, found.account_ids)

    real = reading.begin
    monkeypatch.setattr(running.reading, "begin", begun)
    assert ask(bank, ada.headers, "POST", body=asked()).status_code == 503


def test_dates_of_a_report_are_days_of_the_bank(bank: ReportingBank, ada: Customer) -> None:
    _, said = build(bank, ada.headers, measures=["count"], **{"from": "2025-07-01", "to": "2025-07-01"})
    assert said["movements"] == 1, "half past midnight in Berlin"
    assert date.fromisoformat(said["from"]) == date(2025, 7, 1)


def test_whoever_has_left_the_administrators_sees_no_run_of_the_bank_beside_their_own_report(
    bank: ReportingBank, ada: Customer
) -> None:
    admin_id = new_id()
    made, _ = build(bank, bank.bank.headers("admin", user_id=admin_id), scope="bank")
    left = bank.bank.headers("customer", user_id=admin_id)
    with bank.database.write() as connection:
        connection.execute(update(CustomReport).values(scope="own"))
    assert ask(bank, left, "GET", f"/{made['id']}").json["data"]["latest_run"] is None
    assert [one["latest_run"] for one in ask(bank, left, "GET").json["data"]] == [None]
