"""A statement as an Excel workbook: what it is about, then a table that can be sorted and filtered.

Amounts are numbers, text is text: a description that begins with `=` is no formula.
"""

import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from reporting_service.statements.statement import Statement
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.time.business_days import time_zone
from shared.time.clock import MICROSECONDS

COLUMNS = ("Date", "Description", "Counterparty", "Account", "Type", "Category", "Amount", "Balance", "Transaction")
_WIDTHS = (12, 38, 28, 26, 18, 16, 14, 14, 38)
_ACCENT = "#0F5C4D"
FIRST_ROW = 8
"""Where the heads of the columns stand, counted from zero."""


def render(statement: Statement) -> bytes:
    """The file."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        made = datetime.fromtimestamp(statement.made_at // MICROSECONDS, time_zone()).replace(tzinfo=None)
        title = f"Statement of {statement.account.name}"
        book.set_properties({"title": title, "author": statement.bank_name, "created": made})
        _fill(book, book.add_worksheet("Statement"), statement)
    return content.getvalue()


def _fill(book: Any, sheet: Any, statement: Statement) -> None:
    _write_head(book, sheet, statement)
    _write_lines(book, sheet, statement)
    sheet.freeze_panes(FIRST_ROW + 1, 0)
    sheet.autofilter(FIRST_ROW, 0, FIRST_ROW + len(statement.lines), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(FIRST_ROW)


def _write_head(book: Any, sheet: Any, statement: Statement) -> None:
    strong_money = book.add_format({"num_format": _number_format(statement.currency), "bold": True})
    head = book.add_format({"bold": True, "font_color": "white", "bg_color": _ACCENT})
    strong = book.add_format({"bold": True})
    sheet.write_string(0, 0, statement.bank_name, book.add_format({"bold": True, "font_size": 16}))
    account = statement.account
    about = (
        ("Account", f"{account.name}, {account.number}"),
        ("Holder", account.holder_name),
        ("Days", f"{statement.first.isoformat()} to {statement.last.isoformat()}"),
        ("Currency", account.currency),
    )
    for row, (name, value) in enumerate(about, start=1):
        sheet.write_string(row, 0, name, strong)
        sheet.write_string(row, 1, value)
    sums = (("Opening balance", statement.opening_minor), ("Closing balance", statement.closing_minor))
    for row, (name, minor) in enumerate(sums, start=5):
        sheet.write_string(row, 0, name, strong)
        sheet.write_number(row, 1, _number(statement, minor), strong_money)
    for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(FIRST_ROW, column, name, head)


def _write_lines(book: Any, sheet: Any, statement: Statement) -> None:
    money = book.add_format({"num_format": _number_format(statement.currency)})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    for row, (line, balance_minor) in enumerate(
        zip(statement.lines, statement.balances_minor, strict=True), start=FIRST_ROW + 1
    ):
        party = line.counterparty
        sheet.write_datetime(row, 0, line.day, day)
        texts = (line.description, party.name if party else "", party.account_number if party else "")
        for column, text in enumerate((*texts, line.type, line.category or ""), start=1):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 6, _number(statement, line.amount_minor), money)
        sheet.write_number(row, 7, _number(statement, balance_minor), money)
        sheet.write_string(row, 8, line.id)


def _number(statement: Statement, minor: int) -> Decimal:
    """The amount as a number: exact, as no amount has more digits than a cell keeps."""
    return Decimal(minor).scaleb(-MINOR_UNIT_DIGITS[statement.currency])


def _number_format(currency: str) -> str:
    digits = MINOR_UNIT_DIGITS[currency]
    return "#,##0" + (f".{'0' * digits}" if digits else "")
