"""The SQL of settled periods: the accounts that are to be settled, what was settled of them, and which entries did it.

Everything here runs inside a write transaction that the caller opened.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from shared.enums import AccountStatus
from shared.storage.statements import Row, Statement
from transaction_service.models import account_plans, accounts, interest_entries, interest_periods


class PlannedAccount(NamedTuple):
    """An account on a plan, as it stands."""

    key: int
    id: str
    currency: str
    status: str
    balance_minor: int
    code: str
    accrues_from: int
    settled_until: int | None
    recompute_from: int | None
    outstanding_credit_minor: int
    outstanding_debit_minor: int


class SettledPeriod(NamedTuple):
    """A settled period of an account, in the order of its columns."""

    account_key: int
    first_day: int
    until_day: int
    credit_minor: int
    debit_minor: int
    as_of: int


class InterestPosition(NamedTuple):
    """How far an account is settled, and what could not be posted."""

    settled_until: int | None
    recompute_from: int | None
    outstanding_credit_minor: int
    outstanding_debit_minor: int
    account_key: int


_OF_ACCOUNT = ("key", "id", "currency", "status", "balance_minor")
_PLANNED = select(
    *(accounts.c[name] if name in _OF_ACCOUNT else account_plans.c[name] for name in PlannedAccount._fields)
).join_from(account_plans, accounts, accounts.c.key == account_plans.c.account_key)


def accounts_after(connection: Connection, codes: Iterable[str], after: int, limit: int) -> list[PlannedAccount]:
    """The next accounts on these plans in the order of their keys; closed ones earn and owe nothing any more."""
    query = _PLANNED.where(
        account_plans.c.account_key > after,
        account_plans.c.code.in_(sorted(codes)),
        accounts.c.status != AccountStatus.CLOSED.value,
    )
    rows = connection.execute(query.order_by(account_plans.c.account_key).limit(limit))
    return [PlannedAccount(*row) for row in rows]


def planned(connection: Connection, account_keys: Sequence[int]) -> list[PlannedAccount]:
    """Those of these accounts that are on plans."""
    if not account_keys:
        return []
    query = _PLANNED.where(account_plans.c.account_key.in_(account_keys))
    return [PlannedAccount(*row) for row in connection.execute(query)]


def to_recompute(connection: Connection, account_keys: Sequence[int]) -> dict[int, list[SettledPeriod]]:
    """The settled periods of accounts that were backdated into, from the earliest such day on, oldest first."""
    found: defaultdict[int, list[SettledPeriod]] = defaultdict(list)
    if account_keys:
        query = (
            select(*(interest_periods.c[name] for name in SettledPeriod._fields))
            .join(account_plans, account_plans.c.account_key == interest_periods.c.account_key)
            .where(
                interest_periods.c.account_key.in_(account_keys),
                interest_periods.c.until_day > account_plans.c.recompute_from,
            )
            .order_by(interest_periods.c.account_key, interest_periods.c.first_day)
        )
        for row in connection.execute(query):
            found[row.account_key].append(SettledPeriod(*row))
    return dict(found)


def last_settled(connection: Connection, account_keys: Sequence[int]) -> dict[int, list[SettledPeriod]]:
    """The last settled period of accounts, and those before it that are to be computed again; oldest first."""
    found: defaultdict[int, list[SettledPeriod]] = defaultdict(list)
    if account_keys:
        is_last = interest_periods.c.until_day == account_plans.c.settled_until
        is_wrong = interest_periods.c.until_day > account_plans.c.recompute_from
        query = (
            select(*(interest_periods.c[name] for name in SettledPeriod._fields))
            .join(account_plans, account_plans.c.account_key == interest_periods.c.account_key)
            .where(interest_periods.c.account_key.in_(account_keys), or_(is_last, is_wrong))
            .order_by(interest_periods.c.account_key, interest_periods.c.first_day)
        )
        for row in connection.execute(query):
            found[row.account_key].append(SettledPeriod(*row))
    return dict(found)


_FORGET = delete(interest_periods).where(
    interest_periods.c.account_key == bindparam("account"), interest_periods.c.first_day == bindparam("first")
)
_KEEP = Statement(insert(interest_periods), *SettledPeriod._fields)
_STAND = Statement(
    update(account_plans)
    .where(account_plans.c.account_key == bindparam("account"))
    .values(
        settled_until=bindparam("until"),
        recompute_from=bindparam("from_day"),
        outstanding_credit_minor=bindparam("credit"),
        outstanding_debit_minor=bindparam("debit"),
    ),
    *("until", "from_day", "credit", "debit", "account"),
)
_LINK = Statement(insert(interest_entries), "position", "account_key")


def store(connection: Connection, settled: Sequence[SettledPeriod], standings: Sequence[InterestPosition]) -> None:
    """Keep what was settled, in place of what was before."""
    if settled:
        old = [{"account": one.account_key, "first": one.first_day} for one in settled]
        connection.execute(_FORGET, old)
        _KEEP.run(connection, settled)
    if standings:
        _STAND.run(connection, standings)


def link(connection: Connection, entries: Sequence[Row]) -> None:
    """Keep which entry, by its position, posted the interest of which account, by its key."""
    if entries:
        _LINK.run(connection, entries)
