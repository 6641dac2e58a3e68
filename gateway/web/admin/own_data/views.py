"""A person's data for an administrator: all of it as an archive, and erasing them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gateway.web.admin.own_data.forms import DataForm, EraseForm
from gateway.web.api_client import api
from gateway.web.file_download import handed_on
from gateway.web.form_errors import show_problem
from shared.identity.access import ADMIN, access
from shared.refusals import NOT_FOUND, Refused

blueprint = Blueprint("admin_own_data", __name__)


@blueprint.get("/admin/users/<user_id>/data")
@access(ADMIN)
def show(user_id: str) -> ResponseReturnValue:
    """What can be done with it."""
    return _page(user_id, DataForm(None), EraseForm(None)), 200


@blueprint.post("/admin/users/<user_id>/data/archive")
@access(ADMIN)
def download(user_id: str) -> ResponseReturnValue:
    """The archive, as it is written."""
    form = DataForm()
    if form.validate():
        try:
            return handed_on(api().own_data.export(user_id=user_id, reason=form.reason.data.strip()).data)
        except Refused as refused:
            show_problem(form, refused)
    return _page(user_id, form, EraseForm(None)), 422


@blueprint.post("/admin/users/<user_id>/data/erase")
@access(ADMIN)
def erase(user_id: str) -> ResponseReturnValue:
    """Have the bank forget who they are."""
    form = EraseForm()
    if form.validate():
        try:
            done = api().own_data.erase_user(user_id, form.why.data.strip()).data["status"] == "done"
            flash("They are erased." if done else "They are being erased.", "success")
            return redirect(url_for("admin_own_data.show", user_id=user_id), 303)
        except Refused as refused:
            show_problem(form, refused)
    return _page(user_id, DataForm(None), form), 422


def _page(user_id: str, form: DataForm, erasing: EraseForm) -> str:
    try:
        erasure = api().own_data.erasure(user_id).data
    except Refused as refused:
        if refused.refusal.status != NOT_FOUND.status:
            raise
        erasure = None
    person = api().auth.user(user_id).data
    return render_template("admin_user_data.html", person=person, form=form, erasing=erasing, erasure=erasure)
