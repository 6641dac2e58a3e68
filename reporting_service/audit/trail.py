"""The trail itself: records are added in the commit that takes them in, and then the anchor is moved.

The trail rather stands still than go on from what was altered: nothing is added to one that does not reach as far as
its anchor, or that has other records beyond it than this bank has sealed. Whoever looks into that says, with
`python -m reporting_service.audit.accept`, that it goes on from what there is.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import Connection, insert, select

from reporting_service.audit import beginning
from reporting_service.audit.anchor import BEGINNING, Anchor, ForgedAnchorError, Head
from reporting_service.audit.beginning import Beginning, ForgedBeginningError
from reporting_service.audit.chain import Keys, seal
from reporting_service.audit.records import AuditFacts
from reporting_service.models import audit_trail
from reporting_service.projections import bank_clock
from shared import services
from shared.audit import Acting, Subject, row_of
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import Channel
from shared.events.event_feed import EventRow
from shared.http.json_parsing import render
from shared.storage.database import Database, as_dicts
from shared.time import clock

logger = structlog.get_logger(__name__)

ROWS_AT_ONCE = 1000
LEFT_OUT = Counter(
    "bank_audit_events_left_out_total",
    "Events not taken into the audit trail, being older than its beginning",
    ["service"],
)
_NAMED_IN_THE_LOG = 20
Row = Mapping[str, Any]


class BrokenTrailError(Exception):
    """The trail is not what its anchor says. `reason` is a sentence of ours, which quotes no record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AuditTrail:
    """The records of all services in one chain."""

    def __init__(self, database: Database, keys: Keys, anchor: Anchor) -> None:
        self.database = database
        self.keys = keys
        self.anchor = anchor
        self._has_grown = threading.Event()
        self._is_standing = False

    def add(self, connection: Connection, service: str, rows: Iterable[Row]) -> None:
        """Take in rows of a service's feed that are not there yet, in the caller's transaction.

        Raises BrokenTrailError where the trail is not as it was left.
        """
        events = [EventRow.model_validate(row) for row in rows]
        positions = {row["id"]: row.get("position") for row in rows}
        known = select(audit_trail.c.id).where(audit_trail.c.id.in_([event.id for event in events]))
        there = set(connection.execute(known).scalars())
        unknown = [event for event in events if event.id not in there]
        removed_before = self.beginning(connection).removed_before
        new = [event for event in unknown if event.occurred_at >= removed_before]
        _note_left_out(service, [event for event in unknown if event.occurred_at < removed_before])
        if not new:
            return
        head, to_bank_time = self._checked_head(connection), bank_clock.to_bank_time(connection)
        sealed = []
        for event in new:
            facts = _facts(service, positions[event.id], event, to_bank_time)
            position = head.position + 1
            head = Head(position, seal(self.keys.current, head.seal, position, facts))
            sealed.append({**facts, "position": position, "key_id": self.keys.current_id, "seal": head.seal})
        connection.execute(insert(audit_trail), sealed)
        self._has_grown.set()

    def note_new_feed(self, connection: Connection, service: str) -> None:
        """Keep that a service's feed has begun anew. What was gathered of it before stays: nothing is ever dropped."""
        by = Acting(channel=Channel.BANK.value)
        self.add_own(connection, row_of(AuditAction.FEED_BEGAN_ANEW, Subject(AuditSubject.SERVICE, service), by))

    def add_own(self, connection: Connection, row: Row) -> None:
        """Take in what reporting itself has to say (`shared.audit.row_of`). Raises as `add`."""
        told = {**row, "occurred_at": clock.to_wire(row["occurred_at"]), "data": json.loads(row["data"])}
        self.add(connection, services.REPORTING.name, [told])

    def check(self, connection: Connection) -> None:
        """Whether something could be added now. Raises as `add`."""
        self._checked_head(connection)

    def beginning(self, connection: Connection) -> Beginning:
        """Where the trail begins. Raises BrokenTrailError."""
        try:
            return beginning.read(connection, self.keys)
        except ForgedBeginningError as forged:
            reason = "the beginning is not ours"
            raise BrokenTrailError(reason) from forged

    def keep_anchor(self) -> None:
        """Move the anchor to where the trail has come. Called after each commit; does nothing where nothing was added.

        A file that cannot be written is said in the log and in the service's health, and tried again.
        """
        if not self._has_grown.is_set():
            return
        self._has_grown.clear()
        try:
            with self.database.read() as connection:
                head = self._checked_head(connection)
            self.anchor.advance(head)
        except BrokenTrailError as broken:
            logger.critical("audit_trail_broken", cause=broken.reason)
        except Exception:  # what was committed is committed: whoever did it is not told of our file
            self._has_grown.set()
            logger.exception("audit_anchor_not_kept")

    def begin(self) -> None:
        """Give a trail that has no record yet its anchor. For the start of the service."""
        with self.database.read() as connection:
            is_empty = head_of(connection) == BEGINNING
        try:
            if is_empty and self.anchor.read() is None:
                self.anchor.advance(BEGINNING)
        except (OSError, ForgedAnchorError):
            logger.exception("audit_anchor_not_kept")
        self._has_grown.set()

    def is_well(self) -> bool:
        """Whether records can be added and the anchor moved: for the health of the service."""
        return not self._is_standing

    def _checked_head(self, connection: Connection) -> Head:
        try:
            head = self._head_beyond_anchor(connection)
        except BrokenTrailError:
            self._is_standing = True
            raise
        self._is_standing = False
        return head

    def _head_beyond_anchor(self, connection: Connection) -> Head:
        """The last record, all records beyond the anchor being ours. Raises BrokenTrailError."""
        try:
            anchored = self.anchor.read()
        except ForgedAnchorError as forged:
            raise BrokenTrailError("the anchor is not ours") from forged
        if anchored is None:
            raise BrokenTrailError("the anchor is not there")
        if seal_at(connection, anchored.position, self.beginning(connection).head) != anchored.seal:
            raise BrokenTrailError(f"the trail does not reach its anchor at {anchored.position}")
        head = anchored
        for row in rows_after(connection, anchored.position):
            if not self.fits(row, head):
                raise BrokenTrailError(f"what is beyond the anchor is not ours, from {head.position + 1} on")
            head = Head(row["position"], row["seal"])
        return head

    def fits(self, row: Row, before: Head) -> bool:
        """Whether a record follows this one, and is as it was written."""
        key = self.keys.known(row["key_id"])
        is_next = row["position"] == before.position + 1
        return is_next and key is not None and row["seal"] == seal(key, before.seal, row["position"], row)


