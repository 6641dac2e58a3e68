"""What a record of the trail is sealed with: a keyed hash over all that it says, its place and the seal before. Pure.

The key lies outside the database. Whoever can write the database alone can therefore change, move, remove and add
records, but make no seal for what they did.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from shared.http.json_parsing import render_bytes

VERSION = 1
GENESIS = "0" * 64
FACTS = (
    "id",
    "service",
    "source_position",
    "action",
    "occurred_at",
    "bank_time",
    "actor_id",
    "actor_name",
    "actor_role",
    "session_id",
    "channel",
    "address",
    "client",
    "request_id",
    "subject_kind",
    "subject_id",
    "owner_id",
    "result",
    "error_code",
    "reason",
    "facts_before",
    "facts_after",
)
"""What a seal covers of a record, by the names of its columns, in the order in which it is covered."""


class Keys:
    """The key that new records are sealed with, and older ones that are still verified with."""

    def __init__(self, key: str, older: Iterable[str] = ()) -> None:
        self.current = key.encode()
        self.current_id = key_id(self.current)
        self._known = {key_id(one.encode()): one.encode() for one in (*older, key)}

    def known(self, wanted: str) -> bytes | None:
        """The key that is called so; None for one that this bank does not have."""
        return self._known.get(wanted)


def key_id(key: bytes) -> str:
    """What a key is called beside what it has sealed; it tells nothing of the key."""
    return hmac.digest(key, b"the name of a key of the audit trail", hashlib.sha256).hex()[:16]


def seal(key: bytes, previous: str, position: int, facts: Mapping[str, Any]) -> str:
    """The seal of the record at a position, whose predecessor has the seal `previous`."""
    content = [VERSION, previous, position, *(facts[name] for name in FACTS)]
    return hmac.digest(key, render_bytes(content), hashlib.sha256).hex()


def seal_of_head(key: bytes, position: int, head: str) -> str:
    """What says that the trail had come as far as this; of no use as the seal of a record."""
    return hmac.digest(key, render_bytes(["head", VERSION, position, head]), hashlib.sha256).hex()


def seal_of_beginning(key: bytes, position: int, last: str, removed_before: int) -> str:
    """What says that the records up to this one were removed by the bank; of no use as the seal of anything else."""
    content = ["beginning", VERSION, position, last, removed_before]
    return hmac.digest(key, render_bytes(content), hashlib.sha256).hex()
