"""What the ledger has refused: kept for the account's owner, and told to them, but not each of very many.

A program that asks again and again for what is refused would fill the feed, and the outbox of whoever listens to the
whole bank. So a person is told of so many an hour, and the last of them says until when no other is told.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, insert, select

from shared.events.event_feed import Event
from shared.events.feeds import Row
from shared.privacy.erased_people import erased_among
from shared.time import clock
from transaction_service.ledger.decisions import Account
from transaction_service.ledger.entry import Initiator
from transaction_service.ledger.events import TransactionRefused, transaction_refused
from transaction_service.ledger.resolution import Work
from transaction_service.models import erased_people, refused_attempts

MOST_TOLD_AN_HOUR = 60
"""How many refused transactions of one person are told within an hour of the bank's time."""
REFUSED_WITHOUT_WORDS = {"description": "", "category": None, "details": None, "end_to_end_id": None}
"""What is kept of an attempt of somebody who was erased instead of what they typed."""
_HOUR_US = 3_600 * clock.MICROSECONDS
_OF_HOUR = (
    select(refused_attempts.c.id)
    .where(
        refused_attempts.c.owner_id == bindparam("owner"),
        refused_attempts.c.effective_at >= bindparam("start"),
        refused_attempts.c.effective_at < bindparam("end"),
    )
    .limit(MOST_TOLD_AN_HOUR)
)


def remember(work: Work, row: Row, account: Account) -> None:
    """Keep an attempt for the account's owner, and have them told of it; the columns, with its `initiator`."""
    work.refusals.append(row)
    work.tell(transaction_refused(row, account), row["effective_at"])


def record(connection: Connection, rows: Sequence[Row], initiator_keys: Mapping[Initiator, int]) -> None:
    """Write the attempts down; of who was erased no text."""
    if rows:
        kept = [{**row, "initiator_key": initiator_keys[row["initiator"]]} for row in rows]
        gone = erased_among(connection, erased_people, (row["owner_id"] for row in rows))
        for row in kept:
            del row["initiator"]
            if row["owner_id"] in gone:
                row.update(REFUSED_WITHOUT_WORDS)
        connection.execute(insert(refused_attempts), kept)


def to_tell(connection: Connection, told: Sequence[Event]) -> list[Event]:
    """The events without the refusals of those who were told of enough of them within the hour.

    Nor is anything told of who was erased. To be asked before the attempts are written down.
    """
    refused = [event for event in told if isinstance(event, TransactionRefused)]
    if not refused:
        return list(told)
    gone = erased_among(connection, erased_people, (event.user_id for event in refused))
    counts: Counter[tuple[str, int]] = Counter()
    kept: list[Event] = []
    for event in told:
        if not isinstance(event, TransactionRefused):
            kept.append(event)
            continue
        if event.user_id in gone:
            continue
        start_us = clock.from_wire(event.effective_at) // _HOUR_US * _HOUR_US
        of_hour = event.user_id, start_us
        if of_hour not in counts:
            counts[of_hour] = _known(connection, *of_hour)
        counts[of_hour] += 1
        if counts[of_hour] <= MOST_TOLD_AN_HOUR:
            is_last = counts[of_hour] == MOST_TOLD_AN_HOUR
            untold = {"untold_until": clock.to_wire(start_us + _HOUR_US)} if is_last else {}
            kept.append(event.model_copy(update=untold))
    return kept


def _known(connection: Connection, owner_id: str, start_us: int) -> int:
    """How many attempts of a person are kept of an hour, counted no further than matters."""
    hour = {"owner": owner_id, "start": start_us, "end": start_us + _HOUR_US}
    return len(connection.execute(_OF_HOUR, hour).all())