def head_of(connection: Connection) -> Head:
    """The last record."""
    query = select(audit_trail.c.position, audit_trail.c.seal).order_by(audit_trail.c.position.desc()).limit(1)
    row = connection.execute(query).first()
    return BEGINNING if row is None else Head(row[0], row[1])


def seal_at(connection: Connection, position: int, began: Head) -> str | None:
    """The seal of the record at a position; where the trail begins, that of the last before."""
    if position == began.position:
        return began.seal
    return connection.execute(select(audit_trail.c.seal).where(audit_trail.c.position == position)).scalar()


def rows_after(connection: Connection, position: int, until: int | None = None) -> Iterator[dict[str, Any]]:
    """The records after a position, in order, read some at a time."""
    while True:
        query = select(audit_trail).where(audit_trail.c.position > position)
        if until is not None:
            query = query.where(audit_trail.c.position <= until)
        rows = as_dicts(connection.execute(query.order_by(audit_trail.c.position).limit(ROWS_AT_ONCE)))
        yield from rows
        if len(rows) < ROWS_AT_ONCE:
            return
        position = rows[-1]["position"]


def _note_left_out(service: str, events: list[EventRow]) -> None:
    """Say which events are older than what was removed: where a feed is read anew, those that were removed."""
    if events:
        LEFT_OUT.labels(service).inc(len(events))
        times = [event.occurred_at for event in events]
        logger.warning(
            "audit_events_left_out",
            source=service,
            events=len(events),
            oldest=clock.to_wire(min(times)),
            newest=clock.to_wire(max(times)),
            ids=[event.id for event in events[:_NAMED_IN_THE_LOG]],
        )


def _facts(
    service: str, source_position: int | None, event: EventRow, to_bank_time: Callable[[int], int]
) -> dict[str, Any]:
    """A record's columns but for its place and its seal. Where the service does not know the bank's time, the journal
    says it.
    """
    said = AuditFacts.model_validate(event.data)
    bank_time = to_bank_time(event.occurred_at) if said.bank_time is None else said.bank_time
    kept = said.model_dump(exclude={"before", "after", "bank_time"})
    return {
        **kept,
        "id": event.id,
        "service": service,
        "source_position": source_position,
        "action": event.type,
        "occurred_at": event.occurred_at,
        "bank_time": bank_time,
        "facts_before": None if said.before is None else render(said.before),
        "facts_after": None if said.after is None else render(said.after),
    }
