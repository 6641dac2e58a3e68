"""The bank's transactions: every completed movement, newest first."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from gateway.forms.admin_transactions import AllTransactionFilters
from gateway.forms.problems import show_problem
from gateway.periods import day_after
from shared.access import STAFF, access
from shared.refusals import Refused

blueprint = Blueprint("admin_transactions", __name__)


@blueprint.get("/admin/transactions")
@access(STAFF)
def listing() -> ResponseReturnValue:
    """A page of transactions, narrowed by what the address says."""
    filters, cursor = AllTransactionFilters(request.args), request.args.get("cursor")
    found, next_cursor = [], None
    try:
        asked = {**filters.chosen, "to": day_after(filters.to.data)}
        answer = api().get("/api/transactions/all", cursor=cursor, **asked)
        found, next_cursor = answer.data, answer.body["next_cursor"]
    except Refused as refused:
        show_problem(filters, refused, **{"from": "from_"})
    page = render_template(
        "admin_transactions.html", filters=filters, found=found, next_cursor=next_cursor, cursor=cursor
    )
    return page, 422 if filters.errors else 200
