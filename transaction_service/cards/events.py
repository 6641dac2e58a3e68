"""What the ledger tells other services of card payments: those that were declined. Holds and entries tell of others."""

from typing import ClassVar

from shared import clock
from shared.card_enums import CardChannel, DeclineCode
from shared.enums import LedgerEventType
from shared.event_feed import Event
from transaction_service.cards.authorization import Authorization
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
