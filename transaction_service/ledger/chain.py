"""The hash chain: each row of the journal seals what it says together with every row before it."""

import hashlib
from collections.abc import Iterable

from shared.json_parsing import render
from transaction_service.ledger.decisions import Posting
from transaction_service.ledger.entry import Entry

GENESIS_HASH = "0" * 64


def chain_hash(previous: str, position: int, entry: Entry, legs: Iterable[Posting]) -> str:
    """The hash of a journal row: SHA-256 over the previous hash and everything the row says."""
    facts = [
        previous,
        position,
        entry.id,
        entry.type,
        entry.currency,
        entry.amount_minor,
        entry.from_account_id,
        entry.to_account_id,
        entry.description,
        entry.category,
        entry.initiator_id,
        entry.reverses,
        entry.effective_at,
        entry.booked_at,
        sorted((leg.account_id, leg.amount_minor, leg.balance_after_minor) for leg in legs),
    ]
    return hashlib.sha256(render(facts).encode()).hexdigest()
