"""The simulator: worlds of people who use the bank, and the time they live in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from shared.access import ADMIN, access

blueprint = Blueprint("simulator", __name__)


@blueprint.get("/admin/simulator")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """The world as it is."""
    return render_template("admin_simulator.html", status=api().get("/api/simulator/status").data)
