"""A ledger of any size as it was written before entries were their own journal: the tables of revision 0002.

It has code of its own for what those entries were: two postings each, a hash over them, keys with the text of replies.
"""

import hashlib
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, text

from shared.identifiers import new_id
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.sqlite import sqlite_driver as sqlite3

REVISION = "0002"
_BEGAN_US = 1_790_000_000_000_000
_MINUTE_US = 60_000_000
_BANK = {"deposit": "cash", "withdrawal": "cash", "interest": "interest-expense", "fee": "fee-income"}
_ACCOUNTS = 60
Row = dict[str, Any]


@dataclass(frozen=True)
class UsedKey:
    """A request that was answered, and its answer."""

    user_id: str
    key: str
    payload: Row
    status: int
    body: str


@dataclass
class OldLedger:
    """What was written, for comparing it with what is read later."""

    path: Path
    accounts: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    keys: list[UsedKey] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    balances: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def hashes(self) -> list[str]:
        """The hash of each entry, in order."""
        return [entry["hash"] for entry in self.entries]


def write(path: Path, count: int, *, seed: int = 7) -> OldLedger:
    """Make a ledger of so many entries in the tables of REVISION."""
    database = Database.at(f"sqlite:///{path}")
    migrate(database, "transaction_service", to=REVISION)
    database.close()
    chance, ledger = random.Random(seed), OldLedger(path)
    connection = sqlite3.connect(path)
    _write_accounts(connection, ledger)
    previous = "0" * 64
    for position in range(1, count + 1):
        previous = _write_entry(connection, ledger, chance, position, previous)
        if position % 50 == 0:
            _write_refusal(connection, ledger, position)
    connection.execute(
        "UPDATE ledger_state SET head_position = ?, head_hash = ?, head_booked_at = ?, clock_offset_us = 3600000000",
        [count, previous, ledger.entries[-1]["booked_at"]],
    )
    for account_id, balance in ledger.balances.items():
        connection.execute("UPDATE accounts SET balance_minor = ? WHERE id = ?", [balance, account_id])
    connection.commit()
    connection.close()
    return ledger


def copy(path: Path, url: str) -> None:
    """Make the same ledger, in the tables of the same revision, in an empty database on a server."""
    database = Database.at(url)
    migrate(database, "transaction_service", to=REVISION)
    tables = MetaData()
    tables.reflect(database.engine)
    source = create_engine(f"sqlite:///{path}")
    with source.connect() as old, database.engine.begin() as new:
        new.execute(tables.tables["ledger_state"].delete())
        for table in tables.sorted_tables:
            rows = [dict(row._mapping) for row in old.execute(text(f"SELECT * FROM {table.name}"))]
            if rows and table.name != "alembic_version":
                new.execute(table.insert(), rows)
    source.dispose()
    database.close()


