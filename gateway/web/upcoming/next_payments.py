"""The next payments, for pages that do without where the ledger cannot say."""

from collections.abc import Sequence

import structlog

from gateway.web.api_client import api
from sandbank.types import DueWork
from shared.observability.logs import cause_of
from shared.refusals import Refused

logger = structlog.get_logger(__name__)
SHOWN = 5
_NO_PAYMENTS = frozenset({"hold_expiry", "mandate_expiry"})
"""What ends without anything being paid: it has its own place on the pages."""


def next_payments(*, account_id: str | None = None, user_id: str | None = None) -> Sequence[DueWork] | None:
    """The next payments, earliest first; None where nobody can say."""
    try:
        found = api().transactions.upcoming(account_id=account_id, user_id=user_id, limit=10 * SHOWN).data
    except Refused as refused:
        logger.info("upcoming_unknown", cause=cause_of(refused))
        return None
    return [one for one in found if one["kind"] not in _NO_PAYMENTS][:SHOWN]
