"""A hold as the API shows it."""

from typing import Any

from shared.amounts import money
from shared.time import clock
from transaction_service.holds.hold import Hold


def hold_object(hold: Hold) -> dict[str, Any]:
    """The `Hold` object of the API."""

    def shown(minor: int) -> str:
        return money.to_text(minor, hold.currency)

    return {
        "id": hold.id,
        "account_id": hold.account_id,
        "amount": shown(hold.amount_minor),
        "captured_amount": shown(hold.captured_minor),
        "remaining_amount": shown(hold.remaining_minor),
        "currency": hold.currency,
        "status": hold.status,
        "description": hold.description,
        "expires_at": clock.to_wire(hold.expires_at),
        "created_at": clock.to_wire(hold.created_at),
        "ended_at": None if hold.ended_at is None else clock.to_wire(hold.ended_at),
        "authorization_id": hold.authorization_id,
    }
