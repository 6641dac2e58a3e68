"""A person's own data as one archive: what there is of them is asked for first, then all is written as it is read.

Whatever refuses it does so before the first byte; what breaks afterwards leaves a file without an end, which no program
takes for a whole one.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from reporting_service.audit.trail import BrokenTrailError
from reporting_service.context import ReportingContext
from reporting_service.exports.movements import own_accounts
from reporting_service.own_data.archive import add_table
from reporting_service.own_data.stated import StatedPerson, movements_table, statements
from reporting_service.own_data.tables import LeftOut, Table, own_tables, tables_of_others
from shared.audit import Acting, AuditDetails, Subject, row_of
from shared.audit_enums import AuditAction, AuditSubject
from shared.events.feeds import Row
from shared.files.archive import Archive
from shared.refusals import UNAVAILABLE, Refused
from shared.settings import bank_name
from shared.time import clock

NEVER = (
    "your password (the bank has none, only a hash of it)",
    "tokens and secrets: of log-ins, of password resets, of webhooks",
    "whole card numbers and security codes; they are shown on the card's page alone",
    "others' account numbers, but those that you gave us yourself; of the rest only the ends",
)


@dataclass(frozen=True, slots=True)
class OwnData:
    """What an archive will hold, and of whom; `asker` is who asked for it, in a word."""

    person: Row
    asker: str
    tables: list[Table]
    left_out: list[LeftOut]
    stated: StatedPerson
    position: int
    exported_at: int


def begin(context: ReportingContext, person: Row, asker: str, settled_until: int) -> OwnData:
    """What there is of this person (as auth tells of them). Raises Refused (503) where somebody is away."""
    user_id = person["id"]
    for consumer in context.consumers.values():
        consumer.catch_up()
    others, left_out = tables_of_others(context.clients, user_id)
    with context.database.read() as connection:
        accounts = own_accounts(connection, user_id)
    stated = StatedPerson(user_id, accounts, settled_until)
    moved, position = movements_table(context.database, stated)
    tables = sorted([*others, moved, *own_tables(context.database, user_id)], key=lambda table: table.path)
    return OwnData(person, asker, tables, left_out, stated, position, clock.now_us())


def write_down(context: ReportingContext, user_id: str, by: Acting, reason: str | None) -> None:
    """Keep in the audit trail that somebody takes these data. Raises Refused (503) where the trail stands still."""
    subject, told = Subject(AuditSubject.USER, user_id, user_id), AuditDetails(reason=reason)
    try:
        with context.database.write() as connection:
            context.trail.add_own(connection, row_of(AuditAction.DATA_EXPORTED, subject, by, told))
    except BrokenTrailError:
        raise Refused(UNAVAILABLE, "The audit trail stands still, so nothing is given out.") from None


def write(context: ReportingContext, data: OwnData) -> Iterator[bytes]:
    """The archive, piece by piece."""
    archive = Archive()
    yield from archive.add("README.txt", "What this is.", [_readme(data).encode()])
    for table in data.tables:
        yield from add_table(archive, table)
    for path, about, content in statements(context.database, data.stated, data.left_out):
        yield from archive.add(path, about, content())
    manifest = json.dumps(_manifest(data, archive), ensure_ascii=False, indent=1)
    yield from archive.add("manifest.json", "Every file with its checksum.", [manifest.encode()])
    yield from archive.add_checksums()
    yield from archive.end()


def _manifest(data: OwnData, archive: Archive) -> Row:
    return {
        "bank": bank_name(),
        "person": {name: data.person[name] for name in ("id", "username")},
        "asked_by": data.asker,
        "exported_at": clock.to_wire(data.exported_at),
        "as_of_position": data.position,
        "files": [file.listed() for file in archive.files],
        "left_out": [asdict(one) for one in data.left_out],
        "never_included": list(NEVER),
    }


def _readme(data: OwnData) -> str:
    tables = "\n".join(f"  {table.path}\n      {table.about}" for table in data.tables)
    left_out = "".join(f"  {one.what}: {one.why}\n" for one in data.left_out)
    return f"""What {bank_name()} keeps of {data.person["username"]}
as of {clock.to_wire(data.exported_at)}

Each table is there twice: as JSON, whole, and as CSV, for spreadsheets. Amounts are decimal numbers in the currency
beside them, times are in UTC, days are the bank's. In CSV an apostrophe stands before text that a spreadsheet would
take for a formula.

{tables}
  statements/<account number>/<month>
      A statement for each month in which something moved, as JSON and CSV; of the last twelve of each account as PDF.

manifest.json lists every file, how many rows it has, and its checksum; `sha256sum --check SHA256SUMS` checks them all.

Never in here: {"; ".join(NEVER)}.
{f"{chr(10)}Left out this time:{chr(10)}{left_out}" if left_out else ""}"""
