"""Coming in and going out: log-in, registration, log-out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm

from gateway.web import web_session
from gateway.web.api_client import SessionEndedError, api
from gateway.web.form_errors import show_problem
from gateway.web.login.forms import LogInForm, RegisterForm
from gateway.web.page_access import safe_next
from shared.identity.access import PUBLIC, access
from shared.refusals import RATE_LIMITED, Refused

blueprint = Blueprint("login", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@access(PUBLIC)
def login() -> ResponseReturnValue:
    """Log in, and go on to where one was going."""
    form = LogInForm()
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(url_for("public.home"))
        form.next.data = safe_next(request.args.get("next")) or ""
    elif form.validate():
        try:
            credentials = {"username": form.username.data.strip(), "password": form.password.data}
            web_session.begin(api().as_nobody("/api/auth/login", credentials).data)
            return redirect(safe_next(form.next.data) or url_for("public.home"), 303)
        except Refused as refused:
            show_problem(form, refused)
            return _again("login.html", form, refused)
    return render_template("login.html", form=form), 422 if form.errors else 200


@blueprint.route("/register", methods=["GET", "POST"])
@access(PUBLIC)
def register() -> ResponseReturnValue:
    """Become a customer, and be logged in at once."""
    form = RegisterForm()
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(url_for("public.home"))
    elif form.validate():
        person = {
            "username": form.username.data.strip(),
            "email": form.email.data.strip(),
            "password": form.password.data,
            "full_name": form.full_name.data.strip() or None,
        }
        try:
            api().as_nobody("/api/auth/register", person)
            credentials = {"username": person["username"], "password": person["password"]}
            web_session.begin(api().as_nobody("/api/auth/login", credentials).data)
            flash(f"Welcome, {current_user.name}. Open your first account to begin.", "success")
            return redirect(url_for("public.home"), 303)
        except Refused as refused:
            show_problem(form, refused)
            return _again("register.html", form, refused)
    return render_template("register.html", form=form), 422 if form.errors else 200


def _again(template: str, form: FlaskForm, refused: Refused) -> ResponseReturnValue:
    """The form with what was wrong; 429 and when to come again for somebody who tried too often."""
    page = render_template(template, form=form)
    wait = refused.retry_after
    if refused.refusal.status == RATE_LIMITED.status:
        return page, RATE_LIMITED.status, {"Retry-After": str(wait or 1)}
    return page, 422


@blueprint.post("/logout")
@access(PUBLIC)
def logout() -> ResponseReturnValue:
    """End the session, here and at the bank. A bank that is away must not keep anybody logged in here."""
    kept = web_session.tokens()
    message = ("You are logged out.", "success")
    if kept is not None:
        try:
            api().post("/api/auth/logout", {"refresh_token": kept.refresh})
        except SessionEndedError:
            pass  # it had ended already
        except Refused:
            message = ("You are logged out here, but the bank could not be told. Try again under Settings.", "warning")
    web_session.end()
    flash(*message)
    return redirect(url_for("public.index"), 303)
