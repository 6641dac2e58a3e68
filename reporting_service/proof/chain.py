"""The ledger's hash chain, computed a second time from our own copy of the journal. Pure.

The rules are written here again on purpose: a copy that checks the original must not run the original's code. Examples
of all versions are pinned in the tests of both services.
"""

import hashlib
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from shared.http.json_parsing import render_bytes

GENESIS_HASH = "0" * 64
_SAID = ("id", "type", "currency", "amount_minor", "description", "category", "reverses", "effective_at", "booked_at")
_WHO = ("initiator_id", "initiator_kind", "initiator_role", "session_id", "channel", "request_id")
FACTS = (*_SAID, *_WHO, "from_account_id", "to_account_id", "end_to_end_id")
"""What the hashes cover of an entry, by the names that our copy has for it, in the order in which it is given here."""

LEG_FACTS = ("leg", "account_id", "currency", "amount_minor", "balance_after_minor")
"""The same of a posting; `balance_after_minor` is None on the bank's own side."""

_WHO_FROM, _WHO_TO, _END_TO_END_ID = len(_SAID), len(_SAID) + len(_WHO), -1
_number = itemgetter(0)

Values = Sequence[Any]


def chain_hash(version: int, previous: str, position: int, facts: Values, legs: Sequence[Values]) -> str | None:
    """SHA-256 over the compact JSON of the previous hash and all that an entry says; None by a rule we do not know.

    None as well where the rule does not cover the end-to-end id that the entry has.
    `facts` are the FACTS; each of the legs the LEG_FACTS, put in order here by their numbers.
    """
    if version in (1, 2) and facts[_END_TO_END_ID] is not None:
        return None
    if version in (2, 3):
        who = facts[_WHO_FROM:_WHO_TO]
        content = [version, previous, position, *facts[:_WHO_FROM], who, sorted(legs, key=_number)]
        content += [facts[_END_TO_END_ID]] if version == 3 else []
    elif version == 1:
        content = [previous, position, *_facts_1(dict(zip(FACTS, facts, strict=True)))]
        content.append(sorted((account_id, amount, after) for _, account_id, _, amount, after in legs))
    else:
        return None
    return hashlib.sha256(render_bytes(content)).hexdigest()


def _facts_1(entry: dict[str, Any]) -> list[Any]:
    names = (*_SAID[:4], "from_account_id", "to_account_id", *_SAID[4:6], "initiator_id", *_SAID[6:])
    return [entry[name] for name in names]
