"""By how much each day changed the balances of accounts, read from the postings since a day: no further back."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Integer, bindparam, literal_column, select

from shared.storage.statements import Statement
from shared.time.business_days import QUARTER_US, day_number, day_of_number, day_start_us
from transaction_service.models import postings

MOST_POSTINGS = 5_000
"""Of how many movements of an account what is shown of its interest is computed, before that is posted."""


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


_NEWEST = Statement(
    select(postings.c.effective_at, postings.c.amount_minor, postings.c.position)
    .where(postings.c.account_key == bindparam("account"), postings.c.effective_at >= bindparam("since"))
    .order_by(postings.c.effective_at.desc(), postings.c.position.desc())
    .limit(bindparam("most", type_=Integer))
    .offset(literal_column("0", Integer)),  # said, as SQLite's dialect would make a parameter of it
    *("account", "since", "most"),
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


class Recent(NamedTuple):
    """The newest days of an account, and the days and the positions of their postings.

    Where not all of them were read (`is_whole`), the balance before the first that was is that with which it began: of
    the earliest day some may be missing, and it ends as it did all the same.
    """

    days: Days
    postings: list[tuple[int, int]]
    is_whole: bool


def read_newest(connection: Connection, account_key: int, first: int, balance_minor: int, *, most: int) -> Recent:
    """The days since one of an account whose balance is this now, from so many postings at most."""
    changes: defaultdict[int, int] = defaultdict(int)
    day_of, read_on = _DayOfQuarter(), []
    begins = day_start_us(day_of_number(first))
    rows = _NEWEST.rows(connection, account_key, begins, most + 1)
    for effective_at, amount_minor, position in rows:
        day = day_of[effective_at // QUARTER_US]
        changes[day] += amount_minor
        read_on.append((day, position))
    return Recent(Days(balance_minor - sum(changes.values()), dict(changes)), read_on, is_whole=len(rows) <= most)


class _DayOfQuarter(dict[int, int]):
    """The day of each quarter of an hour that postings fall into, looked up once."""

    def __missing__(self, quarter: int) -> int:
        day = self[quarter] = day_number(quarter * QUARTER_US)
        return day
