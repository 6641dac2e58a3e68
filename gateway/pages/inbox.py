"""The inbox: what the bank told a person."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from shared.access import PRIVATE, access

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/inbox")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """Notifications, newest first."""
    answer = api().get("/api/notifications/list", cursor=request.args.get("cursor"))
    return render_template("inbox.html", notifications=answer.data, next_cursor=answer.body["next_cursor"])
