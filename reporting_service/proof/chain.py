"""The ledger's hash chain, computed a second time from our own copy of the journal. Pure.

The rule is written here again on purpose: a copy that checks the original must not run the original's code.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

GENESIS_HASH = "0" * 64
FACTS = (
    "id",
    "type",
    "currency",
    "amount_minor",
    "from_account_id",
    "to_account_id",
    "description",
    "category",
    "initiator_id",
    "reverses",
    "effective_at",
    "booked_at",
)
"""What the hash covers of an entry, in this order, between its position and its postings."""

_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Leg = tuple[str, int, int | None]
"""Account, signed amount and the customer's balance afterwards (None on the bank's own side)."""


def chain_hash(previous: str, position: int, facts: Sequence[Any], legs: Iterable[Leg]) -> str:
    """SHA-256 over the compact JSON of the previous hash and all that a journal row says; `facts` as named by FACTS."""
    content = [previous, position, *facts, sorted(legs)]
    return hashlib.sha256(_CANONICAL.encode(content).encode()).hexdigest()
