"""The hash chain: each entry seals what it says together with every entry before it. Pure.

What a hash covers is written here and nowhere else in the ledger; the reporting service has the same rule in code of
its own (reporting_service/proof/chain.py), and the tests of both pin the same examples. A rule never changes: another
one gets another version, and entries stay sealed by the one that they were made by.

A hash is of JSON text. It is put together from texts rather than rendered as a whole, as who did it and on which
account is said alike by thousands of entries that a proof reads one after another.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from shared.http.json_parsing import render, render_bytes, render_text
from transaction_service.ledger.entry import Entry, Initiator, Posting

GENESIS_HASH = "0" * 64
_COVERS_END_TO_END_IDS = 3
_NOTHING = hashlib.sha256()
"""A copy of it begins in half the time that a new one takes."""

SAID = ("type", "currency", "amount_minor", "description", "category", "reverses", "effective_at", "booked_at")
"""What hashes cover of what an entry says, after its id and in this order; `reverses` is the id of another."""


def chain_hash(version: int, previous: str, position: int, entry: Entry, legs: Sequence[Posting]) -> str:
    """The hash of an entry by the rule of a version: SHA-256 over JSON of the previous hash and all that it says.

    `legs` are in the order of their numbers, from 0. Raises KeyError for a version that there is not, and for one that
    does not cover the end-to-end id of an entry that has one.
    """
    if version == 1 and entry.end_to_end_id is None:
        return hashlib.sha256(render_bytes(_facts_1(previous, position, entry, legs))).hexdigest()
    said = f"{render_text(entry.id)},{render([getattr(entry, name) for name in SAID])[1:-1]}"
    who = f"{who_text(entry.initiator)},{render_text(entry.request_id)}"
    texts = [leg_text(number, render_text(leg.account_id), render([*leg[1:]])[1:-1]) for number, leg in enumerate(legs)]
    legs_text, end_to_end_id = ",".join(texts), entry.end_to_end_id
    return hash_of_texts(version, previous, position, said, who=who, legs=legs_text, end_to_end_id=end_to_end_id)


def version_of(entry: Entry) -> int:
    """By which rule an entry is sealed now: what says no more than before is sealed as before."""
    return 2 if entry.end_to_end_id is None else _COVERS_END_TO_END_IDS


def hash_of_texts(
    version: int, previous: str, position: int, said: str, *, who: str, legs: str, end_to_end_id: str | None
) -> str:
    """The same by rules 2 and 3, of what is JSON already: its id and SAID, `who_text` and its request, `leg_text`s.

    The version comes first; then who did it and by which way, and each leg with its number and currency. A person's
    name is left out, so that it can be forgotten; their id is not. Rule 3 is of an entry that its payer has given an
    id. Raises KeyError for any other, and for one that does not fit the end-to-end id.
    """
    if version == 2 and end_to_end_id is None:
        end = ""
    elif version == _COVERS_END_TO_END_IDS:
        end = f",{render_text(end_to_end_id)}"
    else:
        raise KeyError(version)
    digest = _NOTHING.copy()
    digest.update(f'[{version},"{previous}",{position},{said},[{who}],[{legs}]{end}]'.encode())
    return digest.hexdigest()


def who_text(by: Initiator) -> str:
    """Who did it, but for the request that it was made for."""
    return ",".join(map(render_text, (by.user_id, by.kind, by.role, by.session_id, by.channel)))


def leg_text(number: int, account: str, moved: str) -> str:
    """A leg; JSON already are its account, and its currency, amount and the balance after it."""
    return f"[{number},{account},{moved}]"


def _facts_1(previous: str, position: int, entry: Entry, legs: Sequence[Posting]) -> list[Any]:
    """Entries of before versions: of who did it the user alone, and the legs without number or currency."""
    return [
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
        entry.initiator.user_id,
        entry.reverses,
        entry.effective_at,
        entry.booked_at,
        sorted((leg.account_id, leg.amount_minor, leg.balance_after_minor) for leg in legs),
    ]
