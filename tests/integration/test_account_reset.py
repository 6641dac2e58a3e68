"""Emptying the bank while accounts are being opened leaves none that only the ledger knows, and breaks no request."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from account_service.recovery import Recoverer
from tests.account_bank import AccountBank, account_bank

RESETS = 5


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch, accounts_per_person=10_000) as made:
        yield made


def fence(bank: AccountBank, *, closed: bool) -> None:
    reply = bank.internal("POST", "/fence", {"closed": closed}, scope="bank:reset")
    assert (reply.status_code, reply.json["data"]) == (200, {"closed": closed})


def empty(bank: AccountBank) -> None:
    """As whoever resets the bank does: nobody gets in until both are empty."""
    fence(bank, closed=True)
    assert bank.internal("POST", "/reset", {}, scope="bank:reset").status_code == 200
    assert bank.ledger.call("POST", "/internal/reset", {}, headers=bank.ledger.service).status_code == 200
    with bank.database.read() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM accounts").scalar() == 0
    assert customers_of_the_ledger(bank) == set()
    fence(bank, closed=False)


def customers_of_the_ledger(bank: AccountBank) -> set[str]:
    """The ids of accounts that the ledger has for people."""
    reply = bank.ledger.call("GET", "/internal/ledger/accounts?limit=2000", headers=bank.ledger.service)
    assert reply.status_code == 200, reply.text
    return {row["account_id"] for row in reply.json["data"] if row["owner_id"]}


def test_accounts_opened_amid_resets_leave_no_ghosts_and_no_errors(bank: AccountBank) -> None:
    people = [bank.person() for _ in range(8)]
    statuses: set[int] = set()
    done = threading.Event()

    def open_on_and_on(user_id: str) -> None:
        number = 0
        while not done.is_set():
            number += 1
            body = {"account_type": "checking", "initial_deposit": "5.00"}
            statuses.add(bank.call("POST", "/create", user_id, body, key=f"k{number}").status_code)
            statuses.add(bank.call("GET", "/list", user_id).status_code)

    recoverer = Recoverer(bank.context, bank.app.extensions["fence"])
    recoverer.start()
    threads = [threading.Thread(target=open_on_and_on, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    try:
        for _ in range(RESETS):
            empty(bank)
    finally:
        done.set()
        for thread in threads:
            thread.join()
        recoverer.stop()
    assert statuses <= {200, 201, 503, 504}, statuses
    with bank.database.read() as connection:
        known = set(connection.exec_driver_sql("SELECT id FROM accounts").scalars())
    assert customers_of_the_ledger(bank) <= known


def test_while_the_fence_is_up_requests_are_turned_away_and_health_is_not(bank: AccountBank) -> None:
    fence(bank, closed=True)
    reply = bank.call("GET", "/list", bank.person())
    assert (reply.status_code, reply.json["error_code"]) == (503, "SERVICE_UNAVAILABLE")
    assert reply.headers["Retry-After"]
    assert bank.app.test_client().get("/api/health").status_code == 200
    fence(bank, closed=False)
    assert bank.call("GET", "/list", bank.person()).status_code == 200


def test_only_whoever_may_empty_the_bank_raises_the_fence(bank: AccountBank) -> None:
    assert bank.internal("POST", "/fence", {"closed": True}, scope="feed:read").status_code == 403
    assert bank.call("GET", "/list", bank.person()).status_code == 200
