"""By which ways one is told of what happens."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from gateway.web.message_settings.forms import PreferencesForm, box_of, is_fixed, ticked
from gateway.web.message_settings.message_names import CHANNEL_NAMES, GROUPS
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("message_settings", __name__)


@blueprint.route("/settings/messages", methods=["GET", "POST"])
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """A table of switches; sending it sets all of them."""
    form = PreferencesForm()
    if request.method == "POST" and form.validate():
        try:
            api().notifications.change_preferences(form.payload())
            flash("Saved. What happens from now on is told so.", "success")
            return redirect(url_for("message_settings.show"), 303)
        except Refused as refused:
            show_problem(form, refused)
    boxes = set(form.on.data or ()) if form.errors else ticked(api().notifications.preferences().data)
    page = render_template(
        "message_settings.html",
        form=form,
        groups=GROUPS,
        channels=CHANNEL_NAMES,
        boxes=boxes,
        box_of=box_of,
        is_fixed=is_fixed,
        email=api().auth.profile().data["email"],
    )
    return page, 422 if form.errors else 200
