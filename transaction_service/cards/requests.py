"""From what is asked of the card network, alone or in a batch, to an order; with who asks and how the card is named."""

from transaction_service.cards import card_rows
from transaction_service.cards.card import CardAction, CardRequest, Merchant
from transaction_service.cards.card_secrets import is_card_number
from transaction_service.cards.payloads import (
    AuthorizationCaptureRequest,
    AuthorizationRequest,
    MerchantRequest,
    PresentedCard,
)
from transaction_service.context import LedgerContext
from transaction_service.ledger.orders import Order
from transaction_service.requests import OrderContext


def card_order(
    asked: OrderContext,
    movement_type: str,
    request: CardRequest,
    amount: str | None,
    description: str = "",
    *,
    currency: str | None = None,
) -> Order:
    """The order of one request."""
    return Order(
        actor=asked.actor,
        type=movement_type,
        amount=amount,
        request_id=asked.request_id,
        currency=currency,
        description=description,
        idempotency_key=asked.key,
        card=request,
    )


def authorization_request(ledger: LedgerContext, body: AuthorizationRequest) -> CardRequest:
    """What a shop asks before it collects."""
    card_id, has_right_code = presented(ledger, body, body.security_code)
    return CardRequest(
        CardAction.AUTHORIZE,
        card_id=card_id,
        expires=body.expires,
        has_right_code=has_right_code,
        merchant=merchant_of(body.merchant),
        channel=body.channel.value,
        is_whole=not body.partial_ok,
        captures=body.capture,
    )


def capture_request(authorization_id: str, body: AuthorizationCaptureRequest) -> CardRequest:
    """What a shop asks when it collects."""
    return CardRequest(CardAction.CAPTURE, authorization_id=authorization_id, is_final=body.final)


def presented(
    ledger: LedgerContext, body: PresentedCard, security_code: str | None = None
) -> tuple[str | None, bool | None]:
    """The id of the card that was shown, None for a number that is no card's; and whether the code was right.

    A card that is named by its id alone is looked up later, with all others of the commit.
    """
    if body.card_id is not None and security_code is None:
        return body.card_id, None
    secrets = ledger.card_secrets
    digest = None
    if body.card_number is not None:
        if not is_card_number(body.card_number):
            return None, None
        digest = secrets.number_digest(body.card_number)
    with ledger.database.read() as connection:
        card = card_rows.presented(connection, card_id=body.card_id, number_digest=digest)
    if card is None or security_code is None:
        return (None if card is None else card.id), None
    return card.id, secrets.is_code(card.number_digest, security_code, card.security_digest)


def merchant_of(body: MerchantRequest) -> Merchant:
    """Who asks to be paid."""
    return Merchant(body.name, body.mcc, body.country, body.city, body.account_id)
