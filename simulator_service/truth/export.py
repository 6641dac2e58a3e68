"""An export: the bank's data of its worlds, and apart from it the truth, joined by id, as one archive.

The tables are written into files one row after the other, oldest transactions first, a stretch of the bank's time at a
time; then the files go into the archive. So memory does not grow with how long the worlds have lived. Whatever refuses
it does so before the first byte; what breaks afterwards leaves an archive without an end.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbank import Client
from shared.files.archive import PIECE_BYTES, Archive
from shared.refusals import Refused
from shared.settings import bank_name
from shared.storage.database import Database
from shared.time import clock
from simulator_service import repository
from simulator_service.models import StoredWorld
from simulator_service.refusals import WORLD_NOT_REPEATABLE
from simulator_service.truth import bank_records
from simulator_service.truth.intents import INTENTS, ORDINARY, UNPLANNED, Truth
from simulator_service.truth.table_files import TableFile
from simulator_service.truth.tables import ACCOUNTS, CARDS, CUSTOMERS, PEOPLE, TABLES, TRANSACTIONS, TRUTH
from simulator_service.truth.twin import DAY_US, Row
from simulator_service.truth.worlds import LivedWorld, lived_worlds

VERSION = 1
_ROWS_OF_A_STRETCH, _ROWS_OF_A_PERSON_DAY, _LONGEST_STRETCH_DAYS = 20_000, 4, 60


@dataclass(frozen=True, slots=True)
class Export:
    """What an export will hold: of these worlds, up to an instant of the bank's time."""

    worlds: list[LivedWorld]
    until_us: int
    exported_us: int = field(default_factory=clock.now_us)

    def name(self) -> str:
        """What its file is called, without its ending."""
        return f"world-{self.worlds[0].stored.seed}-{clock.to_wire(self.until_us)[:10]}"


def begin_document(database: Database, bank: Client, world_id: str | None = None) -> Export:
    """The same of one world that an empty bank can make again, as far as it has lived.

    Raises Refused where there are several and none is named, and for a world that could not be made again exactly.
    """
    export = begin(database, bank, world_id)
    (world, *others) = export.worlds
    if others or world.stories or not _is_repeatable(database, world.stored):
        raise Refused(WORLD_NOT_REPEATABLE)
    return Export(export.worlds, min(export.until_us, export.worlds[0].stored.lived_until_us or 0))


def begin(database: Database, bank: Client, world_id: str | None = None) -> Export:
    """What an export of all worlds, or of one, will hold. Raises Refused without a world, BankError without a bank.

    While worlds go on it ends where the last of them has come to: what is being posted is in none of it.
    """
    worlds = lived_worlds(database, world_id)
    bank_time_us = clock.from_wire(bank.transactions.clock().data["bank_time"])
    with database.read_session() as session:
        goes_on = repository.job_to_run(session) is not None or repository.live_speed(session) is not None
    lived_until_us = min(one.stored.lived_until_us or 0 for one in worlds)
    return Export(worlds, min(lived_until_us, bank_time_us) if goes_on else bank_time_us + 1)


def _is_repeatable(database: Database, world: StoredWorld) -> bool:
    """Whether all of its life was lived, or all of it told: what was told first and lived then depends on the days
    between."""
    if world.arranged_from_us == world.start_us:
        return True
    with database.read_session() as session:
        making = repository.job_that_made(session, world.id)
    return making is not None and making.until_us == world.lived_until_us


def pieces(database: Database, bank: Client, export: Export, kind: type[TableFile]) -> Iterator[bytes]:
    """The archive. Raises BankError when the bank goes away meanwhile."""
    archive = Archive()
    yield from archive.add("README.txt", "What this is.", [_readme(export).encode()])
    with tempfile.TemporaryDirectory(prefix="world-") as folder:
        for file in write_tables(database, bank, export, kind, Path(folder)):
            content = _content(file.path)
            path = f"{file.table.path}.{file.extension}"
            yield from archive.add(path, file.table.about, content, lambda rows=file.rows: rows)  # type: ignore[misc]
    dictionary = json.dumps(data_dictionary(), ensure_ascii=False, indent=1)
    yield from archive.add("data-dictionary.json", "What each column says.", [dictionary.encode()])
    listed = {"files": [file.listed() for file in archive.files]}
    manifest = json.dumps({**described(export), **listed}, ensure_ascii=False, indent=1)
    yield from archive.add("manifest.json", "Which worlds these are, and every file.", [manifest.encode()])
    yield from archive.add_checksums()
    yield from archive.end()