def _write_accounts(connection: "sqlite3.Connection", ledger: OldLedger) -> None:
    people = [new_id() for _ in range(_ACCOUNTS // 2)]
    ledger.accounts = [
        {
            "id": new_id(),
            "owner_id": people[number % len(people)],
            "holder_name": f"Zoë Ångström {number}",
            "account_number": f"DE{number:020d}",
            "synthetic": number % 3 == 0,
        }
        for number in range(_ACCOUNTS)
    ]
    insert = (
        "INSERT INTO accounts (id, owner_id, holder_name, account_number, account_type, currency, status, synthetic, "
        "balance_minor, held_minor, floor_minor, movement_limit_minor, daily_limit_minor, opened_at) "
        "VALUES (?, ?, ?, ?, ?, 'EUR', 'open', ?, ?, 0, 0, 1000000, 100000000, 1)"
    )
    for name in sorted(set(_BANK.values())):
        connection.execute(insert, [f"bank:{name}:EUR", None, "The bank", None, "bank", 0, None])
    for account in ledger.accounts:
        names = ("id", "owner_id", "holder_name", "account_number")
        facts = [account[name] for name in names]
        connection.execute(insert, [*facts, "checking", int(account["synthetic"]), 0])


def _write_entry(
    connection: "sqlite3.Connection", ledger: OldLedger, chance: random.Random, position: int, previous: str
) -> str:
    entry = _entry(ledger, chance, position)
    bank = f"bank:{_BANK.get(entry['kind'], 'cash')}:EUR"
    legs = []
    for account_id, sign in ((entry["from_account_id"], -1), (entry["to_account_id"], 1)):
        if account_id is not None:
            ledger.balances[account_id] += sign * entry["amount_minor"]
        balance = None if account_id is None else ledger.balances[account_id]
        legs.append((account_id or bank, sign * entry["amount_minor"], balance))
    names = ("id", "type", "currency", "amount_minor", "from_account_id", "to_account_id", "description", "category")
    facts = [*(entry[name] for name in names), *(entry[name] for name in ("initiator_id", "reverses"))]
    content = [previous, position, *facts, entry["effective_at"], entry["booked_at"], sorted(legs)]
    entry["hash"] = hashlib.sha256(_compact(content).encode()).hexdigest()
    connection.execute(
        "INSERT INTO entries (id, type, currency, amount_minor, from_account_id, to_account_id, description, category, "
        "initiator_id, reverses, effective_at, booked_at, initiator_kind, initiator_name) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [*facts, entry["effective_at"], entry["booked_at"], entry["initiator_kind"], entry["initiator_name"]],
    )
    owners = [next((a["owner_id"] for a in ledger.accounts if a["id"] == leg[0]), None) for leg in legs]
    if owners[0] is not None and owners[0] == owners[1]:
        owners[1] = None
    connection.executemany(
        "INSERT INTO postings VALUES (?, ?, ?, ?, ?, ?)",
        [(entry["id"], *leg, entry["effective_at"], owner) for leg, owner in zip(legs, owners, strict=True)],
    )
    connection.execute("INSERT INTO journal VALUES (?, ?, ?)", [position, entry["id"], entry["hash"]])
    ledger.entries.append(entry)
    _write_key(connection, ledger, entry)
    return str(entry["hash"])


def _entry(ledger: OldLedger, chance: random.Random, position: int) -> Row:
    source, target = chance.sample(ledger.accounts, 2)
    kind = chance.choice(("deposit", "deposit", "withdrawal", "transfer", "transfer", "interest", "fee", "reversal"))
    amount = chance.randint(1, 5_000)
    reverses = None
    if kind == "reversal":
        original = next((one for one in reversed(ledger.entries[-40:]) if one["kind"] == "transfer"), None)
        if original is None or original.get("is_reversed") or ledger.balances[original["to_account_id"]] < 1:
            kind = "deposit"
        else:
            original["is_reversed"] = True
            amount = min(original["amount_minor"], ledger.balances[original["to_account_id"]])
            reverses = original["id"]
            sides = (original["to_account_id"], original["from_account_id"])
    if kind in ("withdrawal", "transfer", "fee") and ledger.balances[source["id"]] < amount:
        kind = "deposit"
    if kind != "reversal":
        paid_to = target["id"] if kind == "transfer" else None
        sides = (None, source["id"]) if kind in ("deposit", "interest") else (source["id"], paid_to)
    is_known = position % 2 == 0
    booked_at = _BEGAN_US + position * _MINUTE_US
    return {
        "kind": kind,
        "id": new_id(),
        "type": kind,
        "currency": "EUR",
        "amount_minor": amount,
        "from_account_id": sides[0],
        "to_account_id": sides[1],
        "description": "Müsli & Tee" if position % 3 else "",
        "category": "groceries" if position % 4 else None,
        "initiator_id": source["owner_id"] if kind in ("deposit", "withdrawal", "transfer") else "simulator-service",
        "reverses": reverses,
        "effective_at": booked_at - (position % 7) * 86_400 * 1_000_000,
        "booked_at": booked_at,
        "initiator_kind": "customer" if is_known else None,
        "initiator_name": "zoe" if is_known else None,
    }


def _write_key(connection: "sqlite3.Connection", ledger: OldLedger, entry: Row) -> None:
    """The key of an entry, with a reply that says of it what a reply said then."""
    body = _compact({"id": entry["id"], "status": "completed", "amount": _decimal(entry["amount_minor"]), "then": "ä"})
    side = entry["from_account_id"] or entry["to_account_id"]
    payload = {"account_id": side, "amount": _decimal(entry["amount_minor"]), "description": entry["description"]}
    if entry["kind"] == "transfer":
        payload |= {"from_account_id": side, "to_account_id": entry["to_account_id"]}
        del payload["account_id"]
    _keep(connection, ledger, entry, payload, (201, body))


def _write_refusal(connection: "sqlite3.Connection", ledger: OldLedger, position: int) -> None:
    account = ledger.accounts[position % len(ledger.accounts)]
    attempt = {
        "id": new_id(),
        "kind": "withdrawal",
        "initiator_id": account["owner_id"],
        "booked_at": _BEGAN_US + position * _MINUTE_US,
    }
    connection.execute(
        "INSERT INTO refused_attempts (id, user_id, type, currency, amount_minor, account_id, from_account_id, "
        "to_account_id, description, category, error_code, effective_at, booked_at, initiator_kind, owner_id) "
        "VALUES (?, ?, 'withdrawal', 'EUR', 99999999, ?, ?, NULL, '', NULL, 'INSUFFICIENT_FUNDS', ?, ?, ?, ?)",
        [
            *(attempt["id"], account["owner_id"], account["id"], account["id"]),
            *(attempt["booked_at"], attempt["booked_at"], "customer", account["owner_id"]),
        ],
    )
    ledger.refused.append({**attempt, "owner_id": account["owner_id"]})
    details = {"currency": "EUR", "available": "7.50", "amount": "999999.99"}
    error = {"success": False, "message": "Too little.", "error_code": "INSUFFICIENT_FUNDS", "details": details}
    body = _compact({**error, "request_id": f"then-{position}"})
    payload = {"account_id": account["id"], "amount": "999999.99", "description": ""}
    _keep(connection, ledger, attempt, payload, (400, body))


def _keep(connection: "sqlite3.Connection", ledger: OldLedger, of: Row, payload: Row, answer: tuple[int, str]) -> None:
    names = ("amount", "account_id", "from_account_id", "to_account_id", "to_account_number", "currency")
    asked = [of["kind"], *(payload.get(name) for name in names), payload["description"], None, None, None]
    request_hash = hashlib.sha256(_compact(asked).encode()).hexdigest()
    key = f"key of {of['id']}".replace(" ", "-")
    connection.execute(
        "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(of["initiator_id"], of["kind"], key, request_hash, *answer),
            *(of["id"] if answer[0] == 201 else None, of["booked_at"]),
        ],
    )
    if of["kind"] in ("deposit", "withdrawal", "transfer"):
        ledger.keys.append(UsedKey(of["initiator_id"], key, {"type": of["kind"], **payload}, *answer))


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _decimal(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
