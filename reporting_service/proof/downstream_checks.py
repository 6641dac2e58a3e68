"""The proof over what others derived: the inbox's messages and names of accounts, and the simulator's residents.

A bank may do without these two services: what is not there is not looked at, and the proof says so.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial

from sqlalchemy import Connection, and_, column, select, values

from reporting_service.context import ReportingContext
from reporting_service.models import accounts, balances, entries, legs, users
from reporting_service.projections import journal_projection
from reporting_service.proof import checks
from reporting_service.proof.checks import INBOX_EQUALS_JOURNAL, RESIDENTS_EXIST, ROWS_AS_WRITTEN, Finding
from reporting_service.proof.consistency_check import ComparisonResult, Range, compare_twice, own_rows, settle
from reporting_service.service_clients import Row
from shared import services
from shared.refusals import UNAVAILABLE, Refused
from shared.services import Service
from shared.storage.database import BigInt, IdText

CATCHING_UP_SECONDS = 30.0
"""How long the proof waits for our copy of the journal to be as long as what the inbox has read."""

CHECKS_OF = {
    services.NOTIFICATION: (INBOX_EQUALS_JOURNAL, ROWS_AS_WRITTEN),
    services.SIMULATOR: (RESIDENTS_EXIST, ROWS_AS_WRITTEN),
}
"""What cannot be checked without each of the two."""


def compare_downstream(context: ReportingContext) -> tuple[dict[str, ComparisonResult], list[Service]]:
    """What was compared, by the kind of record; and which of the two services were not there to be asked."""
    compared = {name: ComparisonResult() for name in ("messages", "named_accounts", "residents", "sealed_rows")}
    away: list[Service] = []
    looks: dict[Service, Callable[[ReportingContext], dict[str, ComparisonResult]]] = {
        services.NOTIFICATION: _inbox,
        services.SIMULATOR: _simulator,
    }
    for service, look in looks.items():
        try:
            seen = look(context)
        except Refused as refused:
            if refused.refusal.code != UNAVAILABLE.code:
                raise
            away.append(service)
        else:
            for name, one in seen.items():
                compared[name].records += one.records
                compared[name].findings += one.findings
    return compared, away


def _inbox(context: ReportingContext) -> dict[str, ComparisonResult]:
    messages = _Messages(context)
    return {
        "messages": compare_twice(messages.page, "id", messages.look, between=messages.wait_for_our_copy),
        "named_accounts": compare_twice(context.clients.named_accounts, "id", partial(_named_accounts, context)),
        "sealed_rows": _sealed(services.NOTIFICATION, context.clients.inbox_proof()),
    }


def _simulator(context: ReportingContext) -> dict[str, ComparisonResult]:
    return {
        "residents": compare_twice(context.clients.residents, "user_id", partial(_residents, context)),
        "sealed_rows": _sealed(services.SIMULATOR, context.clients.simulator_proof()),
    }


def _sealed(service: Service, proof: Row) -> ComparisonResult:
    found = [Finding(ROWS_AS_WRITTEN, service.name, row["record"], row["detail"]) for row in proof["findings"]]
    return ComparisonResult(proof["rows"], found)


class _Messages:
    """What the inbox says of money against our copy of the journal, which may be behind what the inbox has read."""

    def __init__(self, context: ReportingContext) -> None:
        self._context = context
        self._read_by_inbox = 0
        self._is_second_look = False
        self._is_our_copy_long_enough = True

    def page(self, after: str, until: str | None) -> list[Row]:
        rows, head = self._context.clients.messages(after, until)
        if not self._is_second_look:
            self._read_by_inbox = max(self._read_by_inbox, head)
        return rows

    def wait_for_our_copy(self) -> None:
        """Until it holds every entry that a message of the first look can tell of: those alone are findings."""
        self._is_second_look = True
        settle()
        give_up_at = time.monotonic() + CATCHING_UP_SECONDS
        while journal_projection.position(self._context.database) < self._read_by_inbox:
            if time.monotonic() > give_up_at:
                self._is_our_copy_long_enough = False
                return
            settle()

    def look(self, _span: Range, told: list[Row]) -> list[Finding]:
        with self._context.database.read() as connection:
            moved = _movements(connection, told)
        beside = [(row, moved.get((row["entry_id"], row["account_id"]))) for row in told]
        return [
            finding
            for row, movement in beside
            if movement is not None or self._is_our_copy_long_enough
            for finding in checks.message_and_movement(row, movement)
        ]


def _movements(connection: Connection, told: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """The movements told of, by entry and account, found by account and time: that is how legs are kept in order.

    All movements of a batch have one time: a place is looked at once, however many messages tell of it.
    """
    wanted = sorted({(row["account_id"], row["created_at"]) for row in told})
    if not wanted:
        return {}
    places = values(column("account_id", IdText), column("effective_at", BigInt)).data(wanted).cte("places")
    at_a_place = and_(legs.c.account_id == places.c.account_id, legs.c.effective_at == places.c.effective_at)
    query = (
        select(
            *entries.c["id", "type", "description", "from_account_id", "to_account_id"],
            *legs.c["account_id", "currency", "amount_minor"],
            balances.c.owner_id,
        )
        .select_from(places)
        .join(legs, at_a_place)
        .join(entries, entries.c.position == legs.c.position)
        .join(balances, balances.c.account_id == legs.c.account_id)
    )
    return {(row["id"], row["account_id"]): dict(row) for row in connection.execute(query).mappings()}


def _named_accounts(context: ReportingContext, span: Range, rows: list[Row]) -> list[Finding]:
    named = {row["id"]: row for row in rows}
    with context.database.read() as connection:
        told = {row["id"]: row for row in own_rows(connection, accounts, "id", span)}
    return [
        finding
        for account_id in sorted({*named, *told})
        for finding in checks.named_account_and_events(account_id, named.get(account_id), told.get(account_id))
    ]


def _residents(context: ReportingContext, span: Range, residents: list[Row]) -> list[Finding]:
    opened = accounts.c.id.in_({row["account_id"] for row in residents})
    with context.database.read() as connection:
        known = {row["id"]: row for row in own_rows(connection, users, "id", span)}
        homes = {row.id: row._asdict() for row in connection.execute(select(accounts).where(opened))}
    return [
        finding
        for row in residents
        for finding in checks.resident_and_directories(row, known.get(row["user_id"]), homes.get(row["account_id"]))
    ]
