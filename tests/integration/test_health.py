"""`/api/health` and `/health` say what is wrong, and stay well where a service can still serve."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from gateway.bank_health import BankHealth
from shared import services
from shared.network.discovery import Discovery
from shared.storage import disk_space
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.live_services import serving


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[LedgerUnderTest]:
    with open_ledger(tmp_path) as opened:
        yield opened


def health(ledger: LedgerUnderTest) -> tuple[int, dict[str, Any]]:
    reply = ledger.call("GET", "/api/health", headers={})
    return reply.status_code, reply.json


def test_a_write_that_found_no_room_degrades_the_service_and_says_why(ledger: LedgerUnderTest) -> None:
    holder = ledger.open_account(deposit_minor=100)
    database = ledger.app.extensions["database"]
    assert health(ledger)[1]["reasons"] == []

    def fill(raw: Any, _record: object = None) -> None:
        raw.execute("PRAGMA max_page_count = 1")  # less than there is: SQLite takes what there is

    database.engine.dispose()
    event.listen(database.engine, "connect", fill)
    statuses = (holder.deposit("1.00", description="x" * 100).status_code for _ in range(1000))
    assert 507 in statuses
    status, body = health(ledger)
    assert (status, body["status"], body["checks"]["storage"]) == (200, "degraded", "unhealthy")
    assert body["reasons"] == ["the storage is full: writes are refused"]
    assert holder.ledger.call("GET", "/api/transactions/list", headers=holder.headers).status_code == 200
    event.remove(database.engine, "connect", fill)
    database.engine.dispose()
    ledger.check()


def test_a_disk_that_is_almost_full_is_told_before_a_write_fails(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = os.statvfs(ledger.path.parent)
    almost = os.statvfs_result((4096, 4096, 1_000_000, 10, 10, *tuple(found)[5:]))
    monkeypatch.setattr(disk_space.os, "statvfs", lambda _path: almost)
    assert health(ledger)[1]["reasons"] == ["the storage is almost full: 40 KiB are left"]


def test_the_banks_health_names_who_is_unwell_and_why(ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.app.extensions["storage"].note_refused_write()
    with serving(ledger.app) as url:
        monkeypatch.setenv("TRANSACTION_SERVICE_URL", url)
        monkeypatch.setenv("AUTH_SERVICE_URL", "http://127.0.0.1:9")
        bank = BankHealth(Discovery(), [services.TRANSACTION, services.AUTH])
        try:
            said = bank().as_reply()
        finally:
            bank.close()
    assert said["status"] == "degraded"
    assert said["services"] == {
        "api-gateway": "healthy",
        "transaction-service": "unhealthy",
        "auth-service": "unhealthy",
    }
    assert said["reasons"] == {
        "transaction-service": ["the storage is full: writes are refused"],
        "auth-service": ["it does not answer"],
    }


def test_a_ledger_whose_writer_ended_is_unhealthy_and_says_so(ledger: LedgerUnderTest) -> None:
    ledger.app.extensions["context"].commits.close()
    status, body = health(ledger)
    assert (status, body["status"], body["reasons"]) == (503, "unhealthy", ["the check of the writer fails"])


def test_a_database_that_lets_nobody_in_is_told_check_by_check(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("SELECT 1", {}, ConnectionError())

    monkeypatch.setattr(ledger.app.extensions["database"].engine, "connect", refuse)
    status, body = health(ledger)
    assert (status, body["checks"]["database"], body["checks"]["due_work"]) == (503, "unhealthy", "healthy")
