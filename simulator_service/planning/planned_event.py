"""A planned event: one movement of money that somebody in a world intends, before the bank has any say."""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from shared.time.clock import MICROSECONDS, to_wire

HOUR_US = 3600 * MICROSECONDS
EMPTY_LOG_SHA256 = sha256(b"").hexdigest()


class Event(NamedTuple):
    """`id` is stable and unique in its world; `effective_at_us` is microseconds since the epoch, in whole seconds.

    `source` and `target` are party ids: money from outside the bank has no source, money leaving it no target. `way`
    says how a payment by card is made: `debit.contactless`. `type` is the kind of movement, or `card_capture` for a
    merchant who collects a purchase made before, `collection` for a creditor who announces a direct debit.
    """

    id: str
    effective_at_us: int
    type: str
    source: str | None
    target: str | None
    amount_minor: int
    category: str
    description: str
    way: str = ""


def log_line(event: Event) -> bytes:
    """One line of the canonical log: tab-separated UTF-8, `-` for the world outside the bank."""
    fields = (
        f"{to_wire(event.effective_at_us)[:19]}Z",  # to the second, as worlds that live already were sealed
        event.id,
        event.type,
        event.source or "-",
        event.target or "-",
        str(event.amount_minor),
        event.category,
        event.description,
        *((event.way,) if event.way else ()),
    )
    return ("\t".join(fields) + "\n").encode()


def extended_log_sha256(digest: str, events: Iterable[Event]) -> str:
    """The fingerprint of a log after these further events: a SHA-256 chain, one link a line, from EMPTY_LOG_SHA256.

    A chain needs no more than its last link to go on, so a world of any age resumes at once, and its fingerprint does
    not depend on the steps in which it was planned.
    """
    link = bytes.fromhex(digest)
    for event in events:
        link = sha256(link + log_line(event)).digest()
    return link.hex()
