"""When people became users in the bank's time, which auth asks the real ledger for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared import services
from shared.network.discovery import Discovery
from shared.time import clock
from shared.time.bank_clock import BankClock
from shared.time.clock import MICROSECONDS
from tests.apps import Bank, whole_bank
from tests.free_ports import free_port

DAY_US = 86_400 * MICROSECONDS
PASSWORD = "a long and quiet afternoon"
SIMULATION = {"role": "service", "user_id": "simulator-service", "scope": "bank:simulate"}


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with whole_bank(tmp_path) as made:
        yield made


def registered(bank: Bank, username: str) -> dict[str, str]:
    person = {"username": username, "email": f"{username}@example.org", "password": PASSWORD}
    reply = bank.client(services.AUTH).post("/api/auth/register", json=person)
    assert reply.status_code == 201, reply.text
    user: dict[str, str] = reply.json["data"]
    return user


def move_clock(bank: Bank, days: int) -> None:
    payload = {"advance_by": {"days": days}}
    moved = bank.client(services.TRANSACTION).post(
        "/api/transactions/clock", json=payload, headers=bank.headers(**SIMULATION)
    )
    assert moved.status_code == 200, moved.text


def days_ahead(user: dict[str, str]) -> int:
    ahead = datetime.fromisoformat(user["created_at_bank"]) - datetime.fromisoformat(user["created_at"])
    return round(ahead / timedelta(days=1))


def test_a_user_is_dated_by_the_bank_clock_of_that_moment(bank: Bank) -> None:
    ada = registered(bank, "ada")
    move_clock(bank, 40)
    grace = registered(bank, "grace")
    assert (days_ahead(ada), days_ahead(grace)) == (0, 40)
    found = bank.client(services.AUTH).get(f"/api/auth/users/{ada['id']}", headers=bank.headers("employee"))
    assert found.json["data"]["created_at_bank"] == ada["created_at_bank"]


def test_while_the_ledger_is_away_the_bank_is_as_far_ahead_as_it_last_was(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_clock(bank, 3)
    token = bank.apps[services.AUTH.package].extensions["context"].keys.own_token
    asked, never_answered = BankClock(Discovery(), token), BankClock(Discovery(), token)
    assert asked.now_us() is not None
    monkeypatch.setenv("TRANSACTION_SERVICE_URL", f"http://127.0.0.1:{free_port()}")
    before = clock.now_us()
    assert never_answered.now_us() is None
    assert before + 3 * DAY_US - MICROSECONDS < (asked.now_us() or 0) < clock.now_us() + 3 * DAY_US + MICROSECONDS


def test_after_a_reset_nobody_is_dated_by_the_world_before_it_while_the_ledger_is_slow(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_clock(bank, 40)
    assert days_ahead(registered(bank, "ada")) == 40
    monkeypatch.setenv("TRANSACTION_SERVICE_URL", f"http://127.0.0.1:{free_port()}")
    assert days_ahead(registered(bank, "grace")) == 40
    for closed in (True, False):
        fenced = bank.client(services.AUTH).post(
            "/internal/fence", json={"closed": closed}, headers=bank.headers(role="service", scope="bank:reset")
        )
        assert fenced.status_code == 200, fenced.text
    assert registered(bank, "mary")["created_at_bank"] is None, "only the real time is known"


def test_a_simulated_customer_is_one_since_the_world_began_and_never_since_the_future(bank: Bank) -> None:
    past, future = "2025-03-01T09:00:00.000000Z", "2999-01-01T00:00:00.000000Z"
    people = [
        {"username": name, "email": f"{name}@example.org", "full_name": name, **when}
        for name, when in (("ada", {"effective_at": past}), ("grace", {"effective_at": future}), ("mary", {}))
    ]
    reply = bank.client(services.AUTH).post(
        "/api/auth/users/batch", json={"users": people, "password": PASSWORD}, headers=bank.headers(**SIMULATION)
    )
    ada, grace, mary = reply.json["data"]
    assert ada["created_at_bank"] == past
    assert (days_ahead(grace), days_ahead(mary)) == (0, 0)
