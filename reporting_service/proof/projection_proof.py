"""The proof over our own copy of the journal: its hash chain, what was added up from it, and the stored reports.

Read page by page, each in a short transaction of its own, so that a proof keeps no old rows alive while money moves.
What lies up to a position never changes, unless everything is dropped; what was added up is compared within one page.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from reporting_service.models import balances, entries, legs, reports, volumes
from reporting_service.projections import journal_projection, turnover
from reporting_service.proof.chain import FACTS, GENESIS_HASH, Leg, chain_hash
from reporting_service.proof.checks import REPORTS_EQUAL_LEDGER, STORED_REPORTS, Finding
from reporting_service.reports import stored_reports
from shared.business_days import day_number
from shared.database import Database
from shared.feeds import FeedPosition

ENTRIES_A_PAGE = 5000
ACCOUNTS_A_PAGE = 1000
REPORTS_A_PAGE = 50
SERVICE = "reporting-service"

_FACTS = [entries.c[name] for name in FACTS]

VolumeKey = tuple[int, str, str]
"""Day, currency and type."""


@dataclass(frozen=True)
class Start:
    """Our copy as a proof found it: how far it was, and what was counted up to there, all at one moment."""

    reached: FeedPosition
    legs: int
    volumes: dict[VolumeKey, tuple[int, int]]


@dataclass
class ChainWalk:
    """What came of reading the copy from its beginning to where it was."""

    entries: int = 0
    findings: list[Finding] = field(default_factory=list)


def start(database: Database) -> Start:
    """Where our copy is, and what it has counted by then."""
    with database.read() as connection:
        counted = {
            (row.day, row.currency, row.type): (int(row.entries), int(row.amount_minor))
            for row in connection.execute(select(volumes))
        }
        leg_count = connection.execute(select(func.count()).select_from(legs)).scalar_one()
        return Start(journal_projection.read_position(connection), leg_count, counted)


def walk_chain(database: Database, at: Start) -> ChainWalk:
    """Entries, legs or volumes that are not as the ledger sealed them, by the hashes that came with them."""
    walk = ChainWalk()
    position, previous, leg_count = 0, GENESIS_HASH, 0
    volume: defaultdict[VolumeKey, list[int]] = defaultdict(lambda: [0, 0])
    while position < at.reached.position:
        with database.read() as connection:
            rows = _entries_between(connection, position, at.reached.position)
            if not rows:
                break
            legs_of, times_of = _legs_between(connection, position, rows[-1].position)
        days = _days({row.effective_at for row in rows})
        leg_count += sum(len(some) for some in legs_of.values())
        walk.entries += len(rows)
        for row in rows:
            if row.position != position + 1:
                walk.findings.append(_finding(str(position + 1), "is missing from the copy of the journal"))
            position = row.position
            problem = _problem(row, previous, legs_of[position], times_of[position], days)
            if problem:
                walk.findings.append(_finding(row.id, problem))
            previous = row.hash
            counted = volume[row.day, row.currency, row.type]
            counted[0] += 1
            counted[1] += row.amount_minor
    if (position, previous) != (at.reached.position, at.reached.mark or GENESIS_HASH):
        walk.findings.append(_finding("feed position", f"says {at.reached.position}, the copy ends at {position}"))
    if at.legs != leg_count:
        walk.findings.append(_finding("legs", f"{at.legs} legs, {leg_count} of them of an entry"))
    walk.findings += _volume_findings(at.volumes, {key: (pair[0], pair[1]) for key, pair in volume.items()})
    return walk


def _days(instants: set[int]) -> dict[int, int]:
    """The day that each of these instants falls on, each looked up once: those of a batch are the same."""
    return {instant: day_number(instant) for instant in instants}


def _problem(row: Any, previous: str, its_legs: list[Leg], times: list[int], days: dict[int, int]) -> str | None:
    if chain_hash(row.hash_version, previous, row.position, row, its_legs) != row.hash:
        return f"the entry at position {row.position} or its legs are not as sealed"
    if times.count(row.effective_at) != len(times):
        return f"a leg of the entry at position {row.position} has another time"
    if row.day != days[row.effective_at]:
        return f"the entry at position {row.position} is counted on another day than its own"
    return None


def first_divergence(database: Database, reached: FeedPosition, ledger_hash: Callable[[int], str | None]) -> int | None:
    """The first position at which our copy and the ledger's journal part, None when they agree up to ours.

    Each hash covers everything before it, so the place is found by halving.
    """
    if reached.position == 0 or ledger_hash(reached.position) == reached.mark:
        return None
    low, high = 1, reached.position
    while low < high:
        middle = (low + high) // 2
        with database.read() as connection:
            ours = connection.execute(select(entries.c.hash).where(entries.c.position == middle)).scalar()
        if ours == ledger_hash(middle):
            low = middle + 1
        else:
            high = middle
    return low


def sum_findings(database: Database) -> list[Finding]:
    """Balances and turnovers that are not what the entries and legs add up to; a page of accounts at a time."""
    found: list[Finding] = []
    after = ""
    while True:
        with database.read() as connection:
            query = select(balances.c.account_id).where(balances.c.account_id > after).order_by(balances.c.account_id)
            ids = list(connection.execute(query.limit(ACCOUNTS_A_PAGE)).scalars())
            last = ids[-1] if len(ids) == ACCOUNTS_A_PAGE else None
            found += _sums_of(connection, after, last)
        if last is None:
            return found
        after = last


def _sums_of(connection: Connection, after: str, last: str | None) -> list[Finding]:
    def here(column: ColumnElement[str]) -> ColumnElement[bool]:
        return column > after if last is None else and_(column > after, column <= last)

    of_legs = select(legs.c.account_id, func.sum(legs.c.amount_minor)).where(here(legs.c.account_id))
    true = {row[0]: int(row[1]) for row in connection.execute(of_legs.group_by(legs.c.account_id))}
    of_balances = select(balances.c.account_id, balances.c.balance_minor).where(here(balances.c.account_id))
    kept = {row[0]: int(row[1]) for row in connection.execute(of_balances)}
    found = [
        _finding(
            account_id,
            f"no balance is kept, its legs add up to {true[account_id]} minor units"
            if account_id not in kept
            else f"balance kept as {kept[account_id]}, its legs add up to {true.get(account_id, 0)} minor units",
        )
        for account_id in sorted({*true, *kept})
        if true.get(account_id, 0) != kept.get(account_id)
    ]
    return found + [
        _finding(
            f"turnover {account_id} {day} {entry_type} {category}".rstrip(),
            f"kept with {movements} movements, the legs have {true_movements}, or their sums differ",
        )
        for account_id, day, entry_type, category, movements, true_movements in turnover.differing(connection, here)
    ]


def _volume_findings(kept: dict[VolumeKey, tuple[int, int]], true: dict[VolumeKey, tuple[int, int]]) -> list[Finding]:
    return [
        _finding(
            f"volume {' '.join(str(part) for part in name)}",
            f"kept as {kept.get(name, (0, 0))}, the entries say {true.get(name, (0, 0))} (count, minor units)",
        )
        for name in sorted({*true, *kept})
        if true.get(name) != kept.get(name)
    ]


def stored_report_findings(database: Database) -> tuple[int, list[Finding]]:
    """How many stored reports there are, and which no longer say what they said."""
    count, found = 0, []
    for row in _stored(database):
        count += 1
        if stored_reports.content_hash(row.type, row.title, row.parameters, row.content) != row.content_hash:
            found.append(Finding(STORED_REPORTS, SERVICE, row.id, "the report was altered after it was made"))
    return count, found


def _stored(database: Database) -> Iterator[Any]:
    after = ""
    while True:
        with database.read() as connection:
            query = select(reports).where(reports.c.id > after).order_by(reports.c.id).limit(REPORTS_A_PAGE)
            rows = connection.execute(query).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].id


def _entries_between(connection: Connection, after: int, last: int) -> list[Any]:
    within = (entries.c.position > after, entries.c.position <= last)
    query = select(entries.c.position, entries.c.hash, entries.c.hash_version, entries.c.day, *_FACTS).where(*within)
    return list(connection.execute(query.order_by(entries.c.position).limit(ENTRIES_A_PAGE)).all())


def _legs_between(
    connection: Connection, after: int, until: int
) -> tuple[defaultdict[int, list[Leg]], defaultdict[int, list[int]]]:
    """The legs of the entries in a range of positions, and the times they carry, by position."""
    legs_of: defaultdict[int, list[Leg]] = defaultdict(list)
    times_of: defaultdict[int, list[int]] = defaultdict(list)
    query = select(legs.c.position, legs.c.effective_at, *legs.c[Leg._fields])
    within = query.where(legs.c.position > after, legs.c.position <= until)
    for position, effective_at, *facts in connection.execute(within):
        legs_of[position].append(Leg(*facts))
        times_of[position].append(effective_at)
    return legs_of, times_of


def _finding(record: str, detail: str) -> Finding:
    return Finding(REPORTS_EQUAL_LEDGER, SERVICE, record, detail)
