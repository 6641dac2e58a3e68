"""A bank clock that stands still stands for every service that dates by it, for as long as it does."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reporting_service.bank_time import BankTime
from shared import services
from shared.network.discovery import Discovery
from shared.time import clock
from shared.time.bank_clock import BankClock
from tests.apps import Bank, whole_bank
from tests.free_ports import free_port

SIMULATION = {"role": "service", "user_id": "simulator-service", "scope": "bank:simulate"}


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with whole_bank(tmp_path) as made:
        yield made


def told(bank: Bank, **payload: Any) -> int:
    """Have the clock do something; what it shows then."""
    reply = bank.client(services.TRANSACTION).post(
        "/api/transactions/clock", json=payload, headers=bank.headers(**SIMULATION)
    )
    assert reply.status_code == 200, reply.text
    return clock.from_wire(reply.json["data"]["bank_time"])


def test_reports_and_users_are_dated_by_where_it_stands(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    reporting = bank.apps[services.REPORTING.package].extensions["context"]
    dates = BankClock(Discovery(), bank.apps[services.AUTH.package].extensions["context"].keys.own_token)
    told(bank, advance_by={"days": 40})
    stood = told(bank, running=False)
    reporting.bank_time.forget()
    time.sleep(0.05)
    assert (reporting.bank_time.now_us(), dates.now_us()) == (stood, stood)
    with monkeypatch.context() as away:
        away.setenv("TRANSACTION_SERVICE_URL", f"http://127.0.0.1:{free_port()}")
        time.sleep(0.05)
        assert dates.now_us() == stood, "what was told last still holds while nobody answers"
    told(bank, running=True)
    reporting.bank_time.forget()
    dates.forget()
    assert stood < reporting.bank_time.now_us() < stood + 60 * clock.MICROSECONDS
    assert stood < (dates.now_us() or 0) < stood + 60 * clock.MICROSECONDS


def test_a_paused_bank_does_not_run_ahead_in_its_reports(bank: Bank) -> None:
    """As far as the journal alone shows it, a bank that was once ahead stays so, however long its clock has stood."""
    reporting = bank.apps[services.REPORTING.package].extensions["context"]
    stood = told(bank, running=False)
    with reporting.database.write() as connection:
        connection.exec_driver_sql("UPDATE projection_state SET clock_ahead_us = 86400000000")
    assert isinstance(reporting.bank_time, BankTime)
    assert reporting.bank_time.now_us() == stood
    totals = reporting.live._totals.now()
    assert totals["bank_time"] == clock.to_wire(stood)
