"""A person's transactions: the searchable list, and one as a receipt."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.bank_api import api, in_path
from shared.access import PRIVATE, access

blueprint = Blueprint("transactions", __name__)


@blueprint.get("/transactions")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """Own transactions, newest first."""
    answer = api().get("/api/transactions/list", cursor=request.args.get("cursor"))
    return render_template("transactions.html", found=answer.data, next_cursor=answer.body["next_cursor"])


@blueprint.get("/transactions/<transaction_id>")
@access(PRIVATE)
def details(transaction_id: str) -> ResponseReturnValue:
    """One transaction."""
    it = api().get(f"/api/transactions/details/{in_path(transaction_id)}").data
    return render_template("transaction_details.html", it=it)
