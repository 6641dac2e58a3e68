"""The proof over what others derived: the inbox's messages and names of accounts, and the simulator's residents."""

from collections.abc import Iterable
from functools import partial

from sqlalchemy import Connection, and_, column, select, values

from reporting_service import comparisons, journal_projection
from reporting_service.comparisons import Finding
from reporting_service.models import accounts, balances, entries, legs, users
from reporting_service.office import Office
from reporting_service.sources import Row
from reporting_service.two_looks import Compared, Range, in_two_looks, own_rows
from shared.database import BigInt, IdText


def compare_messages(office: Office) -> Compared:
    """What the inbox says of money against our copy of the journal, once that is as long as what the inbox has read."""
    read_by_inbox = office.sources.inbox_position()
    return in_two_looks(office.sources.messages, "id", lambda _, told: _messages(office, read_by_inbox, told))


def compare_named_accounts(office: Office) -> Compared:
    """What messages call accounts against what the accounts' events said."""
    return in_two_looks(office.sources.named_accounts, "id", partial(_named_accounts, office))


def compare_residents(office: Office) -> Compared:
    """Who lives in the simulator's worlds against the bank's users and accounts."""
    return in_two_looks(office.sources.residents, "user_id", partial(_residents, office))


def _messages(office: Office, read_by_inbox: int, told: list[Row]) -> list[Finding]:
    with office.database.read() as connection:
        is_behind = journal_projection.read_position(connection).position < read_by_inbox
        moved = _movements(connection, told)
    beside = [(row, moved.get((row["entry_id"], row["account_id"]))) for row in told]
    return [
        finding
        for row, movement in beside
        if movement is not None or not is_behind
        for finding in comparisons.message_and_movement(row, movement)
    ]


def _movements(connection: Connection, told: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """The movements told of, by entry and account, found by account and time: that is how legs are kept in order."""
    wanted = [(row["account_id"], row["created_at"]) for row in told]
    if not wanted:
        return {}
    places = values(column("account_id", IdText), column("effective_at", BigInt)).data(wanted).cte("places")
    at_a_place = and_(legs.c.account_id == places.c.account_id, legs.c.effective_at == places.c.effective_at)
    query = (
        select(
            *entries.c["id", "type", "currency", "description", "from_account_id", "to_account_id"],
            *legs.c["account_id", "amount_minor"],
            balances.c.owner_id,
        )
        .select_from(places)
        .join(legs, at_a_place)
        .join(entries, entries.c.position == legs.c.position)
        .join(balances, balances.c.account_id == legs.c.account_id)
    )
    return {(row["id"], row["account_id"]): dict(row) for row in connection.execute(query).mappings()}


def _named_accounts(office: Office, span: Range, rows: list[Row]) -> list[Finding]:
    named = {row["id"]: row for row in rows}
    with office.database.read() as connection:
        told = {row["id"]: row for row in own_rows(connection, accounts, "id", span)}
    return [
        finding
        for account_id in sorted({*named, *told})
        for finding in comparisons.named_account_and_events(account_id, named.get(account_id), told.get(account_id))
    ]


def _residents(office: Office, span: Range, residents: list[Row]) -> list[Finding]:
    opened = accounts.c.id.in_({row["account_id"] for row in residents})
    with office.database.read() as connection:
        known = {row["id"]: row for row in own_rows(connection, users, "id", span)}
        homes = {row.id: row._asdict() for row in connection.execute(select(accounts).where(opened))}
    return [
        finding
        for row in residents
        for finding in comparisons.resident_and_registers(row, known.get(row["user_id"]), homes.get(row["account_id"]))
    ]
