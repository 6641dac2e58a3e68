"""The statements of an account: its owner's, and for staff a customer's."""

from typing import cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.api_client import api
from gateway.web.file_download import handed_on
from gateway.web.statements.forms import FORMATS, StatementForm
from sandbank.types.statements import StatementFileFormat
from shared.http.field_problems import invalid
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("statements", __name__)


@blueprint.get("/accounts/<account_id>/statements")
@access(PRIVATE)
def listing(account_id: str) -> ResponseReturnValue:
    """The months there are, and a form for other days."""
    return _page(account_id, StatementForm(formdata=None)), 200


@blueprint.get("/accounts/<account_id>/statements/file")
@access(PRIVATE)
def file(account_id: str) -> ResponseReturnValue:
    """One statement as a file; what was asked wrongly is said on the page of all of them."""
    form = StatementForm(request.args)
    try:
        found = (
            api()
            .reports.statement_file(
                account_id,
                _format(request.args.get("format", "pdf")),
                month=request.args.get("month"),
                from_=form.from_.data or None,
                to=form.to.data or None,
            )
            .data
        )
    except Refused as refused:
        form.show(refused)
        return _page(account_id, form), 422
    return handed_on(found)


def _format(asked: str) -> StatementFileFormat:
    """The format asked for. Raises Refused for one that is no file."""
    if asked not in FORMATS:
        raise invalid("format", "must be one of these", code="not_a_choice")
    return cast("StatementFileFormat", asked)


def _page(account_id: str, form: StatementForm) -> str:
    account = api().accounts.details(account_id).data
    return render_template(
        "statements.html",
        account=account,
        is_own=account["user_id"] == current_user.id,
        months=api().reports.statements(account_id).data,
        formats=FORMATS,
        form=form,
    )
