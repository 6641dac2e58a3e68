"""What comes of taking money at once from an account whose product asks for notice."""

from typing import TYPE_CHECKING

from werkzeug.test import TestResponse

from shared.services import ACCOUNT, TRANSACTION

if TYPE_CHECKING:
    from tests.contract.refusals_met import Scene


def withdrawn_without_notice(scene: "Scene") -> TestResponse:
    """A product with notice is offered, an account of it opened with a deposit, and some of that withdrawn."""
    terms = {"code": "term", "account_type": "savings", "name": "Term", "notice_days": 90}
    assert scene.staff(ACCOUNT, "POST", "/api/products", terms, role="admin").status_code == 201
    body = {"account_type": "savings", "product": "term", "initial_deposit": "5.00"}
    account_id = scene.ask(ACCOUNT, "POST", "/api/accounts/create", body).json["data"]["id"]
    return scene.ask(TRANSACTION, "POST", "/api/transactions/withdraw", {"account_id": account_id, "amount": "1.00"})
