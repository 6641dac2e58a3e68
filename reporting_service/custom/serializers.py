"""Custom reports and what they have said, as replies show them."""

import json
from typing import Any

from reporting_service.custom import running
from reporting_service.custom.payloads import ReportFilters
from reporting_service.custom.reports import definition_of
from reporting_service.custom.words import RunStatus
from reporting_service.models import CustomReport
from reporting_service.refusals import REPORT_TOO_LARGE, REPORT_TOO_SLOW, REPORT_UNREADABLE
from shared.refusals import INTERNAL, Refused
from shared.time import clock
from shared.time.business_days import day_of_number

_FAILURES = {one.code: one for one in (REPORT_TOO_LARGE, REPORT_TOO_SLOW, REPORT_UNREADABLE)}


def report_shown(report: CustomReport, latest: Any | None) -> dict[str, Any]:
    """A report with its newest run."""
    return {
        "id": report.id,
        **_asked(report),
        "next_run_at": None if report.due_at is None else clock.to_wire(report.due_at),
        "created_at": clock.to_wire(report.created_at),
        "updated_at": clock.to_wire(report.updated_at),
        "error": _unreadable(report),
        "latest_run": None if latest is None else run_summary(latest),
    }


def run_summary(run: Any) -> dict[str, Any]:
    """A run without its figures."""
    first, last = (None if day is None else day_of_number(day).isoformat() for day in (run.from_day, run.to_day))
    failed = None if run.error_code is None else _FAILURES.get(run.error_code, INTERNAL)
    return {
        "id": run.id,
        "report_id": run.report_id,
        "name": run.name,
        "scope": run.scope,
        "status": RunStatus.SUCCEEDED if failed is None else RunStatus.FAILED,
        "error": None if failed is None else {"error_code": failed.code, "message": failed.message},
        "period": run.period,
        "skipped_periods": run.skipped_periods,
        "from": first,
        "to": last,
        "movements": run.movements,
        "as_of_position": run.as_of_position,
        "created_at": clock.to_wire(run.created_at),
    }


def run_shown(run: Any, report: CustomReport) -> dict[str, Any]:
    """A run whole. One that failed has no figures, and shows what its report asks for."""
    if run.content is not None:
        return {**run_summary(run), **json.loads(run.content)}
    shown = _asked(report)
    kept = {name: shown[name] for name in ("measures", "dimensions", "filters")}
    amounts = running.amounts_of(shown["filters"]["direction"], shown["dimensions"])
    return {**run_summary(run), **kept, "amounts": amounts, "accounts": [], "currencies": []}


def _asked(report: CustomReport) -> dict[str, Any]:
    """What a report asks for; of one that cannot be understood what its row says."""
    try:
        return definition_of(report).model_dump(mode="json", by_alias=True)
    except Refused:
        nothing: dict[str, Any] = {"measures": [], "dimensions": [], "from": None, "to": None}
        filters = ReportFilters.model_validate({}).model_dump(mode="json")
        row = {"name": report.name, "schedule": report.schedule, "scope": report.scope}
        return {**nothing, "filters": filters, **row}


def _unreadable(report: CustomReport) -> dict[str, str] | None:
    try:
        definition_of(report)
    except Refused as refused:
        return {"error_code": refused.refusal.code, "message": refused.refusal.message}
    return None
