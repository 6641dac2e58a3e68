"""Real replies for the codes that credit cards bring along, and for closing what cards were used on."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from werkzeug.test import TestResponse

from shared.services import ACCOUNT
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


def _settles(scene: "Scene") -> TestResponse:
    account_id, path = scene.opened(), f"/api/cards/update/{scene.owner.ids['credit_card_id']}"
    scene.ask(ACCOUNT, "PUT", path, {"settlement_account_id": account_id})
    return scene.ask(ACCOUNT, "DELETE", f"/api/accounts/close/{account_id}")


MET_BY_CARDS: Mapping[str, Callable[["Scene"], TestResponse]] = {
    "ACCOUNT_HAS_DISPUTES": closed_while_disputed,
    "ACCOUNT_SETTLES_CARD": _settles,
    "CARD_NOT_SETTLED": _not_settled,
    "CREDIT_LIMIT_EXCEEDED": _lends_too_much,
    "NOTHING_OWED": _nothing_owed,
}
