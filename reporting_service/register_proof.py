"""The proof over users and accounts: auth, the account service, the ledger and reporting side by side, page by page.

These records follow one another within a second or two, so what differs is looked at again after a pause, and only
what still differs is a finding.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, select

from reporting_service import comparisons
from reporting_service.comparisons import Finding
from reporting_service.models import accounts, balances, users
from reporting_service.office import Office
from reporting_service.sources import PAGE, Row
from shared import clock

SETTLING_SECONDS = 2.5
"""Longer than a change takes to reach the ledger and, by the feeds, reporting."""

Range = tuple[str, str | None]
"""Ids after one and up to another (None: to the end)."""


@dataclass
class Compared:
    """How many records were compared, and what was found."""

    records: int = 0
    findings: list[Finding] = field(default_factory=list)


def compare_users(office: Office) -> Compared:
    """Auth's users against its events."""
    return _in_two_looks(lambda after: _ids(office.sources.users(after), "id"), lambda span: _users(office, span))


def compare_accounts(office: Office, pinned: Connection, position: int) -> Compared:
    """The account service's accounts against the ledger and against their events; balances as at `position`.

    `pinned` sees the balances at that position and not a row later.
    """
    return _in_two_looks(
        lambda after: _ids(office.sources.accounts(after), "account_id"),
        lambda span: _accounts(office, pinned, position, span),
    )


def _in_two_looks(ids_after: Callable[[str], list[str]], look: Callable[[Range], list[Finding]]) -> Compared:
    compared, suspects = Compared(), list[tuple[Range, set[Finding]]]()
    after = ""
    while True:
        ids = ids_after(after)
        span = (after, ids[-1] if len(ids) == PAGE else None)
        compared.records += len(ids)
        found = look(span)
        if found:
            suspects.append((span, set(found)))
        if span[1] is None:
            break
        after = span[1]
    if suspects:
        time.sleep(SETTLING_SECONDS)
    for span, found_before in suspects:
        compared.findings += sorted(found_before & set(look(span)))
    return compared


def _ids(rows: Iterable[Row], name: str) -> list[str]:
    return [row[name] for row in rows]


def _users(office: Office, span: Range) -> list[Finding]:
    theirs = {row["id"]: row for row in _all(office.sources.users, span, "id")}
    with office.database.read() as connection:
        told = {row["id"]: {**row, "synthetic": bool(row["synthetic"])} for row in _own(connection, users, "id", span)}
    return [
        finding
        for user_id in sorted({*theirs, *told})
        for finding in comparisons.user_and_events(user_id, theirs.get(user_id), told.get(user_id))
    ]


def _accounts(office: Office, pinned: Connection, position: int, span: Range) -> list[Finding]:
    ledger = {row["account_id"]: row for row in office.sources.ledger_accounts(*span, at=position)}
    theirs = {row["account_id"]: row for row in _all(office.sources.accounts, span, "account_id")}
    with office.database.read() as connection:
        told = {row["id"]: _as_told(row) for row in _own(connection, accounts, "id", span)}
        owners = {row["user_id"] for row in theirs.values()}
        known = set(connection.execute(select(users.c.id).where(users.c.id.in_(owners))).scalars())
    held = {
        row["account_id"]: row for row in _own(pinned, balances, "account_id", span, balances.c.owner_id.is_not(None))
    }
    found: list[Finding] = []
    for account_id in sorted({*theirs, *ledger, *told, *held}):
        account, kept = theirs.get(account_id), ledger.get(account_id)
        found += comparisons.account_and_ledger(account_id, account, kept)
        found += comparisons.account_and_events(account_id, account, told.get(account_id))
        found += comparisons.ledger_and_balance(account_id, kept, held.get(account_id))
        if account is not None and account["user_id"] not in known:
            found.append(comparisons.ownerless(account_id, account["user_id"]))
    return found


def _all(page: Callable[[str, str | None], list[Row]], span: Range, name: str) -> Iterator[Row]:
    after, until = span
    while True:
        rows = page(after, until)
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1][name]


def _own(
    connection: Connection, table: Table, name: str, span: Range, *conditions: ColumnElement[bool]
) -> list[dict[str, Any]]:
    column, (after, until) = table.c[name], span
    within = column > after if until is None else and_(column > after, column <= until)
    return [dict(row._mapping) for row in connection.execute(select(table).where(within, *conditions))]


def _as_told(row: dict[str, Any]) -> dict[str, Any]:
    """Our row with times as the account service writes them."""
    closed_at = row["closed_at"]
    return {
        **row,
        "synthetic": bool(row["synthetic"]),
        "created_at": clock.to_wire(row["created_at"]),
        "closed_at": None if closed_at is None else clock.to_wire(closed_at),
    }
