"""The ledger's hash chain, computed a second time from our own copy of the journal. Pure.

The rules are written here again on purpose: a copy that checks the original must not run the original's code. Examples
of all versions are pinned in the tests of both services.
"""

import hashlib
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from shared.http.json_parsing import render, render_bytes, render_text

GENESIS_HASH = "0" * 64
SAID = ("id", "type", "currency", "amount_minor", "description", "category", "reverses", "effective_at", "booked_at")
WHO = ("initiator_id", "initiator_kind", "initiator_role", "session_id", "channel", "request_id")
FACTS = (*SAID, *WHO, "from_account_id", "to_account_id", "end_to_end_id")
"""What the hashes cover of an entry, by the names that our copy has for it, in the order in which it is given here."""

LEG_FACTS = ("leg", "account_id", "currency", "amount_minor", "balance_after_minor")
"""The same of a posting; `balance_after_minor` is None on the bank's own side."""

_WHO_FROM, _WHO_TO, _END_TO_END_ID = len(SAID), len(SAID) + len(WHO), -1
_number = itemgetter(0)
_NOTHING = hashlib.sha256()
"""A copy of it begins in half the time that a new one takes."""

Values = Sequence[Any]


def chain_hash(version: int, previous: str, position: int, facts: Values, legs: Sequence[Values]) -> str | None:
    """SHA-256 over the compact JSON of the previous hash and all that an entry says; None by a rule we do not know.

    None as well where the rule does not cover the end-to-end id that the entry has.
    `facts` are the FACTS; each of the legs the LEG_FACTS, put in order here by their numbers.
    """
    end_to_end_id = facts[_END_TO_END_ID]
    if version == 1:
        if end_to_end_id is not None:
            return None
        content = [previous, position, *_facts_1(dict(zip(FACTS, facts, strict=True)))]
        content.append(sorted((account_id, amount, after) for _, account_id, _, amount, after in legs))
        return hashlib.sha256(render_bytes(content)).hexdigest()
    said = render([*facts[:_WHO_FROM], facts[_WHO_FROM:_WHO_TO]])
    in_order = render(sorted(legs, key=_number))
    return hash_of_texts(version, previous, position, said, legs=in_order, end_to_end_id=end_to_end_id)


def hash_of_texts(
    version: int, previous: str, position: int, said: str, *, legs: str, end_to_end_id: str | None
) -> str | None:
    """The same by rules 2 and 3, of JSON: of SAID with the list of WHO as its last, and of the list of LEG_FACTS."""
    if version == 2 and end_to_end_id is None:
        end = ""
    elif version == 3:
        end = f",{render_text(end_to_end_id)}"
    else:
        return None
    digest = _NOTHING.copy()
    digest.update(f"[{version},{render_text(previous)},{position},{said[1:-1]},{legs}{end}]".encode())
    return digest.hexdigest()


def _facts_1(entry: dict[str, Any]) -> list[Any]:
    names = (*SAID[:4], "from_account_id", "to_account_id", *SAID[4:6], "initiator_id", *SAID[6:])
    return [entry[name] for name in names]
