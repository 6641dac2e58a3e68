"""A stored report for spreadsheets: its movements as CSV, all of it as a workbook."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from reporting_service.reports.files.days import day_of
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.files.csv_cells import harmless, rows_as_csv

HISTORY = (
    "date", "type", "description", "counterparty", "counterparty_account", "category", "amount", "currency",
    "balance_after", "transaction_id",
)  # fmt: skip
_SUMMARY = ("opening_balance", "opening_deposits", "income", "expense", "net", "closing_balance")
_SUMS = ("income", "expense", "net")
_NUMBERS = frozenset({*_SUMMARY, "amount", "balance_after", "balance", "count"})

Report = dict[str, Any]
Row = Sequence[str | int | None]


def render_csv(report: Report, _bank_name: str) -> bytes:
    """The report's movements, newest first; amounts signed, text made harmless."""
    rows = (
        [cell if name in _NUMBERS else harmless(str(cell or "")) for name, cell in zip(HISTORY, row, strict=True)]
        for row in _history(report)
    )
    return rows_as_csv([HISTORY, *rows]).encode()


def render_workbook(report: Report, bank_name: str) -> bytes:
    """A sheet for what it comes to, for the balance over time, months, categories and movements each."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        made = datetime.fromisoformat(report["created_at"]).replace(tzinfo=None)
        book.set_properties({"title": report["title"], "author": bank_name, "created": made})
        digits = MINOR_UNIT_DIGITS[report["currency"]]
        looks = _Looks(book, "#,##0" + (f".{'0' * digits}" if digits else ""))
        told = [("movements", report["count"]), ("movements_listed", len(report["history"]))]
        summary = [*((name, report[name]) for name in _SUMMARY), *told]
        _sheet(looks, "Summary", ("what", report["currency"]), summary, {1})
        trend = [(point["date"], point["balance"]) for point in report["balance_trend"]]
        _sheet(looks, "Balance", ("date", "balance"), trend, {1})
        for title, name, key in (("Months", "by_month", "month"), ("Categories", "by_category", "category")):
            rows = [(row[key], *(row[one] for one in _SUMS), row["count"]) for row in report[name]]
            _sheet(looks, title, (key, *_SUMS, "count"), rows, {1, 2, 3, 4})
        numbers = {place for place, name in enumerate(HISTORY) if name in _NUMBERS}
        _sheet(looks, "Movements", HISTORY, _history(report), numbers)
    return content.getvalue()


class _Looks:
    """The workbook with the formats of its cells."""

    def __init__(self, book: Any, number_format: str) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "font_color": "white", "bg_color": "#0F5C4D"})
        self.money = book.add_format({"num_format": number_format})


def _sheet(looks: _Looks, title: str, heads: Sequence[str], rows: Iterable[Row], numbers: set[int]) -> None:
    sheet = looks.book.add_worksheet(title)
    sheet.write_row(0, 0, heads, looks.head)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) - 1, 18)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, column, cell)
            elif column in numbers and cell:
                sheet.write_number(number, column, Decimal(cell), looks.money)
            elif cell:
                sheet.write_string(number, column, cell)


def _history(report: Report) -> list[Row]:
    rows: list[Row] = []
    for one in report["history"]:
        party = one["counterparty"] or {}
        sign = "-" if one["direction"] == "out" else ""
        rows.append(
            (
                day_of(one["effective_at"]).isoformat(),
                one["type"],
                one["description"],
                party.get("name"),
                party.get("account_number"),
                one["category"],
                sign + one["amount"],
                one["currency"],
                one["balance_after"],
                one["id"],
            )
        )
    return rows
