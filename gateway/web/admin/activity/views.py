"""The bank's transactions: every completed movement, newest first."""

from itertools import groupby

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.web import formatting
from gateway.web.admin.activity.forms import AllTransactionFilters
from gateway.web.api_client import api
from shared.identity.access import STAFF, access
from shared.refusals import Refused

blueprint = Blueprint("admin_transactions", __name__)


@blueprint.get("/admin/transactions")
@access(STAFF)
def listing() -> ResponseReturnValue:
    """A page of transactions, narrowed by what the address says."""
    filters, cursor = AllTransactionFilters(request.args), request.args.get("cursor")
    found, next_cursor = [], None
    try:
        answer = api().transactions.list_all(cursor=cursor, **filters.asked)
        found, next_cursor = answer.data, answer.body["next_cursor"]
    except Refused as refused:
        filters.show(refused)
    page = render_template(
        "admin_transactions.html",
        filters=filters,
        days=[(first, list(rows)) for first, rows in groupby(found, lambda it: formatting.day(it["effective_at"]))],
        next_cursor=next_cursor,
        cursor=cursor,
    )
    return page, 422 if filters.errors else 200
