"""A customer's home: what they have, what they spent, what happened last, and the ways on."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from shared.access import PRIVATE, access

blueprint = Blueprint("dashboard", __name__)
_RECENT = 8


@blueprint.get("/dashboard")
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """Accounts and the newest transactions."""
    accounts = api().get("/api/accounts/list").data
    recent = api().get("/api/transactions/recent", limit=_RECENT).data
    return render_template("dashboard.html", accounts=accounts, recent=recent)
