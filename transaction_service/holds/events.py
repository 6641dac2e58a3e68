"""What the ledger tells other services of holds: a model for each kind of event. Entries are the journal's to tell."""

from typing import ClassVar

from shared.events.event_feed import Event
from shared.ledger_enums import LedgerEventType
from shared.time import clock
from transaction_service.holds.hold import Hold


class HoldEvent(Event):
    """What became of a hold on an account of `user_id`, at an instant of the bank's time.

    `amount_minor` is what was held, taken or given back by this, `remaining_minor` what is still held.
    """

    hold_id: str
    account_id: str
    user_id: str
    amount_minor: int
    remaining_minor: int
    currency: str
    description: str
    happened_at: str


class HoldPlaced(HoldEvent):
    """Money is held."""

    type: ClassVar[str] = LedgerEventType.HOLD_PLACED


class HoldRaised(HoldEvent):
    """More money is held."""

    type: ClassVar[str] = LedgerEventType.HOLD_RAISED


class HoldCaptured(HoldEvent):
    """An entry took money that was held."""

    type: ClassVar[str] = LedgerEventType.HOLD_CAPTURED


class HoldVoided(HoldEvent):
    """Money that was held was given back."""

    type: ClassVar[str] = LedgerEventType.HOLD_VOIDED


class HoldExpired(HoldEvent):
    """Nobody took the money in time: it is available again."""

    type: ClassVar[str] = LedgerEventType.HOLD_EXPIRED


class BankReset(Event):
    """Every hold was forgotten, with everything else."""

    type: ClassVar[str] = LedgerEventType.BANK_RESET


def hold_event(kind: type[HoldEvent], hold: Hold, amount_minor: int, at_us: int) -> HoldEvent:
    """The event that this much of the hold was placed, taken or given back."""
    return kind(
        hold_id=hold.id,
        account_id=hold.account_id,
        user_id=hold.owner_id,
        amount_minor=amount_minor,
        remaining_minor=hold.remaining_minor,
        currency=hold.currency,
        description=hold.description,
        happened_at=clock.to_wire(at_us),
    )
