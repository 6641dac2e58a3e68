"""A person's data for an administrator: all of it as an archive."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.web.admin.own_data.forms import DataForm
from gateway.web.api_client import api
from gateway.web.file_download import handed_on
from gateway.web.form_errors import show_problem
from shared.access import ADMIN, access
from shared.refusals import Refused

blueprint = Blueprint("admin_own_data", __name__)


@blueprint.get("/admin/users/<user_id>/data")
@access(ADMIN)
def show(user_id: str) -> ResponseReturnValue:
    """What can be done with it."""
    return _page(user_id, DataForm()), 200


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
    return _page(user_id, form), 422


def _page(user_id: str, form: DataForm) -> str:
    return render_template("admin_user_data.html", person=api().auth.user(user_id).data, form=form)
