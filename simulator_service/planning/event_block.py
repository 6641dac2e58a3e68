"""Planned events as columns: what a plan is made of, measured by and sorted in; text is made of it only for the bank.

Each column has one number for each event. `at_s` is seconds since the epoch, `source` and `target` are codes of parties
(parties.py), `kind` and `way` places in KINDS and WAYS, `intent` a place in the plan's intents, `owner` the number of
the person from whose streams the event comes, and `ordinal` tells it from the others of this owner and intent.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

KINDS = (
    "deposit",
    "withdrawal",
    "transfer",
    "payroll",
    "standing_order",
    "direct_debit",
    "collection",
    "bill_payment",
    "card_purchase",
    "card_capture",
)
KIND = {name: place for place, name in enumerate(KINDS)}
WAYS = (
    "",
    *(f"{card}.{how}" for card in ("debit", "credit") for how in ("chip", "contactless", "online", "recurring")),
)
WAY = {name: place for place, name in enumerate(WAYS)}


@dataclass(frozen=True, slots=True)
class Intent:
    """Why money moves: the name that events of it have among their owner's, and what the bank is told of them.

    `description` may hold `{source}`, `{target}` and `{number}`.
    """

    name: str
    category: str
    description: str


@dataclass(frozen=True, slots=True)
class EventBlock:
    """Columns of one length. Money is in minor units."""

    at_s: Integers
    owner: Integers
    source: Integers
    target: Integers
    kind: Integers
    amount_minor: Integers
    intent: Integers
    way: Integers
    ordinal: Integers

    def __len__(self) -> int:
        return len(self.at_s)

    def picked(self, chosen: NDArray[np.bool_] | Integers | slice) -> "EventBlock":
        """The events of a mask, of places or of a slice."""
        return EventBlock(*(getattr(self, column.name)[chosen] for column in fields(self)))

    def sorted(self) -> "EventBlock":
        """By time, then by owner, intent and ordinal: an order that nobody who joins later changes."""
        return self.picked(np.lexsort((self.ordinal, self.intent, self.owner, self.at_s)))

    def between(self, start_s: int, end_s: int) -> "EventBlock":
        """Of a sorted block, the events with start <= time < end."""
        low, high = np.searchsorted(self.at_s, (start_s, end_s))
        return self.picked(slice(int(low), int(high)))


def joined(blocks: Iterable[EventBlock]) -> EventBlock:
    """The events of several blocks, one block after another."""
    found = list(blocks)
    if not found:
        return EventBlock(*(np.zeros(0, dtype=np.int64) for _ in fields(EventBlock)))
    return EventBlock(*(np.concatenate([getattr(one, column.name) for one in found]) for column in fields(EventBlock)))


def block(
    at_s: Integers,
    *,
    owner: Integers,
    source: Integers | int,
    target: Integers | int,
    kind: Integers | int,
    amount_minor: Integers,
    intent: Integers | int,
    ordinal: Integers | int,
    way: Integers | int = 0,
) -> EventBlock:
    """A block of which some columns are the same for all events."""
    columns = (at_s, owner, source, target, kind, amount_minor, intent, way, ordinal)
    return EventBlock(*(np.broadcast_to(np.asarray(column, dtype=np.int64), at_s.shape) for column in columns))