def write_tables(
    database: Database, bank: Client, export: Export, kind: type[TableFile], folder: Path
) -> list[TableFile]:
    """The tables of an export, each in a file in the folder."""
    files = {table: kind(table, folder) for table in TABLES}
    customer_ids = {one.user_id for world in export.worlds for one in world.residents.values()}
    account_ids: set[str] = set()
    account_owners: dict[str, str] = {}
    for row in bank_records.customers(bank, customer_ids):
        files[CUSTOMERS].write(row)
    for row in bank_records.accounts(bank, customer_ids):
        account_ids.add(row["id"])
        account_owners[row["id"]] = row["customer_id"]
        files[ACCOUNTS].write(row)
    for row in bank_records.cards(bank, customer_ids):
        files[CARDS].write(row)
    people: dict[str, dict[str, Any]] = {}
    for world in export.worlds:
        for customer_id, row in world.people():
            people[customer_id] = row
            files[PEOPLE].write(row)
    known = {f"{row['world_id']} {row['party_id']}": row for row in people.values()}
    for transaction, truth in _transactions(database, bank, export, account_ids):
        files[TRANSACTIONS].write(bank_records.transaction_row(transaction))
        owner = account_owners.get(transaction["from_account_id"] or transaction["to_account_id"], "")
        acting = people.get(owner, {}) if truth is None else known.get(f"{truth.world_id} {truth.party_id}", {})
        files[TRUTH].write(truth_row(transaction, truth, acting))
    for file in files.values():
        file.close()
    return list(files.values())


def truth_row(transaction: Row, truth: Truth | None, acting: Row) -> dict[str, Any]:
    """What is true of a transaction; `acting` is the row of who wanted it, or of whose account it left."""
    row = {"transaction_id": transaction["id"], "party_id": acting.get("party_id"), "persona": acting.get("persona")}
    if truth is not None:
        return row | {
            "world_id": truth.world_id,
            "event_id": truth.event_id,
            "intent": truth.intent,
            "true_category": truth.category,
            "label": truth.label,
            "scenario": truth.scenario,
            "scenario_instance": truth.instance,
        }
    row |= {"world_id": acting.get("world_id"), "true_category": transaction["category"]}
    if transaction["initiated_by"]["kind"] == "bank":
        return row | {"intent": transaction["type"], "label": ORDINARY}
    return row | {"intent": UNPLANNED}


def described(export: Export) -> dict[str, Any]:
    """What the manifest says of the export itself."""
    return {
        "format": "sandbank-world",
        "version": VERSION,
        "bank_name": bank_name(),
        "exported_at": clock.to_wire(export.exported_us),
        "until": clock.to_wire(export.until_us),
        "worlds": [world_of(one.stored) for one in export.worlds],
    }


def world_of(world: StoredWorld) -> dict[str, Any]:
    """From what a world can be made again, and how far it has lived."""
    return {
        "id": world.id,
        "number": world.number,
        "seed": world.seed,
        "customers": world.customers,
        "preset": world.preset,
        "currency": world.currency,
        "start": clock.to_wire(world.start_us or 0),
        "is_lived": world.arranged_from_us == world.start_us,
        "lived_until": clock.to_wire(world.lived_until_us or 0),
        "posted": world.posted,
        "refused": world.refused,
        "plan_sha256": world.plan_sha256,
    }


def data_dictionary() -> dict[str, Any]:
    """What each table and column says, and each intent."""
    intents = [{"name": name, "about": about} for name, about in INTENTS.items()]
    return {"tables": [table.described() for table in TABLES], "intents": intents}


def _transactions(
    database: Database, bank: Client, export: Export, account_ids: set[str]
) -> Iterator[tuple[Row, Truth | None]]:
    """What moved, oldest first, each with its truth."""
    twins = [world.twin(database) for world in export.worlds]
    since_us = min(one.stored.start_us or 0 for one in export.worlds)
    while since_us < export.until_us:
        until_us = min(since_us + _stretch_us(export), export.until_us)
        for twin in twins:
            twin.go_to(until_us)
        for row in bank_records.transactions(bank, account_ids, since_us, until_us):
            found = (twin.truth(row) for twin in twins)
            yield row, next((truth for truth in found if truth is not None), None)
        since_us = until_us


def _stretch_us(export: Export) -> int:
    people = sum(one.stored.customers for one in export.worlds)
    days = _ROWS_OF_A_STRETCH // (_ROWS_OF_A_PERSON_DAY * people)
    return min(max(days, 1), _LONGEST_STRETCH_DAYS) * DAY_US


def _content(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _readme(export: Export) -> str:
    tables = "\n".join(f"  {table.path}\n      {table.about}" for table in TABLES)
    return f"""Customers of {bank_name()} who live in a simulation, up to {clock.to_wire(export.until_us)}.

{tables}

The files under bank/ are what the bank knows: what its own API answers. Those under truth/ it does not know: who
wanted what, and what it truly was. truth/transactions has a row for each transaction, by its id. So a model is given
bank/ to learn from, and truth/ to be told whether it was right.

Amounts are exact decimal numbers in the currency beside them, times are in UTC. data-dictionary.json says what each
column is, manifest.json from which seed and preset the worlds come, and the checksum of every file.
"""
