"""Reports that are run by themselves, when something is in their way: what passes is waited for, the rest is said."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from reporting_service.audit.trail import BrokenTrailError
from reporting_service.custom import running, scheduling
from reporting_service.models import custom_reports, feed_positions, users
from reporting_service.refusals import REPORT_TOO_SLOW
from shared import services
from shared.refusals import UNAVAILABLE, Refused
from shared.time import clock
from tests.reporting_bank import Customer, ReportingBank
from tests.scheduled_reports import (
    PATH,
    ask,
    bank_at_noon,
    bank_day,
    build,
    by_schedule,
    forget_reports,
    move_clock,
    next_month,
    wait_is_over,
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with bank_at_noon(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture
def bank(opened: ReportingBank) -> Iterator[ReportingBank]:
    """Nobody has built a report."""
    yield opened
    forget_reports(opened)


@pytest.fixture
def ada(bank: ReportingBank) -> Customer:
    ada = bank.customer("3000.00", "50.00")
    bank.follow()
    return ada


def test_a_report_that_cannot_be_counted_says_so_and_keeps_no_other_from_it(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = build(bank, ada, "monthly", name="Bad"), build(bank, ada, "monthly", name="Good")
    move_clock(bank, next_month(bank_day(bank)))
    real = running.run

    def fails(context: Any, owner: str, asked: Any, *more: Any, **options: Any) -> Any:
        if asked.name == "Bad":
            raise ZeroDivisionError
        return real(context, owner, asked, *more, **options)

    monkeypatch.setattr(running, "run", fails)
    assert scheduling.run_due(bank.context) == 2
    (failed,), (run,) = by_schedule(bank, ada, bad), by_schedule(bank, ada, good)
    assert (failed["status"], failed["error"]["error_code"]) == ("failed", "INTERNAL_ERROR")
    assert run["status"] == "succeeded"
    assert ask(bank, ada, "GET", f"/runs/{failed['id']}")["currencies"] == []
    for name in ("pdf", "csv", "xlsx", "json"):
        reply = bank.bank.client(services.REPORTING).get(
            f"{PATH}/runs/{failed['id']}/download?format={name}", headers=ada.headers
        )
        assert reply.status_code == 200


PASSING = [
    Refused(UNAVAILABLE),
    Refused(REPORT_TOO_SLOW),
    OperationalError("SELECT", {}, Exception("gone")),
    OSError("no space left"),
    MemoryError(),
]


@pytest.mark.parametrize("trouble", PASSING, ids=repr)
def test_what_passes_by_itself_costs_nobody_a_month(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    report = build(bank, ada, "monthly")
    move_clock(bank, next_month(bank_day(bank)))

    def fails(*_: Any, **__: Any) -> None:
        raise trouble

    with monkeypatch.context() as for_a_while:
        for_a_while.setattr(running, "run", fails)
        for _ in range(3):
            assert scheduling.run_due(bank.context) == 0
            wait_is_over(bank)
    assert by_schedule(bank, ada, report) == []
    assert scheduling.run_due(bank.context) == 1
    (run,) = by_schedule(bank, ada, report)
    assert run["status"] == "succeeded"


def test_what_does_not_pass_is_tried_so_often_each_time_later_and_then_said(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = build(bank, ada, "monthly")
    move_clock(bank, next_month(bank_day(bank)))

    def slow(*_: Any, **__: Any) -> None:
        raise Refused(REPORT_TOO_SLOW)

    monkeypatch.setattr(running, "run", slow)
    pauses = []
    for _ in range(scheduling.MOST_ATTEMPTS - 1):
        assert scheduling.run_due(bank.context) == 0
        assert scheduling.run_due(bank.context) == 0, "not before its time"
        with bank.database.read() as connection:
            left_us = connection.execute(select(custom_reports.c.retry_at)).scalar_one() - clock.now_us()
        pauses.append(round(left_us / (60 * clock.MICROSECONDS)))
        wait_is_over(bank)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert scheduling.run_due(bank.context) == 1
    (run,) = by_schedule(bank, ada, report)
    assert (run["status"], run["error"]["error_code"]) == ("failed", "REPORT_TOO_SLOW")
    with bank.database.read() as connection:
        assert connection.execute(select(custom_reports.c.attempts, custom_reports.c.retry_at)).one() == (0, None)


def test_one_that_is_not_understood_any_more_says_so_and_stops_no_other(bank: ReportingBank, ada: Customer) -> None:
    bad, good = build(bank, ada, "monthly", name="Bad"), build(bank, ada, "monthly", name="Good")
    with bank.database.write() as connection:
        old = update(custom_reports).where(custom_reports.c.id == bad["id"])
        connection.execute(old.values(definition='{"name": "Bad", "measures": ["mode"]}'))
    move_clock(bank, next_month(bank_day(bank)))
    assert scheduling.run_due(bank.context) == 2
    assert by_schedule(bank, ada, good)[0]["status"] == "succeeded"
    (failed,) = by_schedule(bank, ada, bad)
    assert failed["error"]["error_code"] == "REPORT_UNREADABLE"
    assert ask(bank, ada, "GET", f"/runs/{failed['id']}")["currencies"] == []
    listed = {one["name"]: one for one in ask(bank, ada, "GET")}
    assert listed["Good"]["error"] is None
    assert (listed["Bad"]["error"]["error_code"], listed["Bad"]["measures"]) == ("REPORT_UNREADABLE", [])
    reply = bank.bank.client(services.REPORTING).post(f"{PATH}/{bad['id']}/run", headers=ada.headers)
    assert (reply.status_code, reply.json["error_code"]) == (422, "REPORT_UNREADABLE")
    with bank.database.write() as connection:
        connection.execute(old.values(schedule="hourly", due_at=0))
    assert scheduling.run_due(bank.context) == 0
    assert ask(bank, ada, "GET", f"/{bad['id']}")["next_run_at"] is None
    mended = ask(bank, ada, "PUT", f"/{bad['id']}", {"name": "Mended", "measures": ["sum"]})
    assert (mended["error"], mended["measures"]) == (None, ["sum"])


def test_while_the_audit_trail_stands_still_nothing_is_said_of_the_whole_bank(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bank.database.write() as connection:
        connection.execute(update(users).where(users.c.id == ada.id).values(role="admin"))
    chief = Customer(ada.id, bank.bank.headers("admin", user_id=ada.id), ada.accounts)
    whole, own = build(bank, chief, "monthly", scope="bank"), build(bank, chief, "monthly")
    move_clock(bank, next_month(bank_day(bank)))

    def broken(*_: Any) -> Any:
        raise BrokenTrailError("it was cut")

    client, body = bank.bank.client(services.REPORTING), {"name": "All", "measures": ["sum"], "scope": "bank"}
    before = len(ask(bank, chief, "GET", f"/{whole['id']}/runs"))
    for name in ("check", "add_own"):
        with monkeypatch.context() as standing:
            standing.setattr(bank.context.trail, name, broken)
            for path, sent in (("", body), (f"/{whole['id']}/run", None)):
                assert client.post(PATH + path, json=sent, headers=chief.headers).status_code == 503
            scheduling.run_due(bank.context)
            assert by_schedule(bank, chief, whole) == []
            assert len(by_schedule(bank, chief, own)) == 1, "one's own do not wait"
        wait_is_over(bank)
    assert len(ask(bank, chief, "GET", f"/{whole['id']}/runs")) == before
    assert scheduling.run_due(bank.context) == 1
    assert len(by_schedule(bank, chief, whole)) == 1


def test_figures_of_a_bank_that_began_anew_before_they_were_kept_are_not_kept(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = build(bank, ada, "monthly")
    move_clock(bank, next_month(bank_day(bank)))
    real = running.run

    def then_anew(*arguments: Any, **options: Any) -> Any:
        found = real(*arguments, **options)
        with bank.database.write() as connection:
            connection.execute(
                update(feed_positions)
                .where(feed_positions.c.feed == "journal")
                .values(generation=feed_positions.c.generation + 1)
            )
        return found

    monkeypatch.setattr(running, "run", then_anew)
    client, body = bank.bank.client(services.REPORTING), {"name": "Mine", "measures": ["sum"]}
    for path, sent in (("", body), (f"/{report['id']}/run", None)):
        assert client.post(PATH + path, json=sent, headers=ada.headers).status_code == 503
    assert scheduling.run_due(bank.context) == 0
    assert [one["id"] for one in ask(bank, ada, "GET")] == [report["id"]]
    assert len(ask(bank, ada, "GET", f"/{report['id']}/runs")) == 1
