"""The oracle of LEDGER.md: reads a ledger's database by itself, with SQL of its own, and says what is wrong.

It shares no code with the ledger, so a mistake there cannot hide itself here.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from tests import databases

_CHECKS = {
    "postings sum to zero per entry": "SELECT entry_id, SUM(amount_minor) FROM postings GROUP BY entry_id "
    "HAVING SUM(amount_minor) <> 0",
    "an entry has two postings or more": "SELECT e.id, COUNT(p.entry_id) FROM entries e LEFT JOIN postings p "
    "ON p.entry_id = e.id GROUP BY e.id HAVING COUNT(p.entry_id) < 2",
    "postings sum to zero per currency": "SELECT e.currency, SUM(p.amount_minor) FROM postings p "
    "JOIN entries e ON e.id = p.entry_id GROUP BY e.currency HAVING SUM(p.amount_minor) <> 0",
    "the amount is what the postings move": "SELECT e.id, e.amount_minor FROM entries e JOIN postings p "
    "ON p.entry_id = e.id WHERE ABS(p.amount_minor) <> e.amount_minor",
    "each balance equals its postings": "SELECT a.id, a.balance_minor FROM accounts a WHERE a.owner_id IS NOT NULL "
    "AND a.balance_minor <> (SELECT COALESCE(SUM(amount_minor), 0) FROM postings WHERE account_id = a.id)",
    "none is below its floor": "SELECT id, balance_minor FROM accounts WHERE owner_id IS NOT NULL "
    "AND balance_minor - held_minor < floor_minor",
    "the journal is gapless": "SELECT MAX(position), COUNT(*) FROM journal "
    "HAVING COALESCE(MAX(position), 0) <> COUNT(*)",
    "each entry is in the journal": "SELECT id, 0 FROM entries WHERE id NOT IN (SELECT entry_id FROM journal)",
    "a succeeded key has its entry": "SELECT {key}, entry_id FROM idempotency_keys WHERE status < 300 "
    "AND (entry_id IS NULL OR entry_id NOT IN (SELECT id FROM entries))",
    "two keys never share an entry": "SELECT entry_id, COUNT(*) FROM idempotency_keys WHERE entry_id IS NOT NULL "
    "GROUP BY entry_id HAVING COUNT(*) > 1",
    "a refused key has no entry": "SELECT {key}, entry_id FROM idempotency_keys WHERE status >= 300 "
    "AND entry_id IS NOT NULL",
    "nothing is pending": "SELECT {key}, status FROM idempotency_keys WHERE status IS NULL OR reply IS NULL",
    "reversals stay within the original": "SELECT o.id, SUM(r.amount_minor) FROM entries r JOIN entries o "
    "ON o.id = r.reverses GROUP BY o.id HAVING SUM(r.amount_minor) > MAX(o.amount_minor)",
}


@dataclass(frozen=True)
class Acknowledged:
    """A 2xx that a client got: its key and the id of the transaction in the reply."""

    key: str
    transaction_id: str


def check_ledger(path: Path, acknowledged: Iterable[Acknowledged] = ()) -> dict[str, int]:
    """Assert that the ledger is right; counts of entries and keys. Every acknowledged reply must be in it."""
    with databases.snapshot_of(path) as connection:  # also of a ledger that goes on
        key = connection.dialect.identifier_preparer.quote("key")
        queries = {name: query.format(key=key) for name, query in _CHECKS.items()}
        problems = {name: rows for name, query in queries.items() if (rows := _rows(connection, query))}
        if connection.dialect.name == "sqlite" and (found := _rows(connection, "PRAGMA integrity_check")) != [("ok",)]:
            problems["integrity_check"] = found
        problems.update(_lost_replies(connection, key, acknowledged))
        problems.update(_days_unlike_their_entries(connection))
        assert not problems, json.dumps(problems, indent=1, default=str)[:3000]
        [(total,)] = _rows(connection, "SELECT COALESCE(SUM(amount_minor), 0) FROM postings")
        assert total == 0
        return {
            "entries": _rows(connection, "SELECT COUNT(*) FROM entries")[0][0],
            "keys": _rows(connection, "SELECT COUNT(*) FROM idempotency_keys")[0][0],
        }


def _rows(connection: Connection, query: str) -> list[Any]:
    return [tuple(row) for row in connection.exec_driver_sql(query)]


def _lost_replies(connection: Connection, key: str, acknowledged: Iterable[Acknowledged]) -> dict[str, list[str]]:
    stored = dict(_rows(connection, f"SELECT {key}, entry_id FROM idempotency_keys WHERE status < 300"))
    lost = [reply.key for reply in acknowledged if stored.get(reply.key) != reply.transaction_id]
    return {"every 2xx ever sent is present": lost} if lost else {}


def _days_unlike_their_entries(connection: Connection) -> dict[str, object]:
    """What left an account on a day of the bank is what the day's total says; fees, interest and reversals are not."""
    zone = ZoneInfo(os.environ.get("BANK_TIME_ZONE") or "Europe/Berlin")
    totals: Counter[tuple[str, int]] = Counter()
    for account_id, instant_us, amount_minor in _rows(
        connection,
        "SELECT from_account_id, effective_at, amount_minor FROM entries "
        "WHERE from_account_id IS NOT NULL AND type NOT IN ('reversal', 'fee', 'interest')",
    ):
        day = (datetime.fromtimestamp(instant_us // 1_000_000, zone).date() - date(1970, 1, 1)).days
        totals[account_id, day] += amount_minor
    kept = {
        (row[0], row[1]): row[2]
        for row in _rows(connection, "SELECT account_id, day, amount_minor FROM daily_outgoings")
    }
    wrong = {f"{key}": (kept.get(key), totals.get(key)) for key in {*kept, *totals} if kept.get(key) != totals.get(key)}
    return {"what left an account on a day is kept so": wrong} if wrong else {}
