"""A transfer meets its gates in the order in which docs/transfer.md lists them: the first to say no is the answer."""

import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.identifiers import new_id
from tests.architecture.sources import ROOT
from tests.ledgers import LedgerUnderTest, open_ledger
from transaction_service.ledger import decisions

PATH = "/api/transactions/transfer"


def documented() -> list[str]:
    """The codes of the table of gates, in its order."""
    lines = (ROOT / "docs" / "transfer.md").read_text().splitlines()
    return [code for line in lines if line.startswith("| ") for code in re.findall(r"`([A-Z][A-Z_]+)`", line)]


def walk(bank: LedgerUnderTest) -> list[TestResponse]:
    """One request after another, each with the first fault of the one before it mended and all others kept."""
    payer = bank.open_account(deposit_minor=400_00, movement_limit_minor=400_00, daily_limit_minor=300_00)
    closed, frozen = bank.open_account(payer.owner_id), bank.open_account(payer.owner_id, deposit_minor=1)
    dollars, friend, rich = bank.open_account(currency="USD"), bank.open_account(), bank.open_account()
    for account, status in ((closed, "closed"), (frozen, "frozen")):
        path = f"/internal/ledger/accounts/{account.account_id}/status"
        assert bank.call("PUT", path, {"status": status}, headers=bank.service).status_code == 200
    assert payer.pay(friend, "1.00", key="used").status_code == 201
    poor = bank.open_account(deposit_minor=10_00)
    assert rich.deposit("890.00").status_code == 201
    client = bank.app.test_client()
    signed = {**payer.headers, "Content-Type": "application/json"}
    bad_key = {**signed, "Idempotency-Key": "two words"}
    wrong: dict[str, Any] = {"from_account_id": friend.account_id, "to_account_id": new_id(), "amount": "1.234"}
    early = {**wrong, "effective_at": "2025-01-01T00:00:00Z"}
    foreign = {**wrong, "currency": "USD"}

    def pay(source: Any, target: Any, amount: str = "1000.00", **more: str) -> TestResponse:
        payload = {"from_account_id": source.account_id, "to_account_id": target.account_id, "amount": amount, **more}
        return bank.call("POST", PATH, payload, headers=source.headers)

    return [
        client.post(PATH, data="{", headers={"Authorization": "Bearer nobody", "Content-Type": "text/plain"}),
        client.post(PATH, data="{", headers={**bank.keys.headers("gateway", role="service")}),
        client.post(PATH, data="{", headers={**bad_key, "Content-Type": "text/plain"}),
        client.post(PATH, data="{", headers=bad_key),
        client.post(PATH, json={**early, "amount": "-1"}, headers=bad_key),
        client.post(PATH, json=early, headers=bad_key),
        client.post(PATH, json=early, headers={**signed, "Idempotency-Key": "used"}),
        client.post(PATH, json=wrong, headers={**signed, "Idempotency-Key": "used"}),
        client.post(PATH, json=foreign, headers=signed),
        client.post(PATH, json={**foreign, "from_account_id": payer.account_id}, headers=signed),
        pay(payer, payer, "1.234", currency="USD"),
        pay(payer, payer, currency="USD"),
        pay(frozen, dollars, quote_id=new_id()),
        pay(frozen, dollars),
        pay(closed, closed),
        pay(frozen, closed),
        pay(frozen, rich),
        pay(payer, rich),
        pay(payer, rich, "400.00"),
        pay(poor, rich, "120.00"),
        pay(payer, rich, "120.00"),
        pay(payer, rich, "100.00"),
    ]


def test_the_first_gate_that_says_no_is_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "MAX_BALANCE_MINOR", 1000_00)
    with open_ledger(tmp_path) as bank:
        *refused, paid = walk(bank)
        bank.check()
    assert paid.status_code == 201
    met = [reply.json["error_code"] for reply in refused]
    assert met == [
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "UNSUPPORTED_MEDIA_TYPE",
        "MALFORMED_REQUEST",
        "VALIDATION_ERROR",
        "IDEMPOTENCY_KEY_INVALID",
        "FORBIDDEN",
        "IDEMPOTENCY_KEY_REUSED",
        "NOT_FOUND",
        "NOT_FOUND",
        "VALIDATION_ERROR",
        "CURRENCY_MISMATCH",
        "NOT_FOUND",
        "RATE_UNAVAILABLE",
        "SAME_ACCOUNT",
        "ACCOUNT_CLOSED",
        "ACCOUNT_FROZEN",
        "MOVEMENT_LIMIT_EXCEEDED",
        "DAILY_LIMIT_EXCEEDED",
        "INSUFFICIENT_FUNDS",
        "BALANCE_TOO_LARGE",
    ]
    gates = iter(documented())
    assert all(code in gates for code in met), "docs/transfer.md has another order"
