"""Custom reports: listed, built, shown with a chart and as files, run again, changed, deleted."""

from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.api_client import api
from gateway.web.custom_reports.figures import in_currencies
from gateway.web.custom_reports.forms import PRESETS, CustomReportForm
from gateway.web.custom_reports.words import DIMENSIONS, HINTS, MEASURES
from gateway.web.error_messages import refusal_message
from gateway.web.file_download import handed_on
from gateway.web.form_choices import account_choices, category_choices, own_accounts
from gateway.web.pagination import first_page
from sandbank.types.statements import ReportFormat
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.identity.access import PRIVATE, access
from shared.refusals import NOT_FOUND, Refused

FORMATS = {"pdf": "PDF", "xlsx": "Excel", "csv": "CSV", "json": "JSON"}
_PAGE = 25
_PATH = "/api/reports/custom"
_WORDS = {"measure_names": MEASURES, "dimension_names": DIMENSIONS}

blueprint = Blueprint("custom_reports", __name__)


@blueprint.get("/reports/custom")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """All of one's reports, newest first, and what to begin with."""
    cursor = request.args.get("cursor")
    try:
        page = api().custom_reports.list(limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("custom_reports.listing")):
            return anew
        raise
    return render_template(
        "custom_reports.html",
        reports=page.data,
        next_cursor=page.next_cursor,
        cursor=cursor,
        presets=PRESETS,
        **_WORDS,
    )


@blueprint.route("/reports/custom/new", methods=["GET", "POST"])
@access(PRIVATE)
def new() -> ResponseReturnValue:
    """Build one; it is run at once."""
    form = CustomReportForm()
    if request.method == "GET":
        form.begin_with(request.args.get("preset", ""))
    elif form.validate():
        try:
            made = api().call("POST", _PATH, form.payload(may_ask_of_bank=current_user.is_admin)).data
            return redirect(url_for("custom_reports.details", custom_report_id=made["id"]), 303)
        except Refused as refused:
            _show(form, refused)
    return _form_page(form, None)


@blueprint.route("/reports/custom/<custom_report_id>/change", methods=["GET", "POST"])
@access(PRIVATE)
def change(custom_report_id: str) -> ResponseReturnValue:
    """Let it measure something else; it is run again at once."""
    report, form = api().custom_reports.details(custom_report_id).data, CustomReportForm()
    if request.method == "GET":
        form.show(report)
    elif form.validate():
        try:
            api().custom_reports.replace(report["id"], form.payload(may_ask_of_bank=current_user.is_admin))
            return _run(report["id"])
        except Refused as refused:
            _show(form, refused)
    return _form_page(form, report)


@blueprint.get("/reports/custom/<custom_report_id>")
@access(PRIVATE)
def details(custom_report_id: str) -> ResponseReturnValue:
    """A report with what it said last, or nothing where it never said anything."""
    report = api().custom_reports.details(custom_report_id).data
    latest = report["latest_run"]
    return _result_page(report, None if latest is None else api().custom_reports.result(latest["id"]).data)


@blueprint.get("/reports/custom/runs/<run_id>")
@access(PRIVATE)
def result(run_id: str) -> ResponseReturnValue:
    """What a report said once."""
    found = api().custom_reports.result(run_id).data
    return _result_page(api().custom_reports.details(found["report_id"]).data, found)


@blueprint.post("/reports/custom/<custom_report_id>/run")
@access(PRIVATE)
def run(custom_report_id: str) -> ResponseReturnValue:
    """Run it now."""
    return _run(custom_report_id)


@blueprint.post("/reports/custom/<custom_report_id>/delete")
@access(PRIVATE)
def delete(custom_report_id: str) -> ResponseReturnValue:
    """Delete it, with all it has said."""
    api().custom_reports.delete(custom_report_id)
    flash("The report and its results are deleted.", "success")
    return redirect(url_for("custom_reports.listing"), 303)


@blueprint.get("/reports/custom/runs/<run_id>/download")
@access(PRIVATE)
def download(run_id: str) -> ResponseReturnValue:
    """What a report said once, as a file."""
    asked = request.args.get("format", "pdf")
    if asked not in FORMATS:
        return redirect(url_for("custom_reports.result", run_id=run_id), 303)
    return handed_on(api().custom_reports.download(run_id, cast("ReportFormat", asked)).data)


def _run(report_id: str) -> ResponseReturnValue:
    """Run it; what it is refused for is said on its page, where it can be changed."""
    try:
        found = api().custom_reports.run(report_id).data
    except Refused as refused:
        if refused.refusal.status in (404, 500):
            raise
        flash(refusal_message(refused), "warning")
        return redirect(url_for("custom_reports.details", custom_report_id=report_id), 303)
    return redirect(url_for("custom_reports.result", run_id=found["id"]), 303)


def _show(form: CustomReportForm, refused: Refused) -> None:
    """What was refused, in the form: an account that is not there too."""
    if refused.refusal.code == NOT_FOUND.code:
        form.account_ids.errors = ["One of these accounts is not there."]
        return
    form.show_refused(refused)


def _form_page(form: CustomReportForm, report: Any | None) -> ResponseReturnValue:
    accounts = own_accounts()
    currencies = MINOR_UNIT_DIGITS if current_user.is_admin else sorted({one["currency"] for one in accounts})
    form.offer(account_choices(accounts), category_choices(with_types=False), currencies)
    page = render_template("custom_report_form.html", form=form, report=report, hints=HINTS)
    return page, 422 if form.errors else 200


def _result_page(report: Any, found: Any | None) -> str:
    asked = request.args.get("measure", "")
    measures = [] if found is None else found["measures"]
    measure = asked if asked in measures else next(iter(measures), "")
    return render_template(
        "custom_report.html",
        report=report,
        found=found,
        measure=measure,
        parts=[] if found is None else in_currencies(found, measure),
        runs=api().custom_reports.runs(report["id"], limit=_PAGE).data,
        formats=FORMATS,
        **_WORDS,
    )
