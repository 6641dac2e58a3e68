"""Exports: a form, and the file that it asks for."""

from typing import cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.exports.forms import FORMATS, ExportForm
from gateway.web.file_download import handed_on
from gateway.web.form_choices import own_accounts
from sandbank.types.statements import ExportFormat
from shared.http.field_problems import invalid
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("exports", __name__)


@blueprint.get("/reports/export")
@access(PRIVATE)
def form() -> ResponseReturnValue:
    """What can be exported; `?account_id=` chooses an account beforehand."""
    return _page(ExportForm(request.args)), 200


@blueprint.get("/reports/export/file")
@access(PRIVATE)
def file() -> ResponseReturnValue:
    """The file; what was asked wrongly is said beside its field."""
    asked = ExportForm(request.args)
    try:
        days = asked.asked
        found = api().reports.export(
            _format(request.args.get("format", "csv")),
            account_id=asked.account_id.data or None,
            from_=days.get("from"),
            to=days.get("to"),
        )
    except Refused as refused:
        asked.show(refused)
        return _page(asked), 422
    return handed_on(found.data)


def _format(name: str) -> ExportFormat:
    """The format of this name. Raises Refused for one that there is not."""
    if name not in FORMATS:
        raise invalid("format", "must be one of these", code="not_a_choice")
    return cast("ExportFormat", name)


def _page(shown: ExportForm) -> str:
    shown.offer(own_accounts())
    return render_template("export.html", form=shown)
