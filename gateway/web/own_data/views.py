"""One's own data: what there is, and the archive of it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.file_download import handed_on
from shared.access import PRIVATE, access

blueprint = Blueprint("own_data", __name__)


@blueprint.get("/settings/data")
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """What the bank keeps, and the way to take it along."""
    return render_template("own_data.html")


@blueprint.post("/settings/data/archive")
@access(PRIVATE)
def download() -> ResponseReturnValue:
    """The archive, as it is written."""
    return handed_on(api().own_data.export().data)
