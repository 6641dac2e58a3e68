"""What comes of taking card payments for what they are not."""

from typing import TYPE_CHECKING

from werkzeug.test import TestResponse

from shared.services import ACCOUNT, TRANSACTION
from tests.cards import NETWORK, SHOP
from transaction_service.cards import disputing

if TYPE_CHECKING:
    from tests.contract.refusals_met import Scene


def hold_of_card_payment(scene: "Scene") -> TestResponse:
    """A shop asks the card of the owner to pay, and staff would take what is held."""
    hold_id = _paid(scene)["hold_id"]
    return scene.staff(TRANSACTION, "POST", f"/api/transactions/holds/{hold_id}/capture", {})


def disputed_transfer(scene: "Scene") -> TestResponse:
    """The owner disputes what was no card payment."""
    body = {"transaction_id": scene.owner.ids["transaction_id"], "reason": "a test"}
    return scene.ask(TRANSACTION, "POST", f"{NETWORK}/disputes", body)


def disputed_too_late(scene: "Scene") -> TestResponse:
    """The owner disputes what was paid just now, as if the time for that had been over before."""
    paid = _paid(scene, capture=True)
    scene.breaking.setattr(disputing, "DISPUTE_DAYS", -2)
    return scene.ask(TRANSACTION, "POST", f"{NETWORK}/disputes", {"transaction_id": paid["id"], "reason": "a test"})


def reversed_while_disputed(scene: "Scene") -> TestResponse:
    """Staff reverse what the owner disputes."""
    path = f"/api/transactions/{scene.owner.ids['card_transaction_id']}/reverse"
    return scene.staff(TRANSACTION, "POST", path, {"reason": "a test"})


def closed_while_promised(scene: "Scene") -> TestResponse:
    """A shop's account is closed before it has collected."""
    account_id = scene.opened()
    _paid(scene, merchant={**SHOP, "account_id": account_id})
    return scene.ask(ACCOUNT, "DELETE", f"/api/accounts/close/{account_id}")


def _paid(scene: "Scene", **more: object) -> dict[str, str]:
    """What a shop asked the card of the owner for."""
    asked = {"card_id": scene.owner.ids["card_id"], "amount": "0.10", "currency": "EUR", "merchant": SHOP, **more}
    path = f"{NETWORK}/authorizations"
    reply = scene.staff(TRANSACTION, "POST", path, {"channel": "chip", **asked}, scope="cards:acquire")
    found: dict[str, str] = reply.json["data"]
    return found
