"""The proof over our own copy of the journal: its hash chain, what was added up from it, and the stored reports.

Read page by page over one connection that sees the database as it was at one position.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from reporting_service.models import balances, entries, legs, reports, volumes
from reporting_service.projections import turnover
from reporting_service.projections.feed_positions import Position
from reporting_service.projections.turnover import DAY_US
from reporting_service.proof.chain import FACTS, GENESIS_HASH, Leg, chain_hash
from reporting_service.proof.checks import REPORTS_EQUAL_LEDGER, STORED_REPORTS, Finding
from reporting_service.reports import stored_reports

ENTRIES_A_PAGE = 5000
REPORTS_A_PAGE = 50
SERVICE = "reporting-service"

_FACTS = [entries.c[name] for name in FACTS]
_EFFECTIVE_AT = FACTS.index("effective_at")


def chain_findings(connection: Connection, reached: Position) -> list[Finding]:
    """Entries or legs that are not as the ledger sealed them, by the hashes that came with them."""
    found: list[Finding] = []
    position, previous, leg_count = 0, GENESIS_HASH, 0
    while rows := _entries_after(connection, position):
        legs_of, times_of = _legs_between(connection, position, rows[-1].position)
        leg_count += sum(len(some) for some in legs_of.values())
        for row in rows:
            if row.position != position + 1:
                found.append(_finding(str(position + 1), "is missing from the copy of the journal"))
            position = row.position
            facts = tuple(row)[2:]
            if chain_hash(previous, position, facts, legs_of[position]) != row.hash:
                found.append(_finding(row.id, f"the entry at position {position} or its legs are not as sealed"))
            elif any(instant != facts[_EFFECTIVE_AT] for instant in times_of[position]):
                found.append(_finding(row.id, f"a leg of the entry at position {position} has another time"))
            previous = row.hash
    if (position, previous) != (reached.position, reached.hash):
        found.append(_finding("feed position", f"says {reached.position}, the copy ends at {position}"))
    total = connection.execute(select(func.count()).select_from(legs)).scalar_one()
    if total != leg_count:
        found.append(_finding("legs", f"{total} legs, {leg_count} of them of an entry"))
    return found


def first_divergence(connection: Connection, reached: Position, ledger_hash: Callable[[int], str | None]) -> int | None:
    """The first position at which our copy and the ledger's journal part, None when they agree up to ours.

    Each hash covers everything before it, so the place is found by halving.
    """
    if reached.position == 0 or ledger_hash(reached.position) == reached.hash:
        return None
    low, high = 1, reached.position
    while low < high:
        middle = (low + high) // 2
        ours = connection.execute(select(entries.c.hash).where(entries.c.position == middle)).scalar()
        if ours == ledger_hash(middle):
            low = middle + 1
        else:
            high = middle
    return low


def sum_findings(connection: Connection) -> list[Finding]:
    """Balances and volumes that are not what the entries and legs add up to."""
    summed = (
        select(legs.c.account_id, func.sum(legs.c.amount_minor).label("total")).group_by(legs.c.account_id).subquery()
    )
    kept = balances.c.balance_minor
    differing = (
        select(balances.c.account_id, kept, summed.c.total)
        .outerjoin(summed, summed.c.account_id == balances.c.account_id)
        .where(kept != func.coalesce(summed.c.total, 0))
    )
    lacking = (
        select(summed.c.account_id, summed.c.total)
        .outerjoin(balances, balances.c.account_id == summed.c.account_id)
        .where(balances.c.account_id.is_(None))
    )
    found = [
        _finding(
            row.account_id, f"balance kept as {row.balance_minor}, its legs add up to {row.total or 0} minor units"
        )
        for row in connection.execute(differing)
    ]
    found += [
        _finding(row.account_id, f"no balance is kept, its legs add up to {row.total} minor units")
        for row in connection.execute(lacking)
    ]
    found += [
        _finding(
            f"turnover {account_id} {day} {entry_type} {category}".rstrip(),
            f"kept with {kept} movements, the legs have {true}, or their sums differ",
        )
        for account_id, day, entry_type, category, kept, true in turnover.differing(connection)
    ]
    return found + _volume_findings(connection)


def _volume_findings(connection: Connection) -> list[Finding]:
    key = ((entries.c.effective_at // DAY_US).label("day"), entries.c.currency, entries.c.type)
    query = select(*key, func.count(), func.sum(entries.c.amount_minor)).group_by(*key)
    true = {(int(row[0]), row[1], row[2]): (row[3], int(row[4])) for row in connection.execute(query)}
    kept = {
        (row.day, row.currency, row.type): (row.entries, row.amount_minor)
        for row in connection.execute(select(volumes))
    }
    return [
        _finding(
            f"volume {' '.join(str(part) for part in name)}",
            f"kept as {kept.get(name, (0, 0))}, the entries say {true.get(name, (0, 0))} (count, minor units)",
        )
        for name in sorted({*true, *kept})
        if true.get(name) != kept.get(name)
    ]


def stored_report_findings(connection: Connection) -> list[Finding]:
    """Stored reports that no longer say what they said."""
    return [
        Finding(STORED_REPORTS, SERVICE, row.id, "the report was altered after it was made")
        for row in _stored(connection)
        if stored_reports.content_hash(row.type, row.title, row.parameters, row.content) != row.content_hash
    ]


def _stored(connection: Connection) -> Iterator[Any]:
    after = ""
    while rows := connection.execute(
        select(reports).where(reports.c.id > after).order_by(reports.c.id).limit(REPORTS_A_PAGE)
    ).all():
        yield from rows
        after = rows[-1].id


def _entries_after(connection: Connection, position: int) -> list[Any]:
    query = select(entries.c.position, entries.c.hash, *_FACTS).where(entries.c.position > position)
    return list(connection.execute(query.order_by(entries.c.position).limit(ENTRIES_A_PAGE)).all())


def _legs_between(
    connection: Connection, after: int, until: int
) -> tuple[defaultdict[int, list[Leg]], defaultdict[int, list[int]]]:
    """The legs of the entries in a range of positions, and the times they carry, by position."""
    legs_of: defaultdict[int, list[Leg]] = defaultdict(list)
    times_of: defaultdict[int, list[int]] = defaultdict(list)
    query = select(legs).where(legs.c.position > after, legs.c.position <= until)
    for account_id, effective_at, position, amount_minor, balance_after_minor in connection.execute(query):
        legs_of[position].append((account_id, amount_minor, balance_after_minor))
        times_of[position].append(effective_at)
    return legs_of, times_of


def _finding(record: str, detail: str) -> Finding:
    return Finding(REPORTS_EQUAL_LEDGER, SERVICE, record, detail)


def count(connection: Connection) -> Iterable[int]:
    """How many entries and stored reports there are."""
    for table in (entries, reports):
        yield connection.execute(select(func.count()).select_from(table)).scalar_one()
