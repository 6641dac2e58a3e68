"""Reports: what can be made, what was made, and each of them with its charts."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.bank_api import api, in_path
from shared.access import PRIVATE, access

blueprint = Blueprint("reports", __name__)


@blueprint.get("/reports")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """Stored reports, newest first."""
    answer = api().get("/api/reports/list", cursor=request.args.get("cursor"))
    return render_template("reports.html", reports=answer.data, next_cursor=answer.body["next_cursor"])


@blueprint.get("/reports/account/<account_id>")
@access(PRIVATE)
def account(account_id: str) -> ResponseReturnValue:
    """Make the report of an account, and show it."""
    report = api().get(f"/api/reports/account/{in_path(account_id)}").data
    return redirect(url_for("reports.details", report_id=report["id"]), 303)


@blueprint.get("/reports/transactions")
@access(PRIVATE)
def transactions() -> ResponseReturnValue:
    """Own transactions in figures."""
    return render_template("transaction_report.html", report=api().get("/api/reports/transactions").data)


@blueprint.get("/reports/<report_id>")
@access(PRIVATE)
def details(report_id: str) -> ResponseReturnValue:
    """A stored report."""
    report = api().get(f"/api/reports/details/{in_path(report_id)}").data
    return render_template("report_details.html", report=report)
