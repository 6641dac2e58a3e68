"""Who one is to the bank: name, e-mail address, role."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from shared.access import PRIVATE, access

blueprint = Blueprint("profile", __name__)


@blueprint.get("/profile")
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """The profile."""
    return render_template("profile.html", profile=api().get("/api/auth/profile").data)
