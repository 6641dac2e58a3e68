"""A forgotten password: asking for the link, and choosing a new one with it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web import web_session
from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from gateway.web.login.forms import ForgotPasswordForm, ResetPasswordForm
from shared.identity.access import PUBLIC, access
from shared.refusals import Refused

blueprint = Blueprint("password_reset", __name__)


@blueprint.route("/forgot_password", methods=["GET", "POST"])
@access(PUBLIC)
def ask() -> ResponseReturnValue:
    """Ask for a link; the answer is the same for everybody."""
    form = ForgotPasswordForm()
    if form.validate_on_submit():
        try:
            api().as_nobody("/api/auth/forgot_password", {"email": form.email.data.strip()})
        except Refused as refused:
            show_problem(form, refused)
        else:
            return redirect(url_for("password_reset.asked"), 303)
    return render_template("forgot_password.html", form=form), 422 if form.errors else 200


@blueprint.get("/forgot_password/sent")
@access(PUBLIC)
def asked() -> ResponseReturnValue:
    """What happens next."""
    return render_template("forgot_password_sent.html")


@blueprint.route("/reset_password", methods=["GET", "POST"])
@access(PUBLIC)
def choose() -> ResponseReturnValue:
    """Choose a new password with the token of the link, which the page keeps out of its address from here on."""
    form = ResetPasswordForm()
    if request.method == "GET":
        form.token.data = request.args.get("token", "")[:200]
    elif form.validate():
        asked_for = {"token": form.token.data or "-", "new_password": form.new_password.data}
        try:
            api().as_nobody("/api/auth/reset_password", asked_for)
        except Refused as refused:
            show_problem(form, refused)
        else:
            web_session.end()
            flash("Your password is changed, and every session was ended. Log in with the new one.", "success")
            return redirect(url_for("login.login"), 303)
    page = render_template("reset_password.html", form=form)
    return page, 422 if form.errors else 200, {"Cache-Control": "no-store"}
