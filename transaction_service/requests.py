"""From an HTTP request to an order: who asks, and the scope that setting a time needs."""

from typing import Any

from flask import g
from pydantic import ValidationError

from shared import clock
from shared.access import SIMULATE, current_identity
from shared.errors import invalid, invalid_payload
from shared.refusals import FORBIDDEN, Refused
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.orders import Order
from transaction_service.ledger.rules import PUBLIC_TYPES, REVERSAL, TRANSFERS
from transaction_service.payloads import BatchItem


def current_actor() -> Actor:
    """Who makes the request, as the ledger sees it."""
    identity = current_identity()
    return Actor(identity.user_id, is_staff=identity.is_staff, simulates=SIMULATE in identity.scopes)


def order(actor: Actor, movement_type: str, body: Any, *, key: str | None) -> Order:
    """The order that a checked request body describes. Raises Refused when only a simulation may ask for it."""
    if body.effective_at is not None and not actor.simulates:
        raise Refused(FORBIDDEN, "Setting effective_at needs the scope bank:simulate.")
    if movement_type not in PUBLIC_TYPES and not actor.simulates:
        raise Refused(FORBIDDEN, f"Only the bank itself and its simulation make a {movement_type}.")
    return Order(
        actor=actor,
        type=movement_type,
        amount=body.amount,
        request_id=g.request_id,
        account_id=getattr(body, "account_id", None),
        from_account_id=getattr(body, "from_account_id", None),
        to_account_id=getattr(body, "to_account_id", None),
        to_account_number=getattr(body, "to_account_number", None),
        currency=body.currency,
        description=body.description,
        category=body.category,
        effective_at=clock.from_datetime(body.effective_at) if body.effective_at else None,
        idempotency_key=key,
    )


def batch_order(actor: Actor, item: dict[str, Any]) -> Order:
    """The order of one batch item. Raises Refused, for this item alone, when it is not valid."""
    try:
        body = BatchItem.model_validate(item)
    except ValidationError as error:
        raise invalid_payload(error) from None
    if body.type == REVERSAL:
        raise invalid("type", "a reversal is made at /api/transactions/<id>/reverse")
    if body.type in TRANSFERS:
        if body.account_id is not None or body.from_account_id is None:
            raise invalid("from_account_id", f"a {body.type} needs from_account_id, and no account_id")
        if (body.to_account_id is None) == (body.to_account_number is None):
            raise invalid("to_account_id", "give either to_account_id or to_account_number")
    elif body.account_id is None or body.from_account_id or body.to_account_id or body.to_account_number:
        raise invalid("account_id", f"a {body.type} needs account_id alone")
    return order(actor, body.type, body, key=body.idempotency_key)
