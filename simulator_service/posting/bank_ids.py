"""What the bank calls what was posted of a plan: for each event what became of it, and its id there.

A step's are one text, which the database keeps compressed: some thirty bytes an event, and one row a step however many
events it has.
"""

import base64
import zlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from sandbank.types import BatchResult


class Became(StrEnum):
    """What became of an event, as a line says it; the id is that of what is named here.

    A refused movement has no id in the bank's answer, a declined card has that of the authorization.
    """

    TRANSACTION = "t"
    AUTHORIZATION = "a"
    DECLINED = "d"
    COLLECTION = "c"
    REFUSED = "r"


class BankId(NamedTuple):
    """An event of a plan, what became of it, and its id at the bank (empty where the bank names none)."""

    event_id: str
    became: Became
    id: str = ""


def bank_id_of(event_id: str, result: BatchResult) -> BankId:
    """What the bank answered for an event."""
    authorization = result.get("authorization")
    if authorization is not None:
        is_declined = authorization["status"] == "declined"
        return BankId(event_id, Became.DECLINED if is_declined else Became.AUTHORIZATION, authorization["id"])
    transaction = result.get("transaction")
    if transaction is not None:
        return BankId(event_id, Became.TRANSACTION, transaction["id"])
    return BankId(event_id, Became.REFUSED)


def event_of(idempotency_key: str) -> str:
    """The id of the event that was posted under this key; the world's id stands before it."""
    return idempotency_key.partition(":")[2]


def packed(found: Iterable[BankId]) -> str:
    """The text that is stored: a line an event, compressed, in letters that any database keeps."""
    lines = "".join(f"{one.event_id}\t{one.became}\t{one.id.replace('-', '')}\n" for one in found)
    return base64.b85encode(zlib.compress(lines.encode())).decode()


def unpacked(text: str) -> Iterator[BankId]:
    """What was stored."""
    for line in zlib.decompress(base64.b85decode(text)).decode().splitlines():
        event_id, became, digits = line.split("\t")
        yield BankId(event_id, Became(became), _with_hyphens(digits))


def _with_hyphens(digits: str) -> str:
    """The id as text again; what is no UUID is left as it is."""
    if len(digits) != 32:
        return digits
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
