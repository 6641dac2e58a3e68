"""The inbox: what the bank told a person."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.page_access import safe_next
from gateway.web.pagination import first_page
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("inbox", __name__)
_PAGE = 20


@blueprint.get("/inbox")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """Notifications, newest first; `unread=true` leaves only those not read yet."""
    cursor, is_unread = request.args.get("cursor"), request.args.get("unread") == "true"
    try:
        answer = api().notifications.list(cursor=cursor, limit=_PAGE, unread=is_unread or None)
    except Refused as refused:
        if anew := first_page(refused, url_for("inbox.listing")):
            return anew
        raise
    return render_template(
        "inbox.html",
        found=answer.data,
        next_cursor=answer.body["next_cursor"],
        cursor=cursor,
        is_unread=is_unread,
    )


@blueprint.post("/inbox/<notification_id>/read")
@access(PRIVATE)
def open_one(notification_id: str) -> ResponseReturnValue:
    """Mark one as read and go where it leads."""
    opened = api().notifications.read(notification_id).data
    return redirect(safe_next(opened["link"]) or url_for("inbox.listing"), 303)


@blueprint.post("/inbox/read_all")
@access(PRIVATE)
def read_all() -> ResponseReturnValue:
    """Mark every one as read."""
    marked = api().notifications.read_all().data["marked_read"]
    flash(f"Marked {marked} as read." if marked else "Everything was read already.", "success")
    return redirect(url_for("inbox.listing"), 303)
