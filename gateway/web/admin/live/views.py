"""The whole bank this second: a picture of it, and the events by which a browser keeps the picture moving."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from shared.identity.access import ADMIN, access

blueprint = Blueprint("live", __name__)


@blueprint.get("/admin/live")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """The totals as they are; without JavaScript they are those of when the page was made."""
    return render_template("admin_live.html", now=api().reports.live().data)


@blueprint.get("/admin/live/events")
@access(ADMIN)
def events() -> ResponseReturnValue:
    """What the reporting service tells each second, passed on as it comes."""
    stream = api().reports.watch_live().data
    told = stream.content if stream.pieces is None else stream.pieces
    response = Response(told, content_type=stream.content_type, direct_passthrough=True)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
