"""Who one is to the bank: name, e-mail address, role."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web import web_session
from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from gateway.web.profile.forms import ProfileForm
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("profile", __name__)


@blueprint.route("/profile", methods=["GET", "POST"])
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """The profile, and changing what of it is one's own to change."""
    profile: Mapping[str, Any] = api().auth.profile().data
    form = ProfileForm(data=profile)
    if request.method == "POST" and form.validate():
        typed = {"full_name": (form.full_name.data or "").strip(), "email": form.email.data.strip()}
        changed = {name: text for name, text in typed.items() if text != profile[name]}
        if "email" in changed and form.current_password.data:
            changed["current_password"] = form.current_password.data
        try:
            if changed:
                web_session.rename(api().auth.update_profile(**changed).data["full_name"])
            flash("Your profile is saved." if changed else "There was nothing to change.", "success")
            return redirect(url_for("profile.show"), 303)
        except Refused as refused:
            show_problem(form, refused)
    return render_template("profile.html", profile=profile, form=form), 422 if form.errors else 200
