"""Custom reports over HTTP, of somebody who keeps house."""

from typing import Any

from werkzeug.test import TestResponse

from shared import services
from tests.reporting_bank import Customer, ReportingBank, Row, payment

PATH = "/api/reports/custom"
ALL_DAYS: dict[str, None] = {"from": None, "to": None}


def household(bank: ReportingBank) -> Customer:
    """Rent and food over half a year, something saved, something given back."""
    ada, shop = bank.customer("3000.00", "50.00"), bank.customer("10.00")
    checking, savings = ada.accounts
    (source,) = shop.accounts
    rents = [f"2025-0{month}-03T08:00:00Z" for month in range(1, 7)]
    bank.post(
        *(payment(checking, source, "110.00", category="rent", effective_at=at) for at in rents),
        payment(checking, source, "40.00", category="food", effective_at="2025-05-10T08:00:00Z"),
        payment(checking, source, "25.01", category="food", effective_at="2025-06-10T08:00:00Z"),
        payment(checking, source, "24.00", category="=1+1", effective_at="2025-06-30T22:30:00Z"),
        payment(source, checking, "20.00", effective_at="2025-06-11T08:00:00Z"),
        payment(checking, savings, "100.00", effective_at="2025-06-12T08:00:00Z"),
    )
    bank.follow()
    return ada


def ask(bank: ReportingBank, who: dict[str, str], method: str, path: str = "", body: Row | None = None) -> TestResponse:
    """One request."""
    return bank.bank.client(services.REPORTING).open(PATH + path, method=method, json=body, headers=who)


def asked(**more: Any) -> Row:
    """What is asked for, of the year 2025."""
    return {"name": "Spending", "measures": ["sum"], "from": "2025-01-01", "to": "2025-12-31", **more}


def build(bank: ReportingBank, who: dict[str, str], **more: Any) -> Any:
    """A report, and what it said."""
    reply = ask(bank, who, "POST", body=asked(**more))
    assert reply.status_code == 201, reply.text
    made = reply.json["data"]
    said = ask(bank, who, "GET", f"/runs/{made['latest_run']['id']}")
    assert said.status_code == 200, said.text
    return made, said.json["data"]
