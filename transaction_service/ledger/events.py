"""What the ledger tells others of accounts that were taken below their floor. Of the entry, the journal tells."""

from typing import ClassVar

from shared.enums import TransactionType
from shared.events.event_feed import Event
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
