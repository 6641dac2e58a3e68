"""The hash chain: each entry seals what it says together with every entry before it. Pure.

What a hash covers is written here and nowhere else in the ledger; the reporting service has the same rule in code of
its own (reporting_service/proof/chain.py), and the tests of both pin the same examples. A rule never changes: another
one gets another version, and entries stay sealed by the one that they were made by.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from shared.http.json_parsing import render_bytes
from transaction_service.ledger.entry import Entry, Posting

GENESIS_HASH = "0" * 64
_COVERS_END_TO_END_IDS = 3


def chain_hash(version: int, previous: str, position: int, entry: Entry, legs: Sequence[Posting]) -> str:
    """The hash of an entry by the rule of a version: SHA-256 over JSON of the previous hash and all that it says.

    `legs` are in the order of their numbers, from 0. Raises KeyError for a version that there is not, and for one that
    does not cover the end-to-end id of an entry that has one.
    """
    if version < _COVERS_END_TO_END_IDS and entry.end_to_end_id is not None:
        raise KeyError(version)
    return hashlib.sha256(render_bytes(_FACTS[version](previous, position, entry, legs))).hexdigest()


def version_of(entry: Entry) -> int:
    """By which rule an entry is sealed now: what says no more than before is sealed as before."""
    return 2 if entry.end_to_end_id is None else _COVERS_END_TO_END_IDS


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


def _facts_2(previous: str, position: int, entry: Entry, legs: Sequence[Posting]) -> list[Any]:
    """The version first, then who did it and by which way, and each leg with its number and currency.

    A person's name is left out, so that it can be forgotten; their id is not.
    """
    by = entry.initiator
    return [
        2,
        previous,
        position,
        entry.id,
        entry.type,
        entry.currency,
        entry.amount_minor,
        entry.description,
        entry.category,
        entry.reverses,
        entry.effective_at,
        entry.booked_at,
        [by.user_id, by.kind, by.role, by.session_id, by.channel, entry.request_id],
        [[number, *leg] for number, leg in enumerate(legs)],
    ]


def _facts_3(previous: str, position: int, entry: Entry, legs: Sequence[Posting]) -> list[Any]:
    """The same of an entry that its payer has given an id."""
    return [3, *_facts_2(previous, position, entry, legs)[1:], entry.end_to_end_id]


_FACTS: Mapping[int, Callable[[str, int, Entry, Sequence[Posting]], list[Any]]] = MappingProxyType(
    {1: _facts_1, 2: _facts_2, 3: _facts_3}
)
