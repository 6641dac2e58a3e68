"""Reports: what can be made, what was made, and each of them with its charts."""

from typing import cast

from flask import Blueprint, Response, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from gateway.web import date_range
from gateway.web.account_field import Account
from gateway.web.api_client import api
from gateway.web.charts import plotly_assets
from gateway.web.file_download import handed_on
from gateway.web.form_choices import account_choices, category_choices
from gateway.web.formatting import iso_day
from gateway.web.pagination import first_page
from gateway.web.reports.forms import AccountReportForm, TransactionReportFilters
from sandbank.types.statements import ReportFormat
from shared.identity.access import PRIVATE, PUBLIC, access
from shared.refusals import Refused

FORMATS = {"pdf": "PDF", "xlsx": "Excel", "csv": "CSV", "json": "JSON"}
"""The files that a stored report comes as, by their names in the API."""
LISTED = 15
"""A report shows so many of its transactions; the list of transactions has the others."""

blueprint = Blueprint("reports", __name__)
blueprint.add_app_template_filter(date_range.in_words, "date_range")


@blueprint.get("/reports")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """What can be made, and the reports that were, newest first."""
    cursor = request.args.get("cursor")
    try:
        answer = api().reports.list(cursor=cursor, limit=20)
    except Refused as refused:
        if anew := first_page(refused, url_for("reports.listing")):
            return anew
        raise
    return render_template(
        "reports.html",
        accounts=[] if cursor else list(api().accounts.iterate()),
        found=answer.data,
        next_cursor=answer.body["next_cursor"],
        cursor=cursor,
    )


@blueprint.route("/reports/account/<account_id>", methods=["GET", "POST"])
@access(PRIVATE)
def account(account_id: str) -> ResponseReturnValue:
    """Create the report of an account. It is kept, and shown where it is kept."""
    chosen, form = api().accounts.details(account_id).data, AccountReportForm()
    own: list[Account] = [*api().accounts.iterate()]
    form.account_id.choices = account_choices(own if chosen in own else [chosen, *own])
    if request.method == "GET":
        form.account_id.data = account_id
    else:
        try:
            of, asked = form.account_id.data or account_id, form.asked
            made = api().reports.account(of, from_=asked.get("from"), to=asked.get("to")).data
            return redirect(url_for("reports.details", report_id=made["id"]), 303)
        except Refused as refused:
            form.show(refused)
    return render_template("account_report.html", form=form, account=chosen), 422 if form.errors else 200


@blueprint.get("/reports/transactions")
@access(PRIVATE)
def transactions() -> ResponseReturnValue:
    """Own transactions over all accounts in figures, narrowed by what the address says."""
    filters, report = TransactionReportFilters(request.args), None
    filters.offer(category_choices(with_types=True))
    try:
        report = api().reports.transactions(limit=LISTED, **filters.asked).data
    except Refused as refused:
        filters.show(refused)
    page = render_template("transaction_report.html", filters=filters, report=report)
    return page, 422 if filters.errors else 200


@blueprint.get("/reports/<report_id>")
@access(PRIVATE)
def details(report_id: str) -> ResponseReturnValue:
    """A stored report, as it was when it was made."""
    report = api().reports.details(report_id).data
    link = {
        "account_id": report["account_id"],
        "from": report["from"] and iso_day(report["from"]),
        "to": date_range.last_day(report["to"]),
    }
    shown = {name: value for name, value in link.items() if value}
    return render_template(
        "report_details.html", report=report, newest=report["history"][:LISTED], shown=shown, formats=FORMATS
    )


@blueprint.get("/reports/<report_id>/download")
@access(PRIVATE)
def download(report_id: str) -> ResponseReturnValue:
    """A stored report as a file."""
    asked = request.args.get("format", "pdf")
    if asked not in FORMATS:
        return redirect(url_for("reports.details", report_id=report_id), 303)
    return handed_on(api().reports.download(report_id, cast("ReportFormat", asked)).data)


@blueprint.get(f"/reports/{plotly_assets.FILENAME}", defaults={"filename": plotly_assets.FILENAME})
@access(PUBLIC)
def plotly(filename: str) -> Response:
    """What draws the charts, from the installed package."""
    return send_from_directory(plotly_assets.FOLDER, filename)
