"""Reports that are run by themselves, of a bank whose clock a test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, update

from reporting_service.models import custom_report_runs, custom_reports
from shared import services
from shared.time.business_days import whole_month
from tests.reporting_bank import Customer, ReportingBank, Row, reporting_bank

PATH = "/api/reports/custom"


@contextmanager
def bank_at_noon(folder: Path) -> Iterator[ReportingBank]:
    """Its clock goes on from test to test; it stands at noon."""
    with reporting_bank(folder) as opened:
        move_clock(opened, bank_day(opened) + timedelta(days=1))
        yield opened


def forget_reports(bank: ReportingBank) -> None:
    """Nobody has built one."""
    with bank.database.write() as connection:
        for table in (custom_report_runs, custom_reports):
            connection.execute(delete(table))


def ask(bank: ReportingBank, who: Customer, method: str, path: str = "", body: Row | None = None) -> Any:
    """The data of a reply that is a success."""
    reply = bank.bank.client(services.REPORTING).open(PATH + path, method=method, json=body, headers=who.headers)
    assert reply.status_code < 300, reply.text
    return reply.json["data"]


def build(bank: ReportingBank, who: Customer, schedule: str | None, **more: Any) -> Any:
    """A report of what went out, run by this schedule."""
    body = {
        "name": "What went out",
        "measures": ["count", "sum"],
        "filters": {"direction": "out"},
        "schedule": schedule,
    }
    return ask(bank, who, "POST", body={**body, **more})


def bank_day(bank: ReportingBank) -> date:
    """The day that it is at the ledger."""
    return datetime.fromtimestamp(bank.context.clients.bank_time_us() // 10**6, UTC).date()


def move_clock(bank: ReportingBank, day: date) -> None:
    """To noon of a day; then everything is taken in."""
    target = {"advance_to": f"{day}T12:00:00Z", "wait_seconds": 30}
    moved = bank.simulate(services.TRANSACTION, "/api/transactions/clock", target)
    assert moved["target_time"] is None
    bank.follow()


def pay(bank: ReportingBank, ada: Customer, day: date, amount: str = "1.00") -> None:
    """A withdrawal on a day."""
    withdrawal = {"type": "withdrawal", "account_id": ada.accounts[0]["id"], "amount": amount}
    bank.post({**withdrawal, "effective_at": f"{day}T08:00:00Z"})
    bank.follow()


def by_schedule(bank: ReportingBank, ada: Customer, report: Any) -> list[Any]:
    """The runs of a report that nobody asked for."""
    found = ask(bank, ada, "GET", f"/{report['id']}/runs")
    return [run for run in found if run["period"] is not None]


def next_month(day: date) -> date:
    """The first day of the month after."""
    return whole_month(day)[1] + timedelta(days=1)


def wait_is_over(bank: ReportingBank) -> None:
    """What is tried again later is tried now."""
    with bank.database.write() as connection:
        connection.execute(update(custom_reports).values(retry_at=0))
