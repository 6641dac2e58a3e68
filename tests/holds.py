"""A few calls that tests about holds make."""

from typing import Any

from werkzeug.test import TestResponse

from tests.ledgers import Holder

HOLDS = "/api/transactions/holds"
CLOCK = "/api/transactions/clock"


def place(account: Holder, amount: str, *, key: str | None = None, **more: Any) -> TestResponse:
    """Somebody who works here holds money on the account."""
    payload = {"account_id": account.account_id, "amount": amount, **more}
    return account.ledger.call("POST", HOLDS, payload, headers=account.ledger.staff(), key=key)


def placed(account: Holder, amount: str, **more: Any) -> dict[str, Any]:
    """The same, which must succeed: the hold."""
    reply = place(account, amount, **more)
    assert reply.status_code == 201, reply.text
    hold: dict[str, Any] = reply.json["data"]
    return hold


def capture(account: Holder, hold_id: str, *, key: str | None = None, **payload: Any) -> TestResponse:
    """Take what is held."""
    path = f"{HOLDS}/{hold_id}/capture"
    return account.ledger.call("POST", path, payload, headers=account.ledger.staff(), key=key)


def void(account: Holder, hold_id: str, *, key: str | None = None, **payload: Any) -> TestResponse:
    """Give back what is held."""
    return account.ledger.call("POST", f"{HOLDS}/{hold_id}/void", payload, headers=account.ledger.staff(), key=key)


def hold_of(account: Holder, hold_id: str) -> dict[str, Any]:
    """The hold as its account's owner reads it."""
    reply = account.ledger.call("GET", f"{HOLDS}/{hold_id}", headers=account.headers)
    assert reply.status_code == 200, reply.text
    hold: dict[str, Any] = reply.json["data"]
    return hold


def figures(account: Holder) -> tuple[str, str, str]:
    """The account's balance, what is available of it, and what is held."""
    payload = {"account_ids": [account.account_id]}
    reply = account.ledger.call("POST", "/internal/ledger/balances", payload, headers=account.ledger.service)
    (found,) = reply.json["data"]
    return found["balance"], found["available_balance"], found["held"]


def advance(account: Holder, **span: Any) -> dict[str, Any]:
    """Move the bank's clock forward: `days`, `hours`."""
    headers = account.ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    reply = account.ledger.call("POST", CLOCK, {"advance_by": span}, headers=headers)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json["data"]
    return found
