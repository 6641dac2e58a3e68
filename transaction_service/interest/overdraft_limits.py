"""When a version of a rate plan begins to apply, its accounts have the floor and the days of notice that it says."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from shared.time.business_days import day_number
from transaction_service.due_work import queue
from transaction_service.due_work.queue import Due
from transaction_service.interest import rate_plans
from transaction_service.ledger import journal
from transaction_service.models import account_plans, accounts
from transaction_service.models import rate_plans as versions_table

_ACCOUNTS_AT_ONCE = 500
_SET_BOUNDS = (
    update(accounts)
    .where(accounts.c.key == bindparam("account"))
    .values(floor_minor=bindparam("floor"), floor_passed_at=bindparam("passed_at"), notice_days=bindparam("notice"))
)


def apply_limits(connection: Connection, due: Sequence[Due]) -> None:
    """Give the next accounts on the plan their new floor and notice; the work is done once none is left.

    An account may be below it then: nothing that its holder asks for leaves it until money has come in.
    """
    version_id = due[0].subject_id
    table = versions_table.c
    code, applied_to = connection.execute(
        select(table.code, table.limit_applied_to).where(table.id == version_id)
    ).one()
    rows = _next_accounts(connection, code, applied_to)
    versions = rate_plans.load(connection, [code])[code]
    state = journal.state(connection)
    today = day_number(due[0].due_at)
    changed = []
    for row in rows:
        floor_minor, notice_days = rate_plans.bounds_by(versions, row.currency, today)
        if (floor_minor, notice_days) != (row.floor_minor, row.notice_days):
            is_below = row.balance_minor - row.held_minor < floor_minor
            since = state.head_position if row.floor_passed_at is None else row.floor_passed_at
            passed_at = since if is_below else None
            changed.append({"account": row.key, "floor": floor_minor, "passed_at": passed_at, "notice": notice_days})
    if changed:
        connection.execute(_SET_BOUNDS, changed)
    if len(rows) < _ACCOUNTS_AT_ONCE:
        queue.cancel(connection, rate_plans.OVERDRAFT_LIMIT, [version_id])
    else:
        is_it = table.id == version_id
        connection.execute(update(versions_table).where(is_it).values(limit_applied_to=rows[-1].key))


def _next_accounts(connection: Connection, code: str, after: int) -> Sequence[Any]:
    query = (
        select(
            accounts.c.key,
            accounts.c.currency,
            accounts.c.balance_minor,
            accounts.c.held_minor,
            accounts.c.floor_minor,
            accounts.c.floor_passed_at,
            accounts.c.notice_days,
        )
        .join(account_plans, account_plans.c.account_key == accounts.c.key)
        .where(account_plans.c.code == code, account_plans.c.account_key > after)
        .order_by(account_plans.c.account_key)
    )
    return connection.execute(query.limit(_ACCOUNTS_AT_ONCE)).all()
