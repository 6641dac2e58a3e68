"""The bank at a glance, for the people who work in it."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.bank_api import api
from shared.access import STAFF, access

blueprint = Blueprint("admin", __name__)


@blueprint.get("/admin")
@access(STAFF)
def overview() -> ResponseReturnValue:
    """Figures for administrators, the ways on for everybody who works here."""
    report = api().get("/api/reports/system").data if current_user.is_admin else None
    bank_time = api().get("/api/transactions/clock").data
    health = current_app.extensions["bank_health"]()
    return render_template("admin.html", report=report, clock=bank_time, health=health)
