"""What the ledger keeps beside the hash chain, checked against the entries it was derived from.

Copies in postings, the spending of each day that limits are held by, idempotency keys, and holds.
"""

from sqlalchemy import Connection, and_, func, or_, select

from transaction_service.ledger.resolution import DAY_US
from transaction_service.ledger.rules import REVERSAL
from transaction_service.models import accounts, daily_outgoings, entries, idempotency_keys, postings
from transaction_service.proof.reconciliation import Finding

CHECK = "derived rows equal entries"


def findings(connection: Connection) -> list[Finding]:
    """Every derived row that is not what its entry says; empty when all is well."""
    return [
        *_postings_unlike_their_entry(connection),
        *_outgoings_unlike_their_entries(connection),
        *_keys_unlike_their_entry(connection),
        *_holds_of_nobody(connection),
    ]


def _postings_unlike_their_entry(connection: Connection) -> list[Finding]:
    query = (
        select(postings.c.entry_id, postings.c.account_id)
        .join(entries, entries.c.id == postings.c.entry_id)
        .join(accounts, accounts.c.id == postings.c.account_id)
        .where(
            or_(
                postings.c.effective_at != entries.c.effective_at,
                and_(
                    postings.c.history_owner_id.is_not(None),
                    func.coalesce(accounts.c.owner_id, "") != postings.c.history_owner_id,
                ),
            )
        )
    )
    return [
        Finding(CHECK, row.entry_id, f"the posting on {row.account_id} has another time or owner than it should")
        for row in connection.execute(query)
    ]


def _outgoings_unlike_their_entries(connection: Connection) -> list[Finding]:
    day = (entries.c.effective_at // DAY_US).label("day")
    query = (
        select(entries.c.from_account_id, day, func.sum(entries.c.amount_minor))
        .where(entries.c.from_account_id.is_not(None), entries.c.type != REVERSAL)
        .group_by(entries.c.from_account_id, day)
    )
    left = {(row[0], int(row[1])): int(row[2]) for row in connection.execute(query)}
    table = daily_outgoings.c
    found = []
    for account_id, on_day, kept in connection.execute(select(table.account_id, table.day, table.amount_minor)):
        true = left.pop((account_id, on_day), 0)
        if kept != true:
            found.append(_outgoing(account_id, on_day, kept, true))
    return found + [_outgoing(account_id, on_day, 0, true) for (account_id, on_day), true in left.items()]


def _outgoing(account_id: str, day: int, kept: int, true: int) -> Finding:
    detail = f"spent on day {day}: kept as {kept}, entries say {true} minor units"
    return Finding(CHECK, account_id, detail)


def _keys_unlike_their_entry(connection: Connection) -> list[Finding]:
    keys = idempotency_keys.c
    query = (
        select(keys.user_id, keys.key)
        .outerjoin(entries, entries.c.id == keys.entry_id)
        .where((keys.status < 300) != entries.c.id.is_not(None))
    )
    return [
        Finding(CHECK, row.key, f"the idempotency key of {row.user_id} does not tell what came of it")
        for row in connection.execute(query)
    ]


def _holds_of_nobody(connection: Connection) -> list[Finding]:
    """Nothing places holds yet, so nothing may be held."""
    query = select(accounts.c.id, accounts.c.held_minor).where(accounts.c.held_minor != 0)
    return [
        Finding(CHECK, row.id, f"{row.held_minor} minor units are held by nobody") for row in connection.execute(query)
    ]
