"""What comes of making what is there already, or one more than there may be."""

from typing import TYPE_CHECKING

from werkzeug.test import TestResponse

from shared.services import NOTIFICATION, TRANSACTION
from tests.ledgers import iban

if TYPE_CHECKING:
    from tests.contract.refusals_met import Scene


def too_many_webhooks(scene: "Scene") -> TestResponse:
    """The owner makes one more than one may have."""
    body = {"url": "https://example.org/", "events": ["*"]}
    return [scene.ask(NOTIFICATION, "POST", "/api/webhooks", body) for _ in range(11)][-1]


def payee_twice(scene: "Scene") -> TestResponse:
    """The owner names a payee twice."""
    body = {"name": "Somebody", "account_number": "DE89370400440532013000"}
    return [scene.ask(TRANSACTION, "POST", "/api/payees", body) for _ in range(2)][-1]


def too_many_payees(scene: "Scene", most: int) -> TestResponse:
    """The owner keeps one payee more than one may."""
    bodies = [{"name": "Somebody", "account_number": iban(10**16 + place)} for place in range(most + 1)]
    return [scene.ask(TRANSACTION, "POST", "/api/payees", body) for body in bodies][-1]
