"""What a custom report has said, for spreadsheets: groups as rows, each with its currency."""

import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from reporting_service.custom.files.labels import account_names
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.files.csv_cells import harmless, rows_as_csv

Report = dict[str, Any]
Accounts = dict[str, dict[str, str]]
_CURRENCY, _ACCOUNT = "currency", "account"
_OF_ACCOUNT = (_ACCOUNT, "account_number", "account_id")


def render_csv(report: Report, _bank_name: str) -> bytes:
    """A row a group; amounts are numbers, text made harmless."""
    heads, measures = _heads(report), report["measures"]
    accounts = _accounts(report)
    rows = [
        [*(harmless(str(cell)) for cell in _key(heads, accounts, part[_CURRENCY], group)), *_cells(measures, group)]
        for part in report["currencies"]
        for group in part["groups"]
    ]
    return rows_as_csv([[*heads, *measures], *rows]).encode()


def render_workbook(report: Report, bank_name: str) -> bytes:
    """A sheet for what was asked, and one for each currency, to sort and filter."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        made = datetime.fromisoformat(report["created_at"]).replace(tzinfo=None)
        book.set_properties({"title": report["name"], "author": bank_name, "created": made})
        head = book.add_format({"bold": True, "font_color": "white", "bg_color": "#0F5C4D"})
        _about(book.add_worksheet("Report"), head, report)
        for part in report["currencies"]:
            digits = MINOR_UNIT_DIGITS[part[_CURRENCY]]
            look = book.add_format({"num_format": "#,##0" + (f".{'0' * digits}" if digits else "")})
            _groups(book.add_worksheet(part[_CURRENCY]), (head, look), report, part)
    return content.getvalue()


def _about(sheet: Any, head: Any, report: Report) -> None:
    told = [
        ("name", report["name"]),
        ("from", report["from"] or ""),
        ("to", report["to"] or ""),
        ("period", report["period"] or ""),
        ("amounts", report["amounts"]),
        ("as_of_position", str(report["as_of_position"])),
        ("created_at", report["created_at"]),
    ]
    sheet.write_row(0, 0, ("what", "value"), head)
    sheet.set_column(0, 1, 28)
    for number, row in enumerate(told, start=1):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)


def _groups(sheet: Any, looks: tuple[Any, Any], report: Report, part: Report) -> None:
    head, money = looks
    heads, accounts = _heads(report), _accounts(report)
    measures = report["measures"]
    sheet.write_row(0, 0, [*heads, *measures], head)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) + len(measures) - 1, 18)
    for number, group in enumerate(part["groups"], start=1):
        for column, cell in enumerate(_key(heads, accounts, part[_CURRENCY], group)):
            if isinstance(cell, int):
                sheet.write_number(number, column, cell)
            else:
                sheet.write_string(number, column, cell)
        for column, cell in enumerate(_cells(measures, group), start=len(heads)):
            if isinstance(cell, int):
                sheet.write_number(number, column, cell)
            else:
                sheet.write_number(number, column, Decimal(cell), money)


def _heads(report: Report) -> list[str]:
    """The dimensions; the currency always is one, as no two are ever added. Accounts go by more than their names."""
    dimensions = [name for name in report["dimensions"] if name != _CURRENCY]
    return [head for name in dimensions for head in (_OF_ACCOUNT if name == _ACCOUNT else (name,))] + [_CURRENCY]


def _key(heads: list[str], accounts: Accounts, currency: str, group: Report) -> list[str | int]:
    values = {**group["dimensions"], _CURRENCY: currency}
    if _ACCOUNT in values:
        values |= accounts[values[_ACCOUNT]]
    return [values[name] for name in heads]


def _accounts(report: Report) -> Accounts:
    """What the columns of an account hold, by its id."""
    names = account_names(report)
    return {
        one["id"]: dict(zip(_OF_ACCOUNT, (names[one["id"]], one["account_number"], one["id"]), strict=True))
        for one in report["accounts"]
    }


def _cells(measures: list[str], group: Report) -> list[str | int]:
    return [group["measures"][name] for name in measures]
