"""One's own data: the archive of it, and having the bank forget who one is."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web import web_session
from gateway.web.accounts.views import ENDED
from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from gateway.web.file_download import handed_on
from gateway.web.form_errors import show_problem
from gateway.web.own_data.forms import EraseMeForm
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("own_data", __name__)
_WRONG_PASSWORD = "WRONG_PASSWORD"  # noqa: S105 (auth's refusal)


@blueprint.get("/settings/data")
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """What the bank keeps, the way to take it along, and the way out."""
    return _page(EraseMeForm())


@blueprint.post("/settings/data/archive")
@access(PRIVATE)
def download() -> ResponseReturnValue:
    """The archive, as it is written."""
    return handed_on(api().own_data.export().data)


@blueprint.post("/settings/data/erase")
@access(PRIVATE)
def erase() -> ResponseReturnValue:
    """Be forgotten, and log out for good."""
    form = EraseMeForm()
    if form.validate():
        try:
            api().own_data.erase(form.current_password.data)
            web_session.end()
            flash("You are erased. The bank keeps the books, and your name no longer stands in them.", "success")
            return redirect(url_for("public.index"), 303)
        except Refused as refused:
            if refused.refusal.code == _WRONG_PASSWORD:
                form.current_password.errors = [refusal_message(refused)]
            else:
                show_problem(form, refused)
    return _page(form), 422


def _page(form: EraseMeForm) -> str:
    living = [] if current_user.is_staff else [one for one in api().accounts.iterate() if one["status"] not in ENDED]
    return render_template("own_data.html", form=form, living=living)
