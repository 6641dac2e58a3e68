"""The bank's accounts, for the people who work here."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from shared.access import STAFF, access

blueprint = Blueprint("admin_accounts", __name__)


@blueprint.get("/admin/accounts")
@access(STAFF)
def listing() -> ResponseReturnValue:
    """A page of accounts."""
    answer = api().get("/api/accounts/all", cursor=request.args.get("cursor"))
    return render_template("admin_accounts.html", accounts=answer.data, next_cursor=answer.body["next_cursor"])
