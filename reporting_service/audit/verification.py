"""Whether the trail is whole: walked from its beginning to its anchor, and the first position named that is not right.

A page at a time, each in a read of its own: records are never changed, so no long read is needed, and others may be
added meanwhile.
"""

import time
from dataclasses import dataclass

from reporting_service.audit import beginning
from reporting_service.audit.anchor import BEGINNING, ForgedAnchorError, Head
from reporting_service.audit.beginning import Beginning, ForgedBeginningError
from reporting_service.audit.trail import ROWS_AT_ONCE, AuditTrail, Row, rows_after
from shared.enums import TextEnum


class Fault(TextEnum):
    """What is wrong at a position of the trail."""

    ALTERED = "altered"
    MISSING = "missing"
    KEY_UNKNOWN = "key_unknown"
    REPLACED = "replaced"
    CUT = "cut"
    ANCHOR_MISSING = "anchor_missing"
    ANCHOR_FORGED = "anchor_forged"
    BEGINNING_FORGED = "beginning_forged"


SENTENCES = {
    Fault.ALTERED: "The record is not as it was written: it was edited, moved here from elsewhere, or slipped in.",
    Fault.MISSING: "The record that stood here is gone.",
    Fault.KEY_UNKNOWN: "The record says that it was sealed with a key that this bank does not have.",
    Fault.REPLACED: "The record is sealed, but is not the one that the anchor was set on.",
    Fault.CUT: "The trail ends before its anchor: what stood from here on was cut off.",
    Fault.ANCHOR_MISSING: "The file with the anchor is not there, so nobody can tell where the trail ended.",
    Fault.BEGINNING_FORGED: "Where the trail begins is not what this bank wrote down: records may have been removed.",
    Fault.ANCHOR_FORGED: "The file with the anchor does not say what this bank wrote into it.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many records are right, from `first_position` on, and the first fault with its position, if there is one.

    `removed_before`: an instant (microseconds) that all are older than that the bank has removed; 0 for none.
    """

    records: int
    first_position: int
    removed_before: int
    anchored: int | None
    seconds: float
    fault: Fault | None = None
    position: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the trail is whole."""
        return self.fault is None


def verify(trail: AuditTrail) -> Verdict:
    """Walk the whole trail; once more where older records were removed meanwhile."""
    started, began = time.monotonic(), _began(trail)
    while True:
        if began is None:
            return Verdict(0, 1, 0, None, time.monotonic() - started, Fault.BEGINNING_FORGED)
        verdict = _verified(trail, began, started)
        before, began = began, _began(trail)
        if verdict.holds or began == before:
            return verdict


def _began(trail: AuditTrail) -> Beginning | None:
    """Where the trail begins; None where that is forged."""
    try:
        with trail.database.read() as connection:
            return beginning.read(connection, trail.keys)
    except ForgedBeginningError:
        return None


def _verified(trail: AuditTrail, began: Beginning, started: float) -> Verdict:
    fault: Fault | None = None
    try:
        anchored = trail.anchor.read()
    except ForgedAnchorError:
        anchored, fault = None, Fault.ANCHOR_FORGED
    head, found = _walk(trail, anchored, began.head)
    position: int | None = None
    if found is not None:
        fault, position = found, head.position + 1
    elif anchored is not None and anchored.position > head.position:
        fault, position = Fault.CUT, head.position + 1
    elif fault is None and anchored is None and head != BEGINNING:
        fault = Fault.ANCHOR_MISSING
    where, records = None if anchored is None else anchored.position, head.position - began.head.position
    seconds = time.monotonic() - started
    return Verdict(records, began.head.position + 1, began.removed_before, where, seconds, fault, position)


def _walk(trail: AuditTrail, anchored: Head | None, head: Head) -> tuple[Head, Fault | None]:
    """The last record after this one up to which all are right, and what is wrong with the next one."""
    while True:
        with trail.database.read() as connection:
            rows = list(rows_after(connection, head.position, head.position + ROWS_AT_ONCE))
            is_last = not rows and next(rows_after(connection, head.position), None) is None
        for row in rows:
            fault = _fault_of(trail, row, head, anchored)
            if fault is not None:
                return head, fault
            head = Head(row["position"], row["seal"])
        if is_last:
            return head, None
        if not rows:
            return head, Fault.MISSING


def _fault_of(trail: AuditTrail, row: Row, before: Head, anchored: Head | None) -> Fault | None:
    if row["position"] != before.position + 1:
        return Fault.MISSING
    if trail.keys.known(row["key_id"]) is None:
        return Fault.KEY_UNKNOWN
    if not trail.fits(row, before):
        return Fault.ALTERED
    is_anchored = anchored is not None and anchored.position == row["position"]
    return Fault.REPLACED if is_anchored and anchored is not None and anchored.seal != row["seal"] else None
