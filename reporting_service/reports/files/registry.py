"""The files that a stored report comes as."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reporting_service.reports.files import paper, tables
from reporting_service.reports.files.days import day_of

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Format:
    """`render` gives the same bytes for the same report, always. Its arguments: the report, and the bank's name."""

    name: str
    content_type: str
    extension: str
    render: Callable[[Report, str], bytes]


def _json(report: Report, _bank_name: str) -> bytes:
    return json.dumps(report, ensure_ascii=False, indent=2).encode() + b"\n"


FORMATS = {
    found.name: found
    for found in (
        Format("pdf", "application/pdf", "pdf", paper.render),
        Format("csv", "text/csv; charset=utf-8", "csv", tables.render_csv),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
            tables.render_workbook,
        ),
        Format("json", "application/json; charset=utf-8", "json", _json),
    )
}


def file_name(report: Report, extension: str) -> str:
    """`report-0001-2026-11-20.pdf`: the end of the account's number, and the day it was made."""
    return f"report-{report['account']['account_number'][-4:]}-{day_of(report['created_at']).isoformat()}.{extension}"
