"""Settings of one's log-in: the password, and the devices that are logged in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web import web_session
from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from gateway.web.form_errors import show_problem
from gateway.web.pagination import first_page
from gateway.web.security_settings.forms import PasswordForm
from shared.identity.access import PRIVATE, access
from shared.identity.device_names import device_name
from shared.refusals import NOT_FOUND, Refused

blueprint = Blueprint("settings", __name__)
blueprint.add_app_template_filter(device_name, "device")
_WRONG_PASSWORD = "WRONG_PASSWORD"  # noqa: S105 (auth's refusal)
_PAGE = 10


@blueprint.route("/settings", methods=["GET", "POST"])
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """Password and devices; changing the password signs the other devices out."""
    form = PasswordForm()
    if request.method == "POST" and form.validate():
        passwords = {"current_password": form.current_password.data, "new_password": form.new_password.data}
        try:
            ended = api().auth.change_password(**passwords).data["sessions_ended"]
            flash(f"Your password is changed. {_signed_out(ended)}", "success")
            return redirect(url_for("settings.show"), 303)
        except Refused as refused:
            if refused.refusal.code == _WRONG_PASSWORD:
                form.current_password.errors = [refusal_message(refused)]
            else:
                show_problem(form, refused)
    cursor = request.args.get("cursor")
    try:
        answer = api().auth.list_sessions(cursor=cursor, limit=_PAGE)
    except Refused as refused:
        if anew := first_page(refused, url_for("settings.show")):
            return anew
        raise
    page = render_template(
        "settings.html", form=form, devices=answer.data, next_cursor=answer.body["next_cursor"], cursor=cursor
    )
    return page, 422 if form.errors else 200


@blueprint.post("/settings/devices/<session_id>/end")
@access(PRIVATE)
def end_one(session_id: str) -> ResponseReturnValue:
    """Sign one device out."""
    flash(_signed_out(_end(session_id)), "success")
    return redirect(url_for("settings.show"), 303)


@blueprint.post("/settings/devices/end_others")
@access(PRIVATE)
def end_others() -> ResponseReturnValue:
    """Sign every device out but this one."""
    others = [device for device in api().auth.iterate_sessions() if not device["current"]]
    flash(_signed_out(sum(_end(device["id"]) for device in others)), "success")
    return redirect(url_for("settings.show"), 303)


@blueprint.post("/settings/devices/end_all")
@access(PRIVATE)
def end_all() -> ResponseReturnValue:
    """Sign every device out, this one too."""
    api().auth.log_out_everywhere()
    web_session.end()
    flash("You are logged out everywhere.", "success")
    return redirect(url_for("login.login"), 303)


def _end(session_id: str) -> int:
    """How many ended: none when it had ended already, as it does when somebody clicks twice."""
    try:
        ended: int = api().auth.end_session(session_id).data["sessions_ended"]
    except Refused as refused:
        if refused.refusal.status != NOT_FOUND.status:
            raise
        return 0
    return ended


def _signed_out(count: int) -> str:
    """What was done, in words."""
    if not count:
        return "No other device was logged in."
    return "One device was logged out." if count == 1 else f"{count} devices were logged out."
