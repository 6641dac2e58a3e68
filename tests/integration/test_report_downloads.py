"""Stored reports as files: they say what the report says, the same bytes each time, to whoever made it."""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from reporting_service.reports.files.registry import FORMATS
from shared.identifiers import new_id
from tests.bank_days import day_at_the_bank
from tests.reporting_bank import Customer, ReportingBank, payment, reporting_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    ada, shop = bank.customer("1000.00"), bank.customer("10.00")
    (checking,), (source,) = ada.accounts, shop.accounts
    bank.post(
        payment(checking, source, "310.00", category="rent", effective_at="2026-01-01T08:00:00Z"),
        payment(checking, source, "9.99", category="food", description="=1+1", effective_at="2026-01-15T12:00:00Z"),
        payment(source, checking, "20.00", description="$x$ #panic()", effective_at="2026-01-31T23:30:00Z"),
    )
    bank.follow()
    return ada


@pytest.fixture(scope="module")
def report(bank: ReportingBank, ada: Customer) -> Any:
    return bank.report(f"/account/{ada.accounts[0]['id']}?from=2026-01-01&to=2026-02-28", ada.headers)


def file(bank: ReportingBank, ada: Customer, report: Any, name: str) -> bytes:
    reply = bank.get(f"/{report['id']}/download?format={name}", ada.headers)
    assert reply.status_code == 200, reply.text
    assert reply.content_type == FORMATS[name].content_type
    number, day = report["account"]["account_number"][-4:], day_at_the_bank(report["created_at"])
    assert reply.headers["Content-Disposition"] == f'attachment; filename="report-{number}-{day}.{name}"'
    assert bank.get(f"/{report['id']}/download?format={name}", ada.headers).data == reply.data
    return reply.data


def test_json_is_the_report_itself(bank: ReportingBank, ada: Customer, report: Any) -> None:
    found = json.loads(file(bank, ada, report, "json"))
    assert found == {name: report[name] for name in found}
    assert found["closing_balance"] == "-299.99"


def test_csv_has_its_movements_and_runs_nothing(bank: ReportingBank, ada: Customer, report: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(file(bank, ada, report, "csv").decode(), newline="")))
    assert [row["amount"] for row in rows] == ["20.00", "-9.99", "-310.00"]
    assert rows[1]["description"] == "'=1+1"
    assert rows[0]["date"] == "2026-02-01", "half an hour past midnight at the bank"


def test_the_workbook_has_a_sheet_for_each_part(bank: ReportingBank, ada: Customer, report: Any) -> None:
    book = openpyxl.load_workbook(io.BytesIO(file(bank, ada, report, "xlsx")))
    assert book.sheetnames == ["Summary", "Balance", "Months", "Categories", "Movements"]
    summary = {row[0].value: row[1].value for row in book["Summary"].iter_rows(min_row=2)}
    assert Decimal(str(summary["closing_balance"])) == Decimal("-299.99")
    months = [[cell.value for cell in row] for row in book["Months"].iter_rows(min_row=2)]
    assert [row[0] for row in months] == ["2026-01", "2026-02"]
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_the_pdf_says_all_of_it_and_takes_no_text_for_markup(bank: ReportingBank, ada: Customer, report: Any) -> None:
    reader = PdfReader(io.BytesIO(file(bank, ada, report, "pdf")))
    text = "".join(page.extract_text() for page in reader.pages)
    for said in ("319.99", "20.00", "Rent", "2026-01", "Ada Lovelace"):
        assert said in text, said
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_without_a_word_it_is_a_pdf(bank: ReportingBank, ada: Customer, report: Any) -> None:
    assert bank.get(f"/{report['id']}/download", ada.headers).data.startswith(b"%PDF-")
    reply = bank.get(f"/{report['id']}/download?format=ofx", ada.headers)
    assert (reply.status_code, set(reply.json["details"]["fields"])) == (422, {"format"})


def test_somebody_elses_report_is_not_there(bank: ReportingBank, ada: Customer, report: Any) -> None:
    stranger = bank.customer("1.00")
    for report_id in (report["id"], new_id(), "x"):
        assert bank.get(f"/{report_id}/download", stranger.headers).status_code == 404


def test_a_report_of_nothing_is_a_file_too(bank: ReportingBank) -> None:
    nobody = bank.customer("5.00")
    bank.follow()
    made = bank.report(f"/account/{nobody.accounts[0]['id']}?to=2020-01-01", nobody.headers)
    for name in FORMATS:
        assert file(bank, nobody, made, name)
