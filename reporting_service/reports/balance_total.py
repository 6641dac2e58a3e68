"""Every account's balance, as the ledger keeps it, summed in parallel batches and held against the journal.

The batches are compared as at one position of the journal, the one the projections have seen, so that the figures are
exact while money goes on moving.
"""

import contextvars
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from reporting_service.context import ReportingContext
from reporting_service.models import balances
from reporting_service.projections import journal_projection
from shared.amounts import money

ACCOUNTS_A_BATCH = 1000
BATCHES_AT_ONCE = 4
DIFFERENCES_SHOWN = 100


@dataclass
class Batch:
    """What one range of accounts adds up to, by currency, and which of its accounts are not as the journal says."""

    accounts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    ledger_minor: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    differing: list[dict[str, str]] = field(default_factory=list)


def balance_total(context: ReportingContext) -> dict[str, Any]:
    """The totals per currency. Raises Refused when the ledger is away."""
    with context.database.read() as connection:
        position = journal_projection.read_position(connection).position
        expected, bank_minor = _expected(connection)
    ids = sorted(expected)
    parts = [ids[start : start + ACCOUNTS_A_BATCH] for start in range(0, len(ids), ACCOUNTS_A_BATCH)] or [[]]
    edges: list[str | None] = ["", *(part[-1] for part in parts[:-1]), None]
    with ThreadPoolExecutor(BATCHES_AT_ONCE, thread_name_prefix="total") as threads:
        jobs = [
            threads.submit(
                contextvars.copy_context().run,
                _sum,
                context.clients.ledger_accounts(after or "", until, at=position),
                {account_id: expected[account_id] for account_id in part},
            )
            for part, (after, until) in zip(parts, pairwise(edges), strict=True)
        ]
        batches = [job.result() for job in jobs]
    journal_minor: defaultdict[str, int] = defaultdict(int)
    for currency, expected_minor in expected.values():
        journal_minor[currency] += expected_minor
    currencies = sorted({*journal_minor, *bank_minor, *(name for batch in batches for name in batch.accounts)})
    totals = [_total(currency, batches, journal_minor[currency], bank_minor[currency]) for currency in currencies]
    differing = [difference for batch in batches for difference in batch.differing]
    return {
        "as_of_position": position,
        "stale": not context.is_following(),
        "accounts": sum(sum(batch.accounts.values()) for batch in batches),
        "batches": len(batches),
        "totals": totals,
        "matches": context.is_following() and not differing and all(total["matches"] for total in totals),
        "differences": differing[:DIFFERENCES_SHOWN],
    }


def _expected(connection: Connection) -> tuple[dict[str, tuple[str, int]], defaultdict[str, int]]:
    """Each customer account's currency and balance by the journal; and what the bank's own accounts hold together."""
    expected: dict[str, tuple[str, int]] = {}
    bank_minor: defaultdict[str, int] = defaultdict(int)
    table = balances.c
    for row in connection.execute(select(table.account_id, table.owner_id, table.currency, table.balance_minor)):
        if row.owner_id is None:
            bank_minor[row.currency] += row.balance_minor
        else:
            expected[row.account_id] = (row.currency, row.balance_minor)
    return expected, bank_minor


def _sum(rows: Iterable[dict[str, Any]], expected: dict[str, tuple[str, int]]) -> Batch:
    """Add up the ledger's rows of one range, `expected` being what the journal says of it."""
    batch = Batch()
    for row in rows:
        account_id, currency, ledger_minor = row["account_id"], row["currency"], row["balance_minor"]
        batch.accounts[currency] += 1
        batch.ledger_minor[currency] += ledger_minor
        _, expected_minor = expected.pop(account_id, (currency, 0))
        if ledger_minor != expected_minor:
            batch.differing.append(_difference(account_id, currency, ledger_minor, expected_minor))
    for account_id, (currency, expected_minor) in expected.items():
        batch.differing.append(_difference(account_id, currency, 0, expected_minor))
    return batch


def _difference(account_id: str, currency: str, ledger_minor: int, journal_minor: int) -> dict[str, str]:
    return {
        "account_id": account_id,
        "currency": currency,
        "ledger": money.to_text(ledger_minor, currency),
        "journal": money.to_text(journal_minor, currency),
    }


def _total(currency: str, batches: list[Batch], journal_minor: int, bank_minor: int) -> dict[str, Any]:
    ledger_minor = sum(batch.ledger_minor[currency] for batch in batches)
    return {
        "currency": currency,
        "accounts": sum(batch.accounts[currency] for batch in batches),
        "total": money.to_text(ledger_minor, currency),
        "journal_total": money.to_text(journal_minor, currency),
        "bank_total": money.to_text(bank_minor, currency),
        "difference": money.to_text(ledger_minor - journal_minor, currency),
        "matches": ledger_minor == journal_minor == -bank_minor,
    }
