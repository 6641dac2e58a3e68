"""By how much each day changed the balances of accounts, read from the postings since a day: no further back."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from shared.business_days import QUARTER_US, day_number, day_of_number, day_start_us
from shared.statements import Statement
from transaction_service.models import postings


class Days(NamedTuple):
    """The balance of an account as a day begins, and by how much that day and later ones changed it."""

    opening_minor: int
    changes: dict[int, int]

    def since(self, day: int) -> "Days":
        """The same as a later day begins."""
        before = sum(minor for on, minor in self.changes.items() if on < day)
        return Days(self.opening_minor + before, {on: minor for on, minor in self.changes.items() if on >= day})


_POSTED = Statement(
    select(postings.c.effective_at, postings.c.amount_minor).where(
        postings.c.account_key == bindparam("account"), postings.c.effective_at >= bindparam("since")
    ),
    "account",
    "since",
)


def read(connection: Connection, since: Mapping[int, int], balances: Mapping[int, int]) -> dict[int, Days]:
    """The days of accounts by their keys: `since` which day, and what their balance is now; minor units."""
    found = {}
    days = _DayOfQuarter()
    for account_key, first in since.items():
        changes: defaultdict[int, int] = defaultdict(int)
        begins = day_start_us(day_of_number(first))
        for effective_at, amount_minor in _POSTED.rows(connection, account_key, begins):
            changes[days[effective_at // QUARTER_US]] += amount_minor
        found[account_key] = Days(balances[account_key] - sum(changes.values()), dict(changes))
    return found


class _DayOfQuarter(dict[int, int]):
    """The day of each quarter of an hour that postings fall into, looked up once."""

    def __missing__(self, quarter: int) -> int:
        day = self[quarter] = day_number(quarter * QUARTER_US)
        return day
