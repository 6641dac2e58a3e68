"""Settings of one's log-in: password and signed-in devices."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from shared.access import PRIVATE, access

blueprint = Blueprint("settings", __name__)


@blueprint.get("/settings")
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """Password and devices."""
    return render_template("settings.html", devices=api().get("/api/auth/sessions").data)
