"""What the ledger tells of card payments, from what a shop asked for to what became of it, and of disputes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, TypeVar

from shared.card_enums import AuthorizationEventType, AuthorizationStatus, CardChannel, DeclineCode, DisputeStatus
from shared.events.event_feed import Event
from shared.ledger_enums import LedgerEventType
from shared.time import clock
from transaction_service.cards.authorization import Authorization, AuthorizationStep
from transaction_service.cards.authorization_rows import Dispute
from transaction_service.cards.card import Card
from transaction_service.ledger.decisions import Account


class CardPaymentDeclined(Event):
    """A shop asked a card of `user_id` for so much, and was told no, for the reason of this code.

    Amounts are in minor units of the account's currency, or of the shop's where there was no rate for it.
    """

    type: ClassVar[str] = LedgerEventType.CARD_PAYMENT_DECLINED

    authorization_id: str
    card_id: str
    account_id: str
    user_id: str
    last4: str
    amount_minor: int
    currency: str
    merchant_name: str
    channel: CardChannel
    decline_code: DeclineCode
    happened_at: str


class CardPaymentEvent(Event):
    """What became of a payment with a card of `user_id`, all in minor units of the account's currency.

    `amount_minor` is what was approved, collected or given back by this, `status` how far the payment is since then.
    `approved_minor` is all that was ever approved of it and `captured_minor` all that was collected; `remaining_minor`
    is still held for the shop.
    """

    authorization_id: str
    card_id: str
    account_id: str
    user_id: str
    last4: str
    amount_minor: int
    approved_minor: int
    captured_minor: int
    remaining_minor: int
    currency: str
    merchant_name: str
    channel: CardChannel
    status: AuthorizationStatus
    happened_at: str


class CardPaymentApproved(CardPaymentEvent):
    """A shop may have this much: all that it asked for, or the part that there is."""

    type: ClassVar[str] = LedgerEventType.CARD_PAYMENT_APPROVED


class CardPaymentIncremented(CardPaymentEvent):
    """The shop may have this much more."""

    type: ClassVar[str] = LedgerEventType.CARD_PAYMENT_INCREMENTED


class CardPaymentCaptured(CardPaymentEvent):
    """The shop has collected this much."""

    type: ClassVar[str] = LedgerEventType.CARD_PAYMENT_CAPTURED


class CardPaymentReversed(CardPaymentEvent):
    """This much is not held for the shop any more."""

    type: ClassVar[str] = LedgerEventType.CARD_PAYMENT_REVERSED


class CardPaymentExpired(CardPaymentEvent):
    """The shop did not collect this much in time."""

    type: ClassVar[str] = LedgerEventType.CARD_PAYMENT_EXPIRED


_OF_STEPS: Mapping[AuthorizationEventType, type[CardPaymentEvent]] = MappingProxyType(
    {
        AuthorizationEventType.APPROVED: CardPaymentApproved,
        AuthorizationEventType.PARTLY_APPROVED: CardPaymentApproved,
        AuthorizationEventType.INCREMENTED: CardPaymentIncremented,
        AuthorizationEventType.CAPTURED: CardPaymentCaptured,
        AuthorizationEventType.REVERSED: CardPaymentReversed,
        AuthorizationEventType.EXPIRED: CardPaymentExpired,
    }
)


class DisputeEvent(Event):
    """What became of a dispute about a card payment of `user_id`; `transaction_id` is what is disputed.

    The amount is what is disputed, in minor units. `merchant_name` is a shop of this bank or one elsewhere.
    """

    dispute_id: str
    transaction_id: str
    account_id: str
    user_id: str
    amount_minor: int
    currency: str
    merchant_name: str
    status: DisputeStatus
    happened_at: str


class DisputeOpened(DisputeEvent):
    """A payment is disputed: the money is back until that is decided."""

    type: ClassVar[str] = LedgerEventType.DISPUTE_OPENED


class DisputeResolved(DisputeEvent):
    """A dispute was decided: `won` by the holder, who keeps the money, or `lost`."""

    type: ClassVar[str] = LedgerEventType.DISPUTE_RESOLVED


DisputeKind = TypeVar("DisputeKind", DisputeOpened, DisputeResolved)


def dispute_event(
    kind: type[DisputeKind], dispute: Dispute, account: Account, merchant_name: str, at_us: int
) -> DisputeKind:
    """The event that this has happened to a dispute, at an instant of the bank's time."""
    return kind(
        dispute_id=dispute.id,
        transaction_id=dispute.entry_id,
        account_id=account.id,
        user_id=account.owner_id,
        amount_minor=dispute.amount_minor,
        currency=dispute.currency,
        merchant_name=merchant_name,
        status=DisputeStatus(dispute.status),
        happened_at=clock.to_wire(at_us),
    )


def payment_declined(
    authorization: Authorization, card: Card, account: Account, code: DeclineCode, *, amount_minor: int, at_us: int
) -> CardPaymentDeclined:
    """The event that the card did not pay this much, at once or on top of what was authorized before."""
    return CardPaymentDeclined(
        authorization_id=authorization.id,
        card_id=card.id,
        account_id=account.id,
        user_id=account.owner_id,
        last4=card.last4,
        amount_minor=amount_minor,
        currency=authorization.currency,
        merchant_name=authorization.merchant.name,
        channel=CardChannel(authorization.channel),
        decline_code=code,
        happened_at=clock.to_wire(at_us),
    )


def payment_event(authorization: Authorization, step: AuthorizationStep, owner_id: str) -> CardPaymentEvent:
    """The event that this has happened to an approved payment, which has taken the step already."""
    hold = authorization.hold
    return _OF_STEPS[step.type](
        authorization_id=authorization.id,
        card_id=authorization.card_id or "",
        account_id=authorization.account_id or "",
        user_id=owner_id,
        last4=authorization.last4 or "",
        amount_minor=step.amount_minor,
        approved_minor=authorization.authorized_minor,
        captured_minor=authorization.captured_minor,
        remaining_minor=0 if hold is None else hold.remaining_minor,
        currency=authorization.currency,
        merchant_name=authorization.merchant.name,
        channel=CardChannel(authorization.channel),
        status=authorization.status,
        happened_at=clock.to_wire(step.at),
    )
