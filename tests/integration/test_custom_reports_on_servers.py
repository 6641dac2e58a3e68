"""Custom reports on servers: pages, the schedule in several processes, and its second try, as on a file."""

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from reporting_service.context import ReportingContext
from reporting_service.custom import reading, running, scheduling
from reporting_service.models import custom_report_runs, custom_reports, db
from reporting_service.settled import SettledTime
from shared import services
from shared.storage.database import Database
from shared.time.business_days import business_day
from tests.reporting_bank import Customer, ReportingBank, payment, reporting_bank

PATH = "/api/reports/custom"
pytestmark = pytest.mark.every_server


def built(bank: ReportingBank, headers: dict[str, str], **more: Any) -> Any:
    body = {"name": "All", "measures": ["count", "sum"], "dimensions": ["month", "type"], **more}
    client = bank.bank.client(services.REPORTING)
    made = client.post(PATH, json=body, headers=headers)
    assert made.status_code == 201, made.text
    return client.get(f"{PATH}/runs/{made.json['data']['latest_run']['id']}", headers=headers).json["data"]


def spender(bank: ReportingBank) -> Customer:
    ada, shop = bank.customer("300.00"), bank.customer("10.00")
    days = [f"2025-0{month}-03T08:00:00Z" for month in (1, 2, 3) for _ in range(3)]
    bank.post(*(payment(ada.accounts[0], shop.accounts[0], "1.50", effective_at=day) for day in days))
    bank.follow()
    return ada


def test_pages_and_the_schedule_are_the_same_on_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with reporting_bank(tmp_path) as bank:
        ada = spender(bank)
        who = {"own": ada.headers, "bank": bank.bank.headers("admin")}
        spans = ({}, {"from": "2025-02-01", "to": "2025-03-31"})
        asked = [(scope, days) for scope in who for days in spans]
        at_once = [built(bank, who[scope], scope=scope, **days)["currencies"] for scope, days in asked]
        with monkeypatch.context() as small:
            small.setattr(reading, "READ_AT_ONCE", 2)
            paged = [built(bank, who[scope], scope=scope, **days)["currencies"] for scope, days in asked]
        assert paged == at_once
        assert [found[0]["movements"] for found in at_once] == [9, 6, 18, 12]

        built(bank, ada.headers, schedule="monthly")
        today = business_day(bank.context.clients.bank_time_us())
        later = date(today.year + 1, today.month, 20)
        target = {"advance_to": f"{later}T12:00:00Z", "wait_seconds": 30}
        bank.simulate(services.TRANSACTION, "/api/transactions/clock", target)
        bank.follow()
        with monkeypatch.context() as for_a_while:
            for_a_while.setattr(running, "run", full)
            assert scheduling.run_due(bank.context) == 0
        with bank.database.write() as connection:
            tried = connection.execute(select(custom_reports.c.attempts).where(custom_reports.c.due_at.is_not(None)))
            assert tried.scalar_one() == 1
            connection.execute(update(custom_reports).values(retry_at=0))
        assert sum(in_processes(bank)) == 1
        with bank.database.read() as connection:
            by_itself = select(custom_report_runs).where(custom_report_runs.c.period.is_not(None))
            assert len(connection.execute(by_itself).all()) == 1


def full(*_: Any, **__: Any) -> None:
    raise OSError("no space left on the device")


def in_processes(bank: ReportingBank) -> list[int]:
    """What each of two processes has run, each with connections of its own."""
    url = bank.database.engine.url
    processes = [replace(bank.context, database=Database.at(url, db), settled=SettledTime()) for _ in range(2)]
    begin, done = threading.Barrier(len(processes)), []

    def look(context: ReportingContext) -> None:
        begin.wait()
        done.append(scheduling.run_due(context))

    threads = [threading.Thread(target=look, args=(context,)) for context in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for context in processes:
        context.database.close()
    return done
