"""Our copy of the journal, read from its beginning: whether it is as the ledger sealed it, and what it adds up to.

Read page by page, each in a short transaction of its own, so that a proof keeps no old rows alive while money moves.
What lies up to a position never changes, unless everything is dropped. Rows are read as tuples, past SQLAlchemy: there
are three for each entry there ever was, and looking at them is most of what a proof takes.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal_column, select

from reporting_service.models import entries, exchanges, legs, volumes
from reporting_service.projections import journal_projection
from reporting_service.proof.chain import FACTS, GENESIS_HASH, LEG_FACTS, SAID, WHO, chain_hash, hash_of_texts
from reporting_service.proof.checks import REPORTS_EQUAL_LEDGER, Finding
from reporting_service.proof.exchange_check import ExchangeRow, moved, problem
from shared.events.feeds import FeedPosition
from shared.storage.database import Database
from shared.storage.json_text import JsonArray
from shared.storage.statements import Row, Statement
from shared.time.business_days import QUARTER_US, day_number

ENTRIES_A_PAGE = 2000
SERVICE = "reporting-service"

VolumeKey = tuple[int, str, str]
"""Day, currency and type."""


def _within(position: ColumnElement[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return position > bindparam("after"), position <= bindparam("last")


_PLAIN_ENTRIES = Statement(
    select(
        *entries.c["position", "hash_version", "hash", "day", "type", "currency", "amount_minor", "effective_at"],
        entries.c.end_to_end_id,
        JsonArray(*entries.c[SAID], JsonArray(*entries.c[WHO])),
    )
    .where(*_within(entries.c.position))
    .order_by(entries.c.position),
    "after",
    "last",
)
"""All entries of a span, with what their hashes cover as JSON."""


def _text_of_leg(number: int) -> ColumnElement[str]:
    return func.max(case((legs.c.leg == literal_column(str(number)), JsonArray(*legs.c[LEG_FACTS]))))


_PLAIN_LEGS = Statement(
    select(
        legs.c.position,
        func.count(),
        func.min(legs.c.effective_at),
        func.max(legs.c.effective_at),
        _text_of_leg(0),
        _text_of_leg(1),
    )
    .where(*_within(legs.c.position))
    .group_by(legs.c.position),
    "after",
    "last",
)
"""At each position of a span: how many legs there are, of which times, and the first two as JSON."""

_BEFORE_FACTS = ("position", "hash_version", "hash", "day")
_FACTS_AT = len(_BEFORE_FACTS)
_TYPE, _EFFECTIVE_AT = (_FACTS_AT + FACTS.index(name) for name in ("type", "effective_at"))
_ENTRIES = Statement(
    select(*entries.c[*_BEFORE_FACTS, *FACTS]).where(entries.c.position.in_(bindparam("positions", expanding=True))),
    "positions",
)
_LEGS = Statement(
    select(*legs.c["position", "effective_at", *LEG_FACTS]).where(
        legs.c.position.in_(bindparam("positions", expanding=True))
    ),
    "positions",
)
_LEG_FACTS_AT = 2
_LEG_NUMBER, _LEG_CURRENCY, _LEG_AMOUNT = (
    _LEG_FACTS_AT + LEG_FACTS.index(name) for name in ("leg", "currency", "amount_minor")
)
_EXCHANGES = Statement(
    select(*exchanges.c["position", *ExchangeRow._fields]).where(
        exchanges.c.position > bindparam("after"), exchanges.c.position <= bindparam("last")
    ),
    "after",
    "last",
)


@dataclass(frozen=True)
class Start:
    """Our copy as a proof found it: how far it was, and what was counted up to there, all at one moment."""

    reached: FeedPosition
    legs: int
    exchanges: int
    volumes: dict[VolumeKey, tuple[int, int]]


@dataclass
class ChainWalk:
    """What has come of reading the copy from its beginning, and where that is."""

    entries: int = 0
    legs: int = 0
    exchanges: int = 0
    position: int = 0
    previous: str = GENESIS_HASH
    volumes: defaultdict[VolumeKey, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    findings: list[Finding] = field(default_factory=list)


def start(database: Database) -> Start:
    """Where our copy is, and what it has counted by then."""
    with database.read() as connection:
        counted = {
            (row.day, row.currency, row.type): (int(row.entries), int(row.amount_minor))
            for row in connection.execute(select(volumes))
        }
        leg_count = connection.execute(select(func.count()).select_from(legs)).scalar_one()
        exchange_count = connection.execute(select(func.count()).select_from(exchanges)).scalar_one()
        return Start(journal_projection.read_position(connection), leg_count, exchange_count, counted)


def walk_chain(database: Database, at: Start) -> ChainWalk:
    """Entries, legs or volumes that are not as the ledger sealed them, by the hashes that came with them."""
    walk, end = ChainWalk(), at.reached.position
    for after in range(0, end, ENTRIES_A_PAGE):
        last = min(after + ENTRIES_A_PAGE, end)
        with database.read() as connection:
            rows = _PLAIN_ENTRIES.rows(connection, after, last)
            legs_at = {row[0]: row for row in _PLAIN_LEGS.rows(connection, after, last)}
            exchanged = {row[0]: ExchangeRow(*row[1:]) for row in _EXCHANGES.rows(connection, after, last)}
            doubted = _walk_on(walk, rows, legs_at, exchanged)
            found = _looked_at(connection, doubted, exchanged)
        walk.findings += found
    if (walk.position, walk.previous) != (end, at.reached.mark or GENESIS_HASH):
        walk.findings.append(_finding("feed position", f"says {end}, the copy ends at {walk.position}"))
    if at.legs != walk.legs:
        walk.findings.append(_finding("legs", f"{at.legs} legs, {walk.legs} of them of an entry"))
    if at.exchanges != walk.exchanges:
        walk.findings.append(_finding("exchanges", f"{at.exchanges} exchanges, {walk.exchanges} of them of an entry"))
    walk.findings += _volume_findings(at.volumes, {key: (pair[0], pair[1]) for key, pair in walk.volumes.items()})
    return walk


def _walk_on(
    walk: ChainWalk, rows: Sequence[Row], legs_at: dict[int, Row], exchanged: dict[int, ExchangeRow]
) -> dict[int, str]:
    """Go on over a page; the positions at which not everything is plainly right, each with the hash before it."""
    doubted: dict[int, str] = {}
    days = _days_of({row[7] // QUARTER_US for row in rows})
    for row in rows:
        position, _, sealed, day, entry_type, currency, amount_minor, effective_at, _, _ = row
        if position != walk.position + 1:
            walk.findings.append(_finding(str(walk.position + 1), "is missing from the copy of the journal"))
        _, count, earliest, latest, first, second = legs_at.get(position, _NO_LEGS)
        if (
            count != 2
            or not earliest == latest == effective_at
            or day != days[effective_at // QUARTER_US]
            or position in exchanged
            or _hash_of(walk.previous, row, f"[{first},{second}]") != sealed
        ):
            doubted[position] = walk.previous
        walk.position, walk.previous = position, sealed
        walk.legs += count
        walk.exchanges += position in exchanged
        counted = walk.volumes[day, currency, entry_type]
        counted[0] += 1
        counted[1] += amount_minor
    walk.entries += len(rows)
    return doubted


def _hash_of(previous: str, row: Row, its_legs: str) -> str | None:
    position, version, *_, end_to_end_id, said = row
    return hash_of_texts(version, previous, position, said, legs=its_legs, end_to_end_id=end_to_end_id)


_NO_LEGS = (0, 0, None, None, None, None)


def _days_of(quarters: Iterable[int]) -> dict[int, int]:
    """The bank's day of each of these quarters of an hour, at whose beginnings days begin."""
    return {quarter: day_number(quarter * QUARTER_US) for quarter in quarters}


