"""Every customer account of the ledger, by id and page by page, for whoever checks the ledger against other records."""

from typing import Any

from sqlalchemy import Connection, func, select

from shared.http.pagination import in_id_range
from shared.storage.database import as_dicts
from transaction_service.ledger import journal
from transaction_service.models import accounts, credit_lines, postings

A_FEW_ENTRIES = 10_000
"""More than a reader is behind while it keeps up. Of more than these, what was posted to each account is fewer."""
_settlement = accounts.alias("settlement")
_COLUMNS = (
    accounts.c.id.label("account_id"),
    accounts.c.owner_id,
    accounts.c.account_number,
    accounts.c.account_type,
    accounts.c.currency,
    accounts.c.status,
    accounts.c.synthetic,
    accounts.c.balance_minor,
    accounts.c.held_minor,
    accounts.c.floor_minor,
    accounts.c.movement_limit_minor,
    accounts.c.daily_limit_minor,
    _settlement.c.id.label("settlement_account_id"),
    credit_lines.c.billing_day,
)
_WITH_THEIR_LINES = accounts.outerjoin(credit_lines, credit_lines.c.account_key == accounts.c.key).outerjoin(
    _settlement, _settlement.c.key == credit_lines.c.settlement_key
)


def page(connection: Connection, *, after: str, until: str | None, limit: int, at: int) -> list[dict[str, Any]]:
    """Customer accounts with ids after one and up to another, and how credit cards' are billed; amounts in minor units.

    `balance_minor` is the balance kept, less what was posted after the journal position `at`: so that somebody who has
    seen the journal up to there can compare while money goes on moving.
    """
    of_customers = select(*_COLUMNS).select_from(_WITH_THEIR_LINES).where(accounts.c.owner_id.is_not(None))
    query = in_id_range(of_customers, accounts.c.id, after=after, until=until, limit=limit)
    rows = as_dicts(connection.execute(query))
    if rows:
        are_few = journal.state(connection).head_position - at <= A_FEW_ENTRIES
        posted_after = _few_posted_after if are_few else _posted_after
        later = posted_after(connection, at, rows[0]["account_id"], rows[-1]["account_id"])
        for row in rows:
            row["balance_minor"] -= later.get(row["account_id"], 0)
            row["synthetic"] = bool(row["synthetic"])
    return rows


def _posted_after(connection: Connection, position: int, first_id: str, last_id: str) -> dict[str, int]:
    query = (
        select(accounts.c.id, func.sum(postings.c.amount_minor))
        .join(postings, postings.c.account_key == accounts.c.key)
        .where(postings.c.position > position, accounts.c.id.between(first_id, last_id))
        .group_by(accounts.c.id)
    )
    return {account_id: int(total) for account_id, total in connection.execute(query)}


def _few_posted_after(connection: Connection, position: int, first_id: str, last_id: str) -> dict[str, int]:
    """The same, of all that was posted, whosoever's, which each page of a listing reads again."""
    of_account = (postings.c.account_key + 0).label("account_key")
    """Not the column itself, in whose order SQLite would read every posting that there is: those after are a few."""
    later = (
        select(of_account, func.sum(postings.c.amount_minor).label("total"))
        .where(postings.c.position > position)
        .group_by(of_account)
        .subquery()
    )
    query = (
        select(accounts.c.id, later.c.total)
        .join(later, later.c.account_key == accounts.c.key)
        .where(accounts.c.id.between(first_id, last_id))
    )
    return {account_id: int(total) for account_id, total in connection.execute(query)}
