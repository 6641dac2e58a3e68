"""Accounts in the bank's time, and why one of them is frozen."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from account_service.models import Account
from account_service.serializers import STOPPED_BY_LEDGER
from shared.identifiers import new_id
from tests.account_bank import AccountBank, account_bank
from transaction_service.models import accounts as ledger_accounts


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


def move_clock(bank: AccountBank, days: int) -> None:
    headers = bank.keys.headers("simulator-service", role="service", scope="bank:simulate")
    moved = bank.ledger.call("POST", "/api/transactions/clock", {"advance_by": {"days": days}}, headers=headers)
    assert moved.status_code == 200, moved.text


def shown(bank: AccountBank, account: dict[str, Any], user_id: str) -> dict[str, Any]:
    reply = bank.call("GET", f"/details/{account['id']}", user_id)
    found: dict[str, Any] = reply.json["data"]
    return found


def days_between(earlier: str, later: str) -> int:
    return round((datetime.fromisoformat(later) - datetime.fromisoformat(earlier)) / timedelta(days=1))


def test_an_account_is_opened_and_closed_at_the_time_that_it_is_at_the_bank(bank: AccountBank) -> None:
    jane = bank.person()
    move_clock(bank, 40)
    account = bank.opened(jane)
    assert days_between(account["created_at"], account["created_at_bank"]) == 40
    assert account["closed_at_bank"] is None
    move_clock(bank, 5)
    closed = bank.call("DELETE", f"/close/{account['id']}", jane).json["data"]
    assert closed["created_at_bank"] == account["created_at_bank"], "it stays when it was, however far the clock goes"
    assert days_between(closed["closed_at"], closed["closed_at_bank"]) == 45
    assert shown(bank, account, jane) == closed


def test_an_account_of_a_simulated_past_is_as_old_as_it_says_and_none_is_of_the_future(bank: AccountBank) -> None:
    jane = bank.person(synthetic=True)
    item = {"user_id": jane, "account_type": "checking"}
    past, future = "2025-03-01T09:00:00.000000Z", "2999-01-01T00:00:00.000000Z"
    items = [
        {**item, "idempotency_key": "past", "effective_at": past},
        {**item, "idempotency_key": "future", "effective_at": future},
        {**item, "idempotency_key": "now"},
    ]
    results = bank.simulation("POST", "/batch", {"accounts": items}).json["data"]
    old, capped, new = (result["account"] for result in results)
    assert old["created_at_bank"] == past
    assert days_between(capped["created_at"], capped["created_at_bank"]) == 0
    assert capped["created_at_bank"] == new["created_at_bank"]
    again = bank.simulation("POST", "/batch", {"accounts": items}).json["data"]
    assert [result["account"] for result in again] == [old, capped, new]
    other = [{**items[0], "effective_at": "2025-03-02T09:00:00.000000Z"}]
    (refused,) = bank.simulation("POST", "/batch", {"accounts": other}).json["data"]
    assert refused["error"]["error_code"] == "IDEMPOTENCY_KEY_REUSED"


def test_nobody_but_the_simulation_says_when_an_account_was_opened(bank: AccountBank) -> None:
    body = {"account_type": "checking", "effective_at": "2025-03-01T09:00:00Z"}
    assert bank.call("POST", "/create", bank.person(), body).status_code == 422


def test_of_an_account_of_before_only_the_real_time_is_known(bank: AccountBank) -> None:
    jane = bank.person()
    account = bank.opened(jane)
    with bank.database.write_session() as session:
        session.execute(update(Account).values(created_at_bank=None))
    assert shown(bank, account, jane) == {**account, "created_at_bank": None}


def test_the_reason_of_a_freeze_is_told_to_its_owner_and_to_staff_while_it_lasts(bank: AccountBank) -> None:
    jane = bank.person()
    account = bank.opened(jane)
    assert account["status_reason"] is None
    frozen = bank.staff("POST", f"/{account['id']}/freeze", {"reason": "Card reported stolen"}).json["data"]
    assert (frozen["status"], frozen["status_reason"]) == ("frozen", "Card reported stolen")
    assert shown(bank, account, jane)["status_reason"] == "Card reported stolen"
    (listed,) = bank.staff("GET", "/all?status=frozen").json["data"]
    assert listed["status_reason"] == "Card reported stolen"
    opened = bank.staff("POST", f"/{account['id']}/unfreeze", {"reason": "New card sent"}).json["data"]
    assert (opened["status"], opened["status_reason"]) == ("open", None)


def test_an_account_that_the_ledger_stopped_says_that_the_bank_looks_into_it(bank: AccountBank) -> None:
    jane = bank.person()
    account = bank.opened(jane)
    with bank.ledger.app.extensions["context"].database.write() as connection:
        drifted = {"status": "frozen", "status_reason": "reconciliation: 1.00 is not 2.00"}
        connection.execute(update(ledger_accounts).where(ledger_accounts.c.id == account["id"]).values(**drifted))
    stopped = shown(bank, account, jane)
    assert (stopped["status"], stopped["status_reason"]) == ("frozen", STOPPED_BY_LEDGER)
    assert bank.call("GET", f"/details/{account['id']}", new_id()).status_code == 404
