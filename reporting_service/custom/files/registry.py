"""The files that a custom report comes as; the formats are those of stored reports."""

import json
import re
import unicodedata

from reporting_service.custom.files import paper, tables
from reporting_service.reports.files.days import day_of
from reporting_service.reports.files.registry import FORMATS as OF_STORED_REPORTS
from reporting_service.reports.files.registry import Format, Report

_LONGEST_NAME = 40
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


def _json(report: Report, _bank_name: str) -> bytes:
    return json.dumps(report, ensure_ascii=False, indent=2).encode() + b"\n"


_RENDERERS = {"pdf": paper.render, "csv": tables.render_csv, "xlsx": tables.render_workbook, "json": _json}
FORMATS = {
    name: Format(name, of.content_type, of.extension, _RENDERERS[name]) for name, of in OF_STORED_REPORTS.items()
}


def file_name(report: Report, extension: str) -> str:
    """`spending-by-month-2026-11-20.csv`: its name in plain letters, and its month or week, or the day it was run."""
    plain = unicodedata.normalize("NFKD", report["name"]).encode("ascii", "ignore").decode().lower()
    name = _NOT_IN_A_NAME.sub("-", plain)[:_LONGEST_NAME].strip("-") or "report"
    of = report["period"] or day_of(report["created_at"]).isoformat()
    return f"{name}-{of.lower()}.{extension}"
