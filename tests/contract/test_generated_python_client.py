"""A Python client generated from the bank's own /openapi.json pays, and is told no, against a running bank."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from shared import services
from tests.apps import Bank, whole_bank
from tests.live_services import serving
from tests.oracle import Acknowledged, check_ledger

pytestmark = pytest.mark.thorough

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def url(bank: Bank) -> Iterator[str]:
    """The gateway's address."""
    with serving(bank.apps[services.GATEWAY.package]) as address:
        yield address


_BYTES = "application/octet-stream"
"""The generator knows no other type of a file that is nothing but bytes."""


@pytest.fixture(scope="module")
def generated(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the package that the generator made; it warned of nothing."""
    folder = tmp_path_factory.mktemp("generated")
    config = folder / "config.json"
    config.write_text(json.dumps({"post_hooks": [], "content_type_overrides": {"application/zip": _BYTES}}))
    made = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "openapi-python-client"), "generate", "--url", f"{url}/openapi.json"),
            *("--meta", "none", "--output-path", str(folder / "bank_client"), "--config", str(config)),
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Warning" not in made.stdout
    sys.path.insert(0, str(folder))
    yield "bank_client"
    sys.path.remove(str(folder))


class Client:
    """The generated package, by module."""

    def __init__(self, package: str, url: str, token: str | None = None) -> None:
        self._package = package
        client = self.module("client")
        self.http = client.AuthenticatedClient(url, token) if token else client.Client(url)

    def module(self, path: str) -> ModuleType:
        return import_module(f"{self._package}.{path}")

    def call(self, operation: str, **arguments: Any) -> Any:
        """What the operation, such as `transactions.transfer`, answered; with its status."""
        return self.module(f"api.{operation}").sync_detailed(client=self.http, **arguments)

    def model(self, name: str, **facts: Any) -> Any:
        return getattr(self.module("models"), name)(**facts)


@pytest.fixture
def customer(generated: str, url: str) -> Client:
    """Somebody who registered and logged in through the generated client."""
    anyone = Client(generated, url)
    facts = {"username": "ada.lovelace", "email": "ada@example.org", "password": PASSWORD}
    registered = anyone.call("auth.register", body=anyone.model("RegisterRequest", **facts))
    assert registered.status_code == 201
    login = anyone.model("LoginRequest", username="ada.lovelace", password=PASSWORD)
    token = anyone.call("auth.login", body=login).parsed.data.access_token
    return Client(generated, url, token)


def opened(customer: Client, deposit: str) -> UUID:
    types = customer.module("models").AccountType
    body = customer.model("CreateAccountRequest", account_type=types.CHECKING, initial_deposit=deposit)
    reply = customer.call("accounts.create_account", body=body)
    assert reply.status_code == 201, reply.content
    account_id: UUID = reply.parsed.data.id
    return account_id


def test_the_generated_client_makes_a_transfer_and_a_batch(bank: Bank, customer: Client) -> None:
    source, target = opened(customer, "100.00"), opened(customer, "1.00")
    models = customer.module("models")

    body = customer.model("TransferRequest", from_account_id=source, to_account_id=target, amount="12.34")
    first = customer.call("transactions.transfer", body=body, idempotency_key="once")
    again = customer.call("transactions.transfer", body=body, idempotency_key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.parsed.data == again.parsed.data
    assert again.headers["Idempotent-Replayed"] == "true"
    paid = first.parsed.data
    assert (paid.type_, paid.amount, paid.balance_after) == (models.TransactionType.TRANSFER, "12.34", "87.66")
    assert paid.booked_at.tzinfo is not None

    too_much = customer.model("TransferRequest", from_account_id=source, to_account_id=target, amount="1000.00")
    refused = customer.call("transactions.transfer", body=too_much)
    assert refused.status_code == 400
    assert (refused.parsed.success, refused.parsed.error_code) == (False, "INSUFFICIENT_FUNDS")

    item, kinds = models.TransferItem, models.TransferItemType
    items = [
        item(
            type_=kinds.TRANSFER,
            idempotency_key=f"item-{number}",
            amount=amount,
            from_account_id=source,
            to_account_id=target,
        )
        for number, amount in enumerate(("1.00", "9999.00", "2.00"))
    ]
    batch = customer.call("transactions.post_batch", body=customer.model("TransactionBatchRequest", items=items))
    assert [result.status.value for result in batch.parsed.data] == ["completed", "refused", "completed"]
    assert batch.parsed.data[1].error.error_code == "INSUFFICIENT_FUNDS"

    shown = customer.call("accounts.get_account", account_id=source).parsed.data
    assert shown.balance == "84.66"
    ledger = bank.databases[services.TRANSACTION.package]
    booked = [Acknowledged("once", str(paid.id))]
    booked += [Acknowledged(f"item-{n}", str(batch.parsed.data[n].transaction.id)) for n in (0, 2)]
    check_ledger(Path(str(ledger.engine.url.database)), booked)


def test_the_generated_methods_are_called_what_they_do(generated: str) -> None:
    names = {path.stem for path in Path(str(import_module(generated).__file__)).parent.glob("api/*/*.py")}
    assert names >= {"transfer", "deposit", "withdraw", "list_accounts", "get_account", "list_transactions", "login"}
    assert not [name for name in names if name.endswith(("_get", "_post", "_put", "_delete"))]
