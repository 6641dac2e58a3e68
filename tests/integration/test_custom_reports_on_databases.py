"""Custom reports and what is told of statements, on each kind of database: the same figures, kept and told once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from reporting_service.app import create_app
from reporting_service.context import ReportingContext
from reporting_service.custom import scheduling
from reporting_service.models import custom_report_runs, events
from reporting_service.settings import Settings
from reporting_service.statements import telling
from shared.identifiers import new_id
from shared.time import clock
from shared.time.business_days import day_end_us, day_start_us, whole_month
from tests import databases
from tests.keys import SigningKeys

pytestmark = pytest.mark.every_database

ADA, BOB = new_id(), new_id()
MINE, SAVED, THEIRS, LENT = (new_id() for _ in range(4))
TODAY = date.fromisoformat(clock.to_wire(clock.now_us())[:10])
THIS = TODAY.replace(day=1)
BEFORE = (THIS - timedelta(days=1)).replace(day=1)
Row = dict[str, Any]


@dataclass
class Reporting:
    """The service, its feeds taken in by hand, and a ledger whose clock stands where a test says."""

    app: OpenAPI
    keys: SigningKeys

    @property
    def context(self) -> ReportingContext:
        found: ReportingContext = self.app.extensions["context"]
        return found

    def ask(self, method: str, path: str = "", body: Row | None = None) -> Any:
        headers = self.keys.headers(ADA)
        reply = self.app.test_client().open(f"/api/reports/custom{path}", method=method, json=body, headers=headers)
        assert reply.status_code < 300, reply.text
        return reply.json["data"]


@pytest.fixture
def reporting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reporting]:
    keys = SigningKeys()
    settings = Settings(databases.url_of(tmp_path / "reporting.db"), tmp_path / "head.json", "a key of tests")
    app = create_app(settings, keys=keys, token=lambda: "")
    opened = Reporting(app, keys)
    monkeypatch.setattr(opened.context.clients, "bank_time_us", clock.now_us)
    monkeypatch.setattr(ReportingContext, "hear_of_accounts", lambda _: None)
    take_in(opened, "users", [event(1, "user_registered", person(ADA)), event(2, "user_registered", person(BOB))])
    of = {MINE: (ADA, "checking"), SAVED: (ADA, "savings"), THEIRS: (BOB, "checking"), LENT: (ADA, "credit")}
    rows = [event(at, "account_opened", account(one, *facts)) for at, (one, facts) in enumerate(of.items(), start=1)]
    take_in(opened, "accounts", rows)
    take_in(
        opened,
        "journal",
        [
            entry(1, BEFORE, (None, MINE, 50_000), kind="payroll"),
            entry(2, BEFORE + timedelta(days=3), (MINE, THEIRS, 1_250), category="food"),
            entry(3, BEFORE + timedelta(days=4), (MINE, SAVED, 7_000)),
            entry(4, THIS, (MINE, THEIRS, 999), category="food"),
            entry(5, THIS, (LENT, None, 100), kind="card_purchase", description="Café"),
        ],
    )
    yield opened
    app.extensions["database"].close()


def take_in(reporting: Reporting, feed: str, rows: list[Row]) -> None:
    reader = reporting.context.consumers[feed].reader
    reader.take_in(reader.position(), rows, rows[-1]["position"])


def event(position: int, kind: str, data: Row) -> Row:
    at = clock.to_wire(clock.now_us())
    return {"position": position, "id": new_id(), "type": kind, "occurred_at": at, "data": data}


def person(user_id: str) -> Row:
    names = {"username": user_id[-8:], "full_name": "Ada Lovelace", "email": "ada@example.org"}
    return {"user_id": user_id, **names, "role": "customer", "status": "active", "synthetic": False}


def account(account_id: str, user_id: str, kind: str) -> Row:
    return {
        "account_id": account_id, "user_id": user_id, "holder_name": "Ada Lovelace", "account_number": "DE89",
        "account_type": kind, "currency": "EUR", "nickname": None, "status": "open", "synthetic": False,
        "created_at": clock.to_wire(day_start_us(BEFORE)), "closed_at": None,
    }  # fmt: skip


def entry(
    position: int, day: date, moved: tuple[str | None, str | None, int], *, kind: str = "transfer", **facts: Any
) -> Row:
    owners = {MINE: ADA, SAVED: ADA, LENT: ADA, THEIRS: BOB}
    source, target, minor = moved
    at = day_start_us(day) + 1
    sides = ((0, source, -minor), (1, target, minor))
    postings = [
        {
            "leg": number, "account_id": one or "bank:cash:EUR", "owner_id": owners.get(one or ""), "currency": "EUR",
            "amount_minor": amount, "balance_after_minor": None if one is None else 0,
        }
        for number, one, amount in sides
    ]  # fmt: skip
    by = dict.fromkeys(("kind", "role", "session_id", "channel", "request_id"))
    return {
        "position": position, "id": new_id(), "type": kind, "currency": "EUR", "amount_minor": minor, "description": "",
        "category": None, "initiated_by": {"user_id": ADA, **by}, "reverses": None, "effective_at_us": at,
        "booked_at_us": at, "hash_version": 2, "hash": f"{position:064d}", "end_to_end_id": None, "exchange": None,
        "postings": postings, **facts,
    }  # fmt: skip


ASKED = {
    "name": "Mine",
    "measures": ["count", "sum", "median", "p90"],
    "dimensions": ["month", "counterparty"],
    "filters": {"direction": "out"},
    "schedule": "monthly",
}


def test_a_report_says_the_same_wherever_it_is_kept(reporting: Reporting) -> None:
    made = reporting.ask("POST", body=ASKED)
    said = reporting.ask("GET", f"/runs/{made['latest_run']['id']}")
    groups = [(*row["dimensions"].values(), *row["measures"].values()) for row in said["currencies"][0]["groups"]]
    before, this = BEFORE.isoformat()[:7], THIS.isoformat()[:7]
    assert groups == [
        (before, "Ada Lovelace", 1, "12.50", "12.50", "12.50"),
        (this, "Ada Lovelace", 1, "9.99", "9.99", "9.99"),
        (this, "Café", 1, "1.00", "1.00", "1.00"),
    ]
    assert said["currencies"][0]["totals"] == {"count": 3, "sum": "23.49", "median": "9.99", "p90": "12.50"}
    reporting.ask("PUT", f"/{made['id']}", {**ASKED, "filters": {"categories": ["food"], "min_amount": "10"}})
    again = reporting.ask("POST", f"/{made['id']}/run")
    assert [run["id"] for run in reporting.ask("GET", f"/{made['id']}/runs")] == [again["id"], said["id"]]
    assert again["movements"] == 1
    reporting.ask("DELETE", f"/{made['id']}")
    with reporting.context.database.read() as connection:
        assert connection.execute(select(custom_report_runs)).all() == []


def test_a_month_is_reported_and_its_statements_told_once(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = reporting.ask("POST", body=ASKED)
    context = reporting.context
    monkeypatch.setattr(telling, "ACCOUNTS_AT_ONCE", 1)
    monkeypatch.setattr(ReportingContext, "ask_settled_until", lambda _: day_end_us(whole_month(THIS)[1]))
    assert (scheduling.run_due(context), scheduling.run_due(context)) == (1, 0)
    runs = reporting.ask("GET", f"/{made['id']}/runs")
    assert [(run["period"], run["movements"]) for run in runs] == [(THIS.isoformat()[:7], 2), (None, 3)]
    assert (telling.tell_ended(context), telling.tell_ended(context)) == (5, 0)
    with context.database.read() as connection:
        told = connection.execute(select(events.c.position, events.c.data).order_by(events.c.position)).all()
    assert [row.position for row in told] == [1, 2, 3, 4, 5]
    assert not any(LENT in row.data for row in told), "a credit card has bills"
