"""The oracle of LEDGER.md: reads a ledger's database by itself, with SQL of its own, and says what is wrong.

It shares no code with the ledger, so a mistake there cannot hide itself here.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from tests import databases

_CHECKS = {
    "postings sum to zero per entry and currency": "SELECT position, currency, SUM(amount_minor) FROM postings "
    "GROUP BY position, currency HAVING SUM(amount_minor) <> 0",
    "an entry has two postings or more": "SELECT e.position, COUNT(p.position) FROM entries e LEFT JOIN postings p "
    "ON p.position = e.position GROUP BY e.position HAVING COUNT(p.position) < 2",
    "postings sum to zero per currency": "SELECT currency, SUM(amount_minor) FROM postings "
    "GROUP BY currency HAVING SUM(amount_minor) <> 0",
    "a posting is in its account's currency": "SELECT p.position, p.currency, a.currency FROM postings p "
    "JOIN accounts a ON a.{key} = p.account_key WHERE a.currency <> p.currency",
    "the amount is what the postings move": "SELECT e.position, e.amount_minor FROM entries e JOIN postings p "
    "ON p.position = e.position WHERE p.currency = e.currency AND ABS(p.amount_minor) <> e.amount_minor",
    "what is in two currencies was exchanged": "SELECT p.position, COUNT(x.position) FROM postings p LEFT JOIN "
    "exchanges x ON x.position = p.position GROUP BY p.position HAVING (COUNT(DISTINCT p.currency) = 2) "
    "<> (COUNT(x.position) > 0) OR COUNT(DISTINCT p.currency) > 2",
    "an exchange is what its four postings move": "SELECT x.position, COUNT(p.position) FROM exchanges x "
    "LEFT JOIN postings p ON p.position = x.position AND ((p.currency = x.source_currency "
    "AND ABS(p.amount_minor) = x.source_minor) OR (p.currency = x.target_currency "
    "AND ABS(p.amount_minor) = x.target_minor)) GROUP BY x.position HAVING COUNT(p.position) <> 4",
    "each balance equals its postings": "SELECT a.id, a.balance_minor FROM accounts a "
    "WHERE a.owner_id IS NOT NULL AND a.balance_minor <> "
    "(SELECT COALESCE(SUM(amount_minor), 0) FROM postings WHERE account_key = a.{key})",
    "none is below its floor but by force": "SELECT id, balance_minor FROM accounts WHERE owner_id IS NOT NULL "
    "AND balance_minor - held_minor < floor_minor AND floor_passed_at IS NULL",
    "what is held is what remains of holds": "SELECT a.id, a.held_minor FROM accounts a WHERE a.held_minor <> "
    "(SELECT COALESCE(SUM(remaining_minor), 0) FROM holds WHERE account_key = a.{key} AND status = 'pending')",
    "what a hold gave is what entries took": "SELECT h.id, h.captured_minor FROM holds h WHERE h.captured_minor <> "
    "(SELECT COALESCE(SUM(e.amount_minor), 0) FROM hold_captures c JOIN entries e ON e.position = c.position "
    "WHERE c.hold_key = h.{key})",
    "pending holds, and they alone, are to expire": "SELECT h.id, w.due_at FROM holds h LEFT JOIN due_work w "
    "ON w.subject_id = h.id AND w.kind = 'hold_expiry' AND w.due_at = h.expires_at "
    "WHERE (h.status = 'pending') <> (w.due_at IS NOT NULL)",
    "interest is posted as it was settled": "SELECT p.account_key, p.outstanding_credit_minor FROM account_plans p "
    "WHERE (SELECT COALESCE(SUM(credit_minor - debit_minor), 0) FROM interest_periods s "
    "WHERE s.account_key = p.account_key) <> p.outstanding_credit_minor - p.outstanding_debit_minor + "
    "(SELECT COALESCE(SUM(CASE e.type WHEN 'interest' THEN e.amount_minor ELSE -e.amount_minor END), 0) "
    "FROM interest_entries i JOIN entries e ON e.position = i.position WHERE i.account_key = p.account_key)",
    "an order pays once for a day, as it says": "SELECT x.order_key, x.day FROM order_executions x "
    "JOIN payment_orders o ON o.{key} = x.order_key LEFT JOIN exchanges c ON c.position = x.position "
    "LEFT JOIN entries e ON e.position = x.position AND e.effective_at = x.executed_at AND x.amount_minor = "
    "CASE o.fixed WHEN 'target' THEN COALESCE(c.target_minor, e.amount_minor) ELSE e.amount_minor END "
    "WHERE (x.error_code IS NULL) <> (e.position IS NOT NULL)",
    "active orders, and they alone, are due": "SELECT o.id, w.due_at FROM payment_orders o LEFT JOIN due_work w "
    "ON w.subject_id = o.id AND w.kind = o.kind WHERE (o.status = 'active') <> (w.due_at IS NOT NULL)",
    "a collection is one entry, and due until then": "SELECT c.id, c.status FROM collections c "
    "LEFT JOIN entries e ON e.position = c.position AND e.type = 'direct_debit' AND e.amount_minor = c.amount_minor "
    "LEFT JOIN due_work w ON w.subject_id = c.id AND w.kind = 'direct_debit' "
    "WHERE (c.status IN ('paid', 'refunded')) <> (e.position IS NOT NULL) "
    "OR (c.status = 'scheduled') <> (w.due_at IS NOT NULL)",
    "each run of interest is due": "SELECT r.day, w.due_at FROM interest_runs r LEFT JOIN due_work w "
    "ON w.subject_id = r.id AND w.kind = 'interest' WHERE w.due_at IS NULL",
    "what an authorization gave is what entries took": "SELECT a.id FROM authorizations a "
    "LEFT JOIN holds h ON h.{key} = a.hold_key WHERE a.forced_minor + COALESCE(h.captured_minor, 0) <> "
    "(SELECT COALESCE(SUM(e.amount_minor), 0) FROM card_entries c JOIN entries e ON e.position = c.position "
    "WHERE c.authorization_id = a.id AND e.type IN ('card_purchase', 'cash_withdrawal'))",
    "the journal is gapless": "SELECT MAX(position), COUNT(*) FROM entries "
    "HAVING COALESCE(MAX(position), 0) <> COUNT(*)",
    "the journal ends at its head": "SELECT head_position, 0 FROM ledger_state "
    "WHERE head_position <> (SELECT COUNT(*) FROM entries)",
    "a succeeded key has its entry": "SELECT number, position FROM idempotency_keys WHERE COALESCE(status, 201) < 300 "
    "AND (position IS NULL OR position NOT IN (SELECT position FROM entries)) "
    """AND COALESCE(reply, '') NOT LIKE '{{%%\"created_at\":%%' """
    """AND COALESCE(reply, '') NOT LIKE '{{%%\"credit_transaction_id\":%%'""",
    "two keys never share an entry": "SELECT position, COUNT(*) FROM idempotency_keys WHERE position IS NOT NULL "
    "GROUP BY position HAVING COUNT(*) > 1",
    "a refused key has no entry": "SELECT number, position FROM idempotency_keys WHERE status >= 300 "
    "AND position IS NOT NULL",
    "nothing is pending": "SELECT number, status FROM idempotency_keys WHERE position IS NULL AND reply IS NULL",
    "reversals stay within the original": "SELECT o.position, SUM(r.amount_minor) FROM "
    "(SELECT e.reverses, e.amount_minor FROM entries e UNION ALL SELECT back.reverses, -again.amount_minor "
    "FROM entries again JOIN entries back ON back.position = again.reverses WHERE back.reverses IS NOT NULL) r "
    "JOIN entries o ON o.position = r.reverses GROUP BY o.position HAVING SUM(r.amount_minor) > MAX(o.amount_minor) "
    "OR SUM(r.amount_minor) < 0",
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
    query = (
        "SELECT e.id, CASE WHEN c.position IS NOT NULL THEN 'capture_hold' WHEN e.type = 'exchange' THEN 'transfer' "
        "ELSE e.type END, i.user_id, k.name "
        f"FROM entries e JOIN initiators i ON i.{key} = e.initiator_key "
        "JOIN idempotency_keys k ON k.position = e.position LEFT JOIN hold_captures c ON c.position = e.position"
    )
    stored = {bytes(row[0]): row[1:] for row in _rows(connection, query)}
    lost = []
    for reply in acknowledged:
        entry = stored.get(UUID(reply.transaction_id).bytes)
        if entry is None or key_name(str(UUID(bytes=bytes(entry[1]))), entry[0], reply.key) != bytes(entry[2]):
            lost.append(reply.key)
    return {"every 2xx ever sent is present": lost} if lost else {}


def _days_unlike_their_entries(connection: Connection) -> dict[str, object]:
    """What left an account on a day of the bank is what the day's total says; what no limit binds is not in it."""
    zone = ZoneInfo(os.environ.get("BANK_TIME_ZONE") or "Europe/Berlin")
    totals: Counter[tuple[int, int]] = Counter()
    for account_key, instant_us, amount_minor in _rows(
        connection,
        "SELECT payer_key, effective_at, amount_minor FROM entries "
        "WHERE payer_key IS NOT NULL AND type NOT IN "
        "('reversal', 'fee', 'interest', 'interest_charge', 'cash_withdrawal', 'card_refund', 'chargeback', "
        "'direct_debit', 'card_payment') "
        "AND position NOT IN (SELECT position FROM hold_captures UNION SELECT position FROM card_entries)",
    ):
        day = (datetime.fromtimestamp(instant_us // 1_000_000, zone).date() - date(1970, 1, 1)).days
        totals[account_key, day] += amount_minor
    kept = {
        (row[0], row[1]): row[2]
        for row in _rows(connection, "SELECT account_key, day, amount_minor FROM daily_outgoings")
    }
    wrong = {f"{key}": (kept.get(key), totals.get(key)) for key in {*kept, *totals} if kept.get(key) != totals.get(key)}
    return {"what left an account on a day is kept so": wrong} if wrong else {}


def key_name(principal: str, operation: str, key: str) -> bytes:
    """What the ledger keeps of a used key."""
    facts = json.dumps([principal, operation, key], ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(facts.encode(), digest_size=16).digest()


def in_sql(row_id: str) -> str:
    """A UUID as the ledger's tables have it, to put into a statement."""
    return f"X'{row_id.replace('-', '')}'"
