"""The mails of a bank in development, as they would reach people."""

from urllib.parse import urlsplit

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.page_access import safe_next
from gateway.web.pagination import first_page
from shared.identity.access import ADMIN, access
from shared.refusals import FORBIDDEN, Refused

blueprint = Blueprint("mailbox", __name__)
_PAGE = 20


@blueprint.get("/admin/mailbox")
@access(ADMIN)
def listing() -> ResponseReturnValue:
    """Mails, newest first; in production there is nothing to see."""
    cursor, found, next_cursor, is_there = request.args.get("cursor"), [], None, True
    try:
        page = api().notifications.mailbox(limit=_PAGE, cursor=cursor)
        found, next_cursor = page.data, page.next_cursor
    except Refused as refused:
        if anew := first_page(refused, url_for("mailbox.listing")):
            return anew
        if refused.refusal.status != FORBIDDEN.status:
            raise
        is_there = False
    return render_template(
        "admin_mailbox.html",
        found=found,
        next_cursor=next_cursor,
        cursor=cursor,
        is_there=is_there,
        path_of=_path_of,
    )


def _path_of(link: str) -> str | None:
    """Where a mail leads, within this web bank, whatever address people know it under."""
    parts = urlsplit(link)
    return safe_next(f"{parts.path}?{parts.query}" if parts.query else parts.path)
