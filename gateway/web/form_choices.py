"""What a form offers to choose from that depends on who asks: their accounts, the categories they used."""

from collections.abc import Iterable

import structlog
from wtforms import SelectChoice

from gateway.web.account_field import Account, name_of
from gateway.web.activity.forms import TYPES
from gateway.web.api_client import api
from gateway.web.formatting import words
from sandbank.caller import MAX_PAGE
from shared.observability.logs import cause_of
from shared.refusals import Refused

_PATIENCE_SECONDS = 1.0
_TYPE_NAMES = frozenset(choice.value for choice in TYPES)

logger = structlog.get_logger(__name__)


def own_accounts() -> list[Account]:
    """All one's accounts; none while the account service is away, as what they narrow can be shown without them."""
    try:
        found: list[Account] = []
        cursor = None
        while True:
            page = api().accounts.list(cursor=cursor, limit=MAX_PAGE, timeout_seconds=_PATIENCE_SECONDS)
            found += page.data
            cursor = page.next_cursor
            if cursor is None:
                return found
    except Refused as refused:
        logger.info("choices_unknown", of="accounts", cause=cause_of(refused))
        return []


def account_choices(accounts: Iterable[Account]) -> list[SelectChoice]:
    """Each account by its id."""
    return [SelectChoice(account["id"], name_of(account)) for account in accounts]


def category_choices(*, with_types: bool = False) -> list[SelectChoice]:
    """The categories of one's transactions, as reporting has them; none while it is away.

    Reports count what has no category by its type; `with_types` keeps those, which a list of transactions cannot find.
    """
    try:
        report = api().reports.transactions(timeout_seconds=_PATIENCE_SECONDS, limit=1).data
    except Refused as refused:
        logger.info("choices_unknown", of="categories", cause=cause_of(refused))
        return []
    found = {row["category"] for currency in report["currencies"] for row in currency["by_category"]}
    named = [SelectChoice(name, words(name)) for name in found if with_types or name not in _TYPE_NAMES]
    return sorted(named, key=lambda choice: str(choice.label))
