"""What happens to a card payment, what is refused and when the clock is moved reaches programs that listen."""

from typing import Any

import jsonschema_rs
import pytest
from standardwebhooks import Webhook

from tests.bank_processes import wait_until
from tests.e2e.running_bank import RunningBank
from tests.receivers import Receiver, receiving

pytestmark = pytest.mark.thorough

WAIT_SECONDS = 60.0
PERSON = {"username": "payer", "email": "payer@example.org", "password": "four unrelated words help"}
OF_PAYMENTS = [
    *("authorization.approved", "authorization.incremented", "authorization.captured", "authorization.reversed"),
    *("authorization.approved", "transaction.refused", "authorization.expired"),
]
TYPES = [*dict.fromkeys(OF_PAYMENTS), "clock.advanced"]
SHOP = {"name": "Book Corner", "mcc": "5942", "country": "DE"}


def pay_and_be_refused(bank: RunningBank, admin: str, token: str) -> tuple[str, str]:
    """All that is told of above, in its order; the account and the first authorization."""
    opened = [bank.data_of("POST", "/api/accounts/create", {"account_type": kind}, token=token) for kind in KINDS]
    account, savings = opened[0]["id"], opened[1]["id"]
    bank.data_of("POST", "/api/transactions/deposit", {"account_id": account, "amount": "100.00"}, token=token)
    card = bank.data_of("POST", "/api/cards/create", {"account_id": account, "kind": "debit"}, token=token)

    def of_network(path: str, **asked: Any) -> Any:
        return bank.data_of("POST", f"/api/card-network/authorizations{path}", asked, token=admin)

    asked = {"card_id": card["id"], "currency": "EUR", "merchant": SHOP, "channel": "online"}
    first = of_network("", amount="20.00", **asked)["id"]
    of_network(f"/{first}/increment", amount="5.00")
    of_network(f"/{first}/capture", amount="10.00", final=False)
    of_network(f"/{first}/reverse")
    of_network("", amount="30.00", **asked)
    transfer = {"from_account_id": account, "to_account_id": savings, "amount": "1000.00"}
    status, reply = bank.ask("POST", "/api/transactions/transfer", transfer, token=token, key="refused")
    assert (status, reply["error_code"]) == (400, "INSUFFICIENT_FUNDS")
    bank.data_of("POST", "/api/transactions/clock", {"advance_by": {"days": 11}}, token=admin)
    return account, first


KINDS = ("checking", "savings")


def listening(bank: RunningBank, receiver: Receiver, token: str) -> dict[str, Any]:
    hook: dict[str, Any] = bank.data_of("POST", "/api/webhooks", {"url": receiver.url, "events": TYPES}, token=token)
    return hook


def types_of(receiver: Receiver) -> list[str]:
    return [one.message["type"] for one in receiver.received]


def test_each_event_arrives_signed_in_order_and_as_its_schema_says(own_bank: RunningBank) -> None:
    own_bank.start("--no-demo")
    own_bank.wait_until_ready()
    admin = own_bank.log_in(own_bank.credentials()["admin"])
    own_bank.data_of("POST", "/api/auth/register", PERSON)
    token = own_bank.log_in(PERSON)
    shown = own_bank.data_of("GET", "/api/webhooks/event-types", token=token)
    schemas = {one["type"]: jsonschema_rs.validator_for(one["schema"], validate_formats=True) for one in shown}
    with receiving() as of_payer, receiving() as of_bank:
        hooks = [listening(own_bank, of_payer, token), listening(own_bank, of_bank, admin)]
        account, first = pay_and_be_refused(own_bank, admin, token)
        wait_until(lambda: len(of_payer.received) == len(OF_PAYMENTS), WAIT_SECONDS)
        wait_until(lambda: len(of_bank.received) == len(OF_PAYMENTS) + 1, WAIT_SECONDS)
        assert types_of(of_payer) == OF_PAYMENTS
        assert sorted(types_of(of_bank)) == sorted([*OF_PAYMENTS, "clock.advanced"])
        for receiver, hook in zip((of_payer, of_bank), hooks, strict=True):
            for one in receiver.received:
                Webhook(hook["secret"]).verify(one.body, one.headers)
                schemas[one.message["type"]].validate(one.message)
        told = [one.message["data"] for one in of_payer.received]
        assert {one["account_id"] for one in told} == {account}
        of_first = [(one["amount"], one["remaining"], one["status"]) for one in told[:4]]
        assert of_first == [
            ("20.00", "20.00", "approved"),
            ("5.00", "25.00", "approved"),
            ("10.00", "15.00", "partly_captured"),
            ("15.00", "0.00", "captured"),
        ]
        assert {one["authorization_id"] for one in told[:4]} == {first}
        assert (told[5]["error_code"], told[5]["amount"]) == ("INSUFFICIENT_FUNDS", "1000.00")
        assert (told[6]["amount"], told[6]["status"]) == ("30.00", "expired")
