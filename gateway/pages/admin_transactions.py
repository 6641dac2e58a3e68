"""The bank's transactions, for the people who work here."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from shared.access import STAFF, access

blueprint = Blueprint("admin_transactions", __name__)


@blueprint.get("/admin/transactions")
@access(STAFF)
def listing() -> ResponseReturnValue:
    """A page of transactions."""
    answer = api().get("/api/transactions/all", cursor=request.args.get("cursor"))
    return render_template("admin_transactions.html", transactions=answer.data, next_cursor=answer.body["next_cursor"])
