"""The scorecard of the newest world on a page."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gateway.web.admin.realism.figures import figure
from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from shared.identity.access import ADMIN, access
from shared.refusals import Refused

blueprint = Blueprint("realism", __name__)


@blueprint.get("/admin/simulator/realism")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """Each target with what was observed; without a world there is nothing to hold to them."""
    try:
        card = api().simulator.validate().data
    except Refused as refused:
        if refused.refusal.code != "NO_WORLD":
            raise
        flash(refusal_message(refused), "warning")
        return redirect(url_for("simulator.show"))
    return render_template("admin_realism.html", card=card, figure=figure)
