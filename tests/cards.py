"""A few calls that tests about cards make."""

from itertools import count
from typing import Any

from werkzeug.test import TestResponse

from shared.identifiers import new_id
from tests.ledgers import Holder

NETWORK = "/api/card-network"
CAFE = {"name": "Blue Cafe", "mcc": "5812", "country": "DE", "city": "Berlin"}
SHOP = {"name": "Book Corner", "mcc": "5942", "country": "DE"}
_numbers = count(10**13)


def card_number() -> str:
    """A number with the right check digit that no other test has."""
    digits = f"9{next(_numbers):014d}"
    total = sum(int(each) * 2 - 9 * (int(each) > 4) for each in digits[::2]) + sum(map(int, digits[1::2]))
    return f"{digits}{-total % 10}"


def state(version: int = 1, **changes: Any) -> dict[str, Any]:
    """What a card may do: everything, without limits, but for the changes."""
    return {
        "version": version,
        "status": "active",
        "limits": {"per_payment_minor": None, "daily_minor": None, "monthly_minor": None},
        "controls": {"online": True, "contactless": True, "abroad": True, "cash": True},
        "blocked_categories": [],
        **changes,
    }


class TestCard:
    """A card on somebody's account, and what a shop asks of it."""

    __test__ = False

    def __init__(self, account: Holder, *, expires: str = "2099-12", code: str = "123", **changes: Any) -> None:
        self.account, self.ledger = account, account.ledger
        self.id, self.number, self.code, self.expires = new_id(), card_number(), code, expires
        self.version = 1
        self.acquirer = self.ledger.keys.headers("acquirer", role="service", scope="cards:acquire")
        self.facts = {
            "account_id": account.account_id,
            "kind": "debit",
            "card_number": self.number,
            "security_code": code,
            "expires": expires,
        }
        reply = self.tell({**self.facts, **state(**changes)})
        assert reply.status_code == 200, reply.text

    def tell(self, payload: dict[str, Any]) -> TestResponse:
        """The account service tells of the card."""
        return self.ledger.call("PUT", f"/internal/ledger/cards/{self.id}", payload, headers=self.ledger.service)

    def set(self, **changes: Any) -> None:
        """The account service says what it may do from now on."""
        self.version += 1
        path = f"/internal/ledger/cards/{self.id}/state"
        reply = self.ledger.call("PUT", path, state(self.version, **changes), headers=self.ledger.service)
        assert reply.status_code == 200, reply.text

    def ask(self, path: str, payload: dict[str, Any], *, key: str | None = None, **more: Any) -> TestResponse:
        """Whoever stands for the shop asks the network."""
        headers = more.get("headers", self.acquirer)
        return self.ledger.call("POST", f"{NETWORK}{path}", payload, headers=headers, key=key)

    def authorize(self, amount: str, *, key: str | None = None, **more: Any) -> TestResponse:
        """A shop asks to be paid."""
        named = {} if "card_number" in more else {"card_id": self.id}
        asked = {"amount": amount, "currency": "EUR", "merchant": CAFE, "channel": "chip", **named, **more}
        return self.ask("/authorizations", asked, key=key)

    def authorized(self, amount: str, **more: Any) -> dict[str, Any]:
        """The same, which must be approved: the authorization."""
        reply = self.authorize(amount, **more)
        assert reply.status_code == 201, reply.text
        found: dict[str, Any] = reply.json["data"]
        assert found["status"] in {"approved", "captured"}, found
        return found

    def capture(self, authorization_id: str, *, key: str | None = None, **payload: Any) -> TestResponse:
        """The shop collects."""
        return self.ask(f"/authorizations/{authorization_id}/capture", payload, key=key)

    def reverse(self, authorization_id: str, *, key: str | None = None, **payload: Any) -> TestResponse:
        """The shop gives back what is held."""
        return self.ask(f"/authorizations/{authorization_id}/reverse", payload, key=key)

    def authorization(self, authorization_id: str) -> dict[str, Any]:
        """The authorization as the card's owner reads it."""
        path = f"{NETWORK}/authorizations/{authorization_id}"
        reply = self.ledger.call("GET", path, headers=self.account.headers)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json["data"]
        return found

    def transactions(self, **query: str) -> list[dict[str, Any]]:
        """The owner's transactions."""
        wanted = "&".join(f"{name}={value}" for name, value in query.items())
        reply = self.ledger.call("GET", f"/api/transactions/list?{wanted}", headers=self.account.headers)
        assert reply.status_code == 200, reply.text
        rows: list[dict[str, Any]] = reply.json["data"]
        return rows
