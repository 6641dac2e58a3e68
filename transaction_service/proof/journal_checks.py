"""The journal recomputed page by page: the hash chain, entries that balance, postings that are what their entry says.

Each page is a short transaction of its own, so that a proof of any length keeps no writer's log from being taken in.
Entries never change, so pages of different moments fit together; what is appended meanwhile is left for the next time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from shared.database import Database
from transaction_service.history.journal_feed import sealed_page
from transaction_service.ledger import journal
from transaction_service.ledger.chain import GENESIS_HASH, chain_hash
from transaction_service.models import accounts, entries, postings
from transaction_service.models import journal as journal_table
from transaction_service.proof.finding import Finding

PAGE = 1_000
BALANCED = "debits equal credits"
CHAIN = "hash chain"
DERIVED = "derived rows equal entries"


def findings(database: Database) -> list[Finding]:
    """Everything that is wrong in the journal and its postings; empty when all is well."""
    with database.read() as connection:
        head = journal.state(connection).head_position
    return [*_broken_chain(database, head), *uneven(database), *_left_out(database)]


def _broken_chain(database: Database, head: int) -> Iterator[Finding]:
    """The first position whose hash does not follow, or a tail that was cut."""
    position, chained = 0, GENESIS_HASH
    while position < head:
        with database.read() as connection:
            rows = sealed_page(connection, after=position, limit=min(PAGE, head - position))
        for row in rows:
            if row.position != position + 1:
                yield Finding(CHAIN, str(position + 1), "is missing from the journal")
                return
            position = row.position
            chained = chain_hash(chained, position, row.entry, row.legs)
            if chained != row.hash:
                yield Finding(CHAIN, str(position), f"entry {row.entry.id} is not as it was sealed")
                return
        if not rows:
            break
    yield from _cut_tail(database, position, chained, head)


def _cut_tail(database: Database, position: int, chained: str, head: int) -> Iterator[Finding]:
    if position != head:
        yield Finding(CHAIN, str(position + 1), f"the journal ends here, its head is at {head}")
        return
    with database.read() as connection:
        state = journal.state(connection)
        (last,) = connection.execute(select(func.max(journal_table.c.position))).one()
    if (last or 0) != state.head_position:
        end = last or 0
        yield Finding(CHAIN, str(end + 1), f"the journal ends at {end}, its head is at {state.head_position}")
    elif state.head_position == head and state.head_hash != chained:
        yield Finding(CHAIN, str(position + 1), f"the journal ends here, its head is at {head} with another hash")


def _left_out(database: Database) -> Iterator[Finding]:
    with database.read() as connection:
        state = journal.state(connection)
        total = connection.execute(select(func.count()).select_from(entries)).scalar_one()
    if total != state.head_position:
        yield Finding(CHAIN, "entries", f"{total} entries, {state.head_position} of them in the journal")


def uneven(database: Database) -> Iterator[Finding]:
    """Entries whose postings do not sum to zero in each currency, and currencies that do not over all of them."""
    with database.read() as connection:
        head = journal.state(connection).head_position
    totals: Counter[str] = Counter()
    for first in range(0, head, PAGE):
        with database.read() as connection:
            legs = _legs(connection, first, min(first + PAGE, head))
        for entry_id, rows in legs.items():
            sums: Counter[str] = Counter()
            for row in rows:
                if row.account_id is None:
                    continue
                sums[row.currency] += row.amount_minor
                yield from _copies(row)
            totals.update(sums)
            for currency, total in sums.items():
                if total:
                    yield Finding(BALANCED, entry_id, f"postings sum to {total} {currency}")
            if sum(row.account_id is not None for row in rows) < 2:
                yield Finding(BALANCED, entry_id, "has fewer than two postings")
    for currency, total in totals.items():
        if total:
            yield Finding(BALANCED, currency, f"all postings sum to {total} minor units")


def _copies(row: Any) -> Iterator[Finding]:
    owner = row.history_owner_id
    if row.effective_at != row.entry_effective_at or (owner is not None and owner != (row.owner_id or "")):
        detail = f"the posting on {row.account_id} has another time or owner than it should"
        yield Finding(DERIVED, row.entry_id, detail)


def _legs(connection: Connection, after: int, until: int) -> dict[str, list[Any]]:
    query = (
        select(
            entries.c.id.label("entry_id"),
            entries.c.effective_at.label("entry_effective_at"),
            postings.c.account_id,
            postings.c.amount_minor,
            postings.c.effective_at,
            postings.c.history_owner_id,
            accounts.c.currency,
            accounts.c.owner_id,
        )
        .select_from(journal_table)
        .join(entries, entries.c.id == journal_table.c.entry_id)
        .outerjoin(postings, postings.c.entry_id == entries.c.id)
        .outerjoin(accounts, accounts.c.id == postings.c.account_id)
        .where(journal_table.c.position > after, journal_table.c.position <= until)
    )
    legs: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        legs[row.entry_id].append(row)
    return legs
