"""What the ledger tells others of refused transactions, and of accounts that were taken below their floor.

Of entries the journal tells.
"""

from typing import ClassVar

from shared.enums import Direction, TransactionType
from shared.events.event_feed import Event
from shared.events.feeds import Row
from shared.ledger_enums import LedgerEventType
from shared.time import clock
from transaction_service.ledger.decisions import Account
from transaction_service.ledger.entry import Entry


class FloorPassed(Event):
    """`amount_minor` had to leave an account of `user_id`, whatever was there: it is `below_minor` below its floor."""

    type: ClassVar[str] = LedgerEventType.FLOOR_PASSED

    transaction_id: str
    transaction_type: TransactionType
    account_id: str
    user_id: str
    amount_minor: int
    below_minor: int
    currency: str
    description: str
    happened_at: str


class TransactionRefused(Event):
    """The bank has not moved `amount_minor` on an account of `user_id`, for the reason of this code.

    `untold_until` is set on the last one that is told for a while: no other that its owner is refused before that
    instant of the bank's time. All of them stand in the list of transactions.
    """

    type: ClassVar[str] = LedgerEventType.TRANSACTION_REFUSED

    transaction_id: str
    transaction_type: TransactionType
    account_id: str
    user_id: str
    direction: Direction
    amount_minor: int
    currency: str
    description: str
    category: str | None
    error_code: str
    effective_at: str
    booked_at: str
    untold_until: str | None
    happened_at: str


def transaction_refused(row: Row, account: Account) -> TransactionRefused:
    """The event of an attempt as it is kept in `refused_attempts`."""
    is_leaving = row["payer_key"] == account.key
    return TransactionRefused(
        transaction_id=row["id"],
        transaction_type=TransactionType(row["type"]),
        account_id=account.id,
        user_id=account.owner_id,
        direction=Direction.OUT if is_leaving else Direction.IN,
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        description=row["description"],
        category=row["category"],
        error_code=row["error_code"],
        effective_at=clock.to_wire(row["effective_at"]),
        booked_at=clock.to_wire(row["booked_at"]),
        untold_until=None,
        happened_at=clock.to_wire(row["effective_at"]),
    )


def floor_passed(entry: Entry, account: Account, amount_minor: int, at_us: int) -> FloorPassed:
    """The event that this entry, which took so much from the account, has left it below its floor."""
    return FloorPassed(
        transaction_id=entry.id,
        transaction_type=TransactionType(entry.type),
        account_id=account.id,
        user_id=account.owner_id,
        amount_minor=amount_minor,
        below_minor=-account.available_minor,
        currency=account.currency,
        description=entry.description,
        happened_at=clock.to_wire(at_us),
    )
