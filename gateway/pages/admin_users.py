"""The bank's users, for the people who work here."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from shared.access import STAFF, access

blueprint = Blueprint("admin_users", __name__)


@blueprint.get("/admin/users")
@access(STAFF)
def listing() -> ResponseReturnValue:
    """A page of users."""
    answer = api().get("/api/auth/users", cursor=request.args.get("cursor"))
    return render_template("admin_users.html", users=answer.data, next_cursor=answer.body["next_cursor"])
