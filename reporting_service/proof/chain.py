"""The ledger's hash chain, computed a second time from our own copy of the journal. Pure.

The rules are written here again on purpose: a copy that checks the original must not run the original's code. Examples
of both versions are pinned in the tests of both services.
"""

import hashlib
import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

GENESIS_HASH = "0" * 64
_OF_ENTRY = ("id", "type", "currency", "amount_minor")
_FACTS_1 = (
    *_OF_ENTRY,
    "from_account_id",
    "to_account_id",
    "description",
    "category",
    "initiator_id",
    "reverses",
    "effective_at",
    "booked_at",
)
_FACTS_2 = (*_OF_ENTRY, "description", "category", "reverses", "effective_at", "booked_at")
_WHO_2 = ("initiator_id", "initiator_kind", "initiator_role", "session_id", "channel", "request_id")
FACTS = (*_FACTS_1, *_WHO_2[1:])
"""What the hashes cover of an entry, by the names that our copy has for it."""

_SAID_1, _SAID_2, _BY_2 = attrgetter(*_FACTS_1), attrgetter(*_FACTS_2), attrgetter(*_WHO_2)
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Leg(NamedTuple):
    """One posting; `balance_after_minor` is None on the bank's own side."""

    leg: int
    account_id: str
    currency: str
    amount_minor: int
    balance_after_minor: int | None


def chain_hash(version: int, previous: str, position: int, entry: Any, legs: Sequence[Leg]) -> str | None:
    """SHA-256 over the compact JSON of the previous hash and all that an entry says; None by a rule we do not know.

    `entry` has the FACTS as attributes. A leg begins with its number, by which legs are put in order.
    """
    if version == 1:
        sides = sorted((leg.account_id, leg.amount_minor, leg.balance_after_minor) for leg in legs)
        content = [previous, position, *_SAID_1(entry), sides]
    elif version == 2:
        content = [2, previous, position, *_SAID_2(entry), _BY_2(entry), sorted(legs)]
    else:
        return None
    return hashlib.sha256(_CANONICAL.encode(content).encode()).hexdigest()
