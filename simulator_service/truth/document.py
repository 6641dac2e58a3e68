"""A world as one JSON document, from which an empty bank can make it again, and a digest by which that is checked.

The digest is of what the document says of accounts and transactions, by who is who in the world's plan: the ids and the
real times of two banks differ.
"""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from sandbank import Client
from shared.storage.database import Database
from simulator_service.truth.export import Export, data_dictionary, described, write_tables
from simulator_service.truth.table_files import JsonLinesFile
from simulator_service.truth.tables import ACCOUNTS, PEOPLE, TABLES, TRANSACTIONS, TRUTH, Table

Row = dict[str, Any]
_SAID = (
    "effective_at", "type", "status", "error_code", "amount", "currency", "description", "category", "merchant", "mcc",
    "channel", "country", "device", "reversed_amount",
)  # fmt: skip


def pieces(database: Database, bank: Client, export: Export) -> Iterator[bytes]:
    """The document, piece by piece: what it is first, then each table. Raises BankError when the bank goes away."""
    with tempfile.TemporaryDirectory(prefix="world-") as folder:
        write_tables(database, bank, export, JsonLinesFile, Path(folder))
        head = {**described(export), "content_sha256": content_sha256(Path(folder))}
        yield json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1].encode()
        for part, tables in groupby(TABLES, key=lambda table: table.path.partition("/")[0]):
            yield f',\n"{part}":{{'.encode()
            for place, table in enumerate(tables):
                yield f'{"," if place else ""}\n"{table.path.partition("/")[2]}":['.encode()
                for number, line in enumerate(_lines(Path(folder), table)):
                    yield f"{',' if number else ''}\n{line}".encode()
                yield b"]"
            yield b"}"
        yield f',\n"dictionary":{json.dumps(data_dictionary(), ensure_ascii=False)}}}\n'.encode()


def content_sha256(folder: Path) -> str:
    """The digest of the tables in a folder."""
    parties = {row["customer_id"]: row["party_id"] for row in _rows(folder, PEOPLE)}
    names: dict[str | None, str] = {}
    seen: Counter[str] = Counter()
    digest, lines = hashlib.sha256(), []
    for account in sorted(_rows(folder, ACCOUNTS), key=lambda row: str(row["opened_at"])):
        name = f"{parties[account['customer_id']]} {account['account_type']}"
        seen[name] += 1
        names[account["id"]] = f"{name} {seen[name]}"
        lines.append(f"{names[account['id']]} {account['balance']} {account['currency']}")
    digest.update("\n".join(sorted(lines)).encode())
    both = zip(_rows(folder, TRANSACTIONS), _rows(folder, TRUTH), strict=True)
    for _, together in groupby(both, key=lambda pair: pair[0]["effective_at"]):
        said = [_said(row, truth, names) for row, truth in together]
        digest.update("".join(f"\n{line}" for line in sorted(said)).encode())
    return digest.hexdigest()


def _said(row: Row, truth: Row, names: dict[str | None, str]) -> str:
    sides = [names.get(row[side], "") for side in ("from_account_id", "to_account_id")]
    true = [truth[name] for name in ("event_id", "intent", "party_id", "label", "scenario", "scenario_instance")]
    return json.dumps([*(row[name] for name in _SAID), *sides, *true], ensure_ascii=False)


def _rows(folder: Path, table: Table) -> Iterator[Row]:
    return (json.loads(line) for line in _lines(folder, table))


def _lines(folder: Path, table: Table) -> Iterator[str]:
    with (folder / JsonLinesFile.name_of(table)).open(encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")
