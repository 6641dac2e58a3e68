"""Records of two services side by side, page by page of their ids, and twice.

What one service tells another follows within a second or two, so what differs is looked at again after a pause, and
only a record that still differs is a finding.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, select

from reporting_service.proof.checks import Finding
from reporting_service.service_clients import PAGE, Row
from shared.storage.database import as_dicts

SETTLING_SECONDS = 2.5
"""Longer than a change takes to reach the ledger and, by the feeds, reporting and the inbox."""

Range = tuple[str, str | None]
"""Ids after one and up to another (None: to the end)."""
Listing = Callable[[str, str | None], list[Row]]
"""A page of a service's records within a range of ids."""


@dataclass
class ComparisonResult:
    """How many records were compared, and what was found."""

    records: int = 0
    findings: list[Finding] = field(default_factory=list)


def settle() -> None:
    """The pause between the two comparisons."""
    time.sleep(SETTLING_SECONDS)


def compare_twice(
    listing: Listing,
    name: str,
    look: Callable[[Range, list[Row]], list[Finding]],
    *,
    between: Callable[[], None] = settle,
) -> ComparisonResult:
    """What `look` finds in each page of a listing, and again in that range; `name` is that of the ids."""
    compared, suspects = ComparisonResult(), list[tuple[Range, set[tuple[str, str]]]]()
    after = ""
    while True:
        rows = listing(after, None)
        span = (after, rows[-1][name] if len(rows) == PAGE else None)
        compared.records += len(rows)
        found = look(span, rows)
        if found:
            suspects.append((span, {(finding.check, finding.record) for finding in found}))
        if span[1] is None:
            break
        after = span[1]
    if suspects:
        between()
    for span, found_before in suspects:
        again = look(span, _listed(listing, span, name))
        compared.findings += sorted(finding for finding in again if (finding.check, finding.record) in found_before)
    return compared


def _listed(listing: Listing, span: Range, name: str) -> list[Row]:
    """All records in a range, however many have come into it meanwhile."""
    after, until = span
    found: list[Row] = []
    while True:
        rows = listing(after, until)
        found += rows
        if len(rows) < PAGE:
            return found
        after = rows[-1][name]


def own_rows(
    connection: Connection, table: Table, name: str, span: Range, *conditions: ColumnElement[bool]
) -> list[dict[str, Any]]:
    """Our rows in a range of what this column holds."""
    column, (after, until) = table.c[name], span
    within = column > after if until is None else and_(column > after, column <= until)
    return as_dicts(connection.execute(select(table).where(within, *conditions)))
