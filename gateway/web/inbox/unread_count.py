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
    """Unread notifications of whoever is logged in; 0 when nobody is, or when the inbox cannot be asked."""
    if not current_user.is_authenticated:
        return 0
    if "unread_count" not in g:
        try:
            answer = api().notifications.unread_count(timeout_seconds=_PATIENCE_SECONDS)
            g.unread_count = int(answer.data["unread_count"])
        except (Refused, SessionEndedError) as problem:
            logger.info("unread_count_unknown", cause=cause_of(problem))
            g.unread_count = 0
    return int(g.unread_count)
