"""From the items of a batch to orders, and from what came of them to results."""

from typing import Any

from flask import g
from pydantic import ConfigDict, TypeAdapter, ValidationError

from shared.http.field_problems import invalid, invalid_payload
from shared.identity.access import ACQUIRE
from shared.refusals import forbidden
from transaction_service.batch_payloads import BatchItem, CardAuthorizationItem, CardCaptureItem
from transaction_service.cards.card import CardAction
from transaction_service.cards.requests import authorization_request, capture_request
from transaction_service.context import context
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.movement_rules import CARD_PURCHASE, REVERSAL
from transaction_service.ledger.orders import Order, Outcome
from transaction_service.payloads import AccountMovementItem, TransferItem
from transaction_service.requests import movement_order, named_time

_CardItem = CardAuthorizationItem | CardCaptureItem
_BATCH_ITEM: TypeAdapter[AccountMovementItem | TransferItem | _CardItem] = TypeAdapter(
    BatchItem, config=ConfigDict(hide_input_in_errors=True)
)


def batch_order(actor: Actor, item: dict[str, Any]) -> Order:
    """The order of one batch item. Raises Refused, for this item alone, when it is not valid."""
    if item.get("type") == REVERSAL:
        sentence = "must not be reversal: a reversal is made at /api/transactions/<id>/reverse"
        raise invalid("type", sentence, code="not_in_a_batch", type=REVERSAL)
    try:
        body = _BATCH_ITEM.validate_python(item)
    except ValidationError as error:
        raise invalid_payload(error, is_tagged=True) from None
    if isinstance(body, _CardItem):
        return _card_order(actor, body)
    return movement_order(actor, body.type, body, key=body.idempotency_key, request_id=g.request_id)


def result_text(order: Order | None, outcome: Outcome) -> str:
    """What came of one item, as JSON; of one that was no order, a refusal."""
    part = "error"
    if outcome.succeeded and order is not None:
        is_asked = order.card is not None and order.card.action is CardAction.AUTHORIZE
        part = "authorization" if is_asked else "transaction"
    return f'{{"status":"{outcome.status}","{part}":{outcome.body}}}'


def _card_order(actor: Actor, body: _CardItem) -> Order:
    if not actor.acquires:
        raise forbidden(f"Asking cards to pay needs the scope {ACQUIRE}.", role=actor.role, scope=ACQUIRE)
    asked = Order(
        actor=actor,
        type=CARD_PURCHASE,
        amount=body.amount,
        request_id=g.request_id,
        effective_at=named_time(actor, body.effective_at),
        idempotency_key=body.idempotency_key,
    )
    if isinstance(body, CardAuthorizationItem):
        return asked._replace(currency=body.currency, card=authorization_request(context(), body))
    return asked._replace(description=body.description, card=capture_request(body.authorization_id, body))
