"""How many notifications wait, for the bell on every page. A bank without its inbox still shows its pages."""

import structlog
from flask import g
from flask_login import current_user

from gateway.web.api_client import SessionEndedError, api
from shared.observability.logs import cause_of
from shared.refusals import Refused

_PATIENCE_SECONDS = 1.0

logger = structlog.get_logger(__name__)


def unread_count() -> int:
    """Unread notifications of whoever is logged in; 0 when nobody is, or when the inbox cannot be asked.

    Asked once a page: side by side with what else the page asks, where it does so (gateway.web.side_by_side).
    """
    if not current_user.is_authenticated:
        return 0
    if "unread_count" not in g:
        asked = g.get("unread_count_asked")
        g.unread_count = count_unread() if asked is None else asked.answer()
    return int(g.unread_count)


def count_unread() -> int:
    """The same of somebody who is logged in, asked now."""
    try:
        answer = api().notifications.unread_count(timeout_seconds=_PATIENCE_SECONDS)
        return int(answer.data["unread_count"])
    except (Refused, SessionEndedError) as problem:
        logger.info("unread_count_unknown", cause=cause_of(problem))
        return 0
