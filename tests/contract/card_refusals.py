"""What comes of taking card payments for what they are not."""

from typing import TYPE_CHECKING

from werkzeug.test import TestResponse

from shared.services import TRANSACTION
from tests.cards import NETWORK, SHOP

if TYPE_CHECKING:
    from tests.contract.refusals_met import Scene


def hold_of_card_payment(scene: "Scene") -> TestResponse:
    """A shop asks the card of the owner to pay, and staff would take what is held."""
    asked = {"card_id": scene.owner.ids["card_id"], "amount": "0.10", "currency": "EUR", "merchant": SHOP}
    path = f"{NETWORK}/authorizations"
    reply = scene.staff(TRANSACTION, "POST", path, {**asked, "channel": "chip"}, scope="cards:acquire")
    return scene.staff(TRANSACTION, "POST", f"/api/transactions/holds/{reply.json['data']['hold_id']}/capture", {})


def disputed_transfer(scene: "Scene") -> TestResponse:
    """The owner disputes what was no card payment."""
    body = {"transaction_id": scene.owner.ids["transaction_id"], "reason": "a test"}
    return scene.ask(TRANSACTION, "POST", f"{NETWORK}/disputes", body)