def _looked_at(connection: Connection, doubted: dict[int, str], exchanged: dict[int, ExchangeRow]) -> list[Finding]:
    """What is wrong with those of these entries with which something is, by all that they and their legs say."""
    if not doubted:
        return []
    legs_of: defaultdict[int, list[Row]] = defaultdict(list)
    for leg in _LEGS.rows_of(connection, list(doubted)):
        legs_of[leg[0]].append(leg)
    rows = {row[0]: row for row in _ENTRIES.rows_of(connection, list(doubted))}
    days = _days_of({row[_EFFECTIVE_AT] // QUARTER_US for row in rows.values()})
    found = []
    for position, row in sorted(rows.items()):
        its_legs = legs_of[position]
        wrong = _problem(row, doubted[position], its_legs, days) or _wrongly_exchanged(row, its_legs, exchanged)
        if wrong:
            found.append(_finding(row[_FACTS_AT], wrong))
    return found


def _problem(row: Row, previous: str, its_legs: Sequence[Row], days: dict[int, int]) -> str | None:
    position, version, sealed, day, *facts = row
    if chain_hash(version, previous, position, facts, [leg[_LEG_FACTS_AT:] for leg in its_legs]) != sealed:
        return f"the entry at position {position} or its legs are not as sealed"
    effective_at = row[_EFFECTIVE_AT]
    for leg in its_legs:
        if leg[1] != effective_at:
            return f"a leg of the entry at position {position} has another time"
    if day != days[effective_at // QUARTER_US]:
        return f"the entry at position {position} is counted on another day than its own"
    return None


def _wrongly_exchanged(row: Row, its_legs: Sequence[Row], exchanged: dict[int, ExchangeRow]) -> str | None:
    """What is wrong with what an entry exchanged; one in one currency has two legs and exchanges nothing."""
    its_own = exchanged.get(row[0])
    if its_own is None and len(its_legs) <= 2:
        return None
    told = moved([(leg[_LEG_NUMBER], leg[_LEG_CURRENCY], leg[_LEG_AMOUNT]) for leg in its_legs])
    wrong = problem(its_own, told, row[_TYPE])
    return None if wrong is None else f"what the entry at position {row[0]} {wrong}"


def _volume_findings(kept: dict[VolumeKey, tuple[int, int]], true: dict[VolumeKey, tuple[int, int]]) -> list[Finding]:
    return [
        _finding(
            f"volume {' '.join(str(part) for part in name)}",
            f"kept as {kept.get(name, (0, 0))}, the entries say {true.get(name, (0, 0))} (count, minor units)",
        )
        for name in sorted({*true, *kept})
        if true.get(name) != kept.get(name)
    ]


def _finding(record: str, detail: str) -> Finding:
    return Finding(REPORTS_EQUAL_LEDGER, SERVICE, record, detail)
