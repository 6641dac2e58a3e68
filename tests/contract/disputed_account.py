"""What comes of closing an account of which nothing is left but a dispute."""

from typing import TYPE_CHECKING

from werkzeug.test import TestResponse

from shared.services import ACCOUNT, TRANSACTION

if TYPE_CHECKING:
    from tests.contract.refusals_met import Scene


def closed_while_disputed(scene: "Scene") -> TestResponse:
    """What is held is given back and what is there taken out before it is to be closed."""
    ids = scene.owner.ids
    held = f"/api/card-network/authorizations/{ids['authorization_id']}/reverse"
    assert scene.staff(TRANSACTION, "POST", held, {}, scope="cards:acquire").status_code == 200
    assert scene.staff(TRANSACTION, "POST", f"/api/transactions/holds/{ids['hold_id']}/void", {}).status_code == 200
    there = scene.ask(ACCOUNT, "GET", f"/api/accounts/details/{scene.first}").json["data"]["balance"]
    assert scene.move("withdraw", there).status_code == 201
    return scene.ask(ACCOUNT, "DELETE", f"/api/accounts/close/{scene.first}")
