"""Real replies for the codes that credit cards bring along, and for closing what cards were used on."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from werkzeug.test import TestResponse

from shared.services import ACCOUNT, TRANSACTION
from tests.cards import NETWORK, SHOP
from tests.contract.card_refusals import closed_while_promised, disputed_too_late, reversed_while_disputed
from tests.contract.disputed_account import closed_while_disputed

if TYPE_CHECKING:
    from tests.contract.refusals_met import Scene


def _lends_too_much(scene: "Scene") -> TestResponse:
    body = {"kind": "credit", "settlement_account_id": scene.first, "credit_limit": "99999.00"}
    return scene.ask(ACCOUNT, "POST", "/api/cards/create", body)


def _not_settled(scene: "Scene") -> TestResponse:
    card_id = scene.owner.ids["credit_card_id"]
    account_id = scene.ask(ACCOUNT, "GET", f"/api/cards/details/{card_id}").json["data"]["account_id"]
    scene.pay("5.00", account_id)
    return scene.ask(ACCOUNT, "POST", f"/api/cards/{card_id}/cancel")


def _nothing_owed(scene: "Scene") -> TestResponse:
    return scene.ask(ACCOUNT, "POST", f"/api/cards/{scene.owner.ids['credit_card_id']}/pay", {})


def _more_than_owed(scene: "Scene") -> TestResponse:
    """Ten are bought by the credit card, and eleven are to be paid."""
    card_id = scene.owner.ids["credit_card_id"]
    asked = {"card_id": card_id, "amount": "10.00", "currency": "EUR", "merchant": SHOP, "channel": "chip"}
    path = f"{NETWORK}/authorizations"
    bought = scene.staff(TRANSACTION, "POST", path, {**asked, "capture": True}, scope="cards:acquire")
    assert bought.status_code == 201, bought.text
    return scene.ask(ACCOUNT, "POST", f"/api/cards/{card_id}/pay", {"amount": "11.00"})


def _settles(scene: "Scene") -> TestResponse:
    account_id, path = scene.opened(), f"/api/cards/update/{scene.owner.ids['credit_card_id']}"
    scene.ask(ACCOUNT, "PUT", path, {"settlement_account_id": account_id})
    return scene.ask(ACCOUNT, "DELETE", f"/api/accounts/close/{account_id}")


MET_BY_CARDS: Mapping[str, Callable[["Scene"], TestResponse]] = {
    "ACCOUNT_HAS_CARD_PAYMENTS": closed_while_promised,
    "ACCOUNT_HAS_DISPUTES": closed_while_disputed,
    "ACCOUNT_SETTLES_CARD": _settles,
    "CARD_NOT_SETTLED": _not_settled,
    "CREDIT_LIMIT_EXCEEDED": _lends_too_much,
    "MORE_THAN_OWED": _more_than_owed,
    "NOTHING_OWED": _nothing_owed,
    "DISPUTE_TOO_LATE": disputed_too_late,
    "PAYMENT_DISPUTED": reversed_while_disputed,
}
