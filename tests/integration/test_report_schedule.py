"""Reports that are run by themselves: each month or week once, whatever dies, and the last of several at once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from reporting_service.context import ReportingContext
from reporting_service.custom import reports, repository, running, scheduling
from reporting_service.models import custom_reports, db, users
from reporting_service.settled import SettledTime
from shared.storage.database import Database
from shared.time.business_days import day_end_us, month_name, whole_month
from tests.reporting_bank import Customer, ReportingBank, payment
from tests.scheduled_reports import (
    ask,
    bank_at_noon,
    bank_day,
    build,
    by_schedule,
    forget_reports,
    move_clock,
    next_month,
    pay,
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


def test_a_month_is_reported_once_when_it_has_ended(bank: ReportingBank, ada: Customer) -> None:
    report, today = build(bank, ada, "monthly"), bank_day(bank)
    assert datetime.fromisoformat(report["next_run_at"]).timestamp() * 10**6 == day_end_us(whole_month(today)[1])
    pay(bank, ada, today, "12.00")
    assert scheduling.run_due(bank.context) == 0
    move_clock(bank, next_month(today))
    pay(bank, ada, next_month(today), "99.00")
    assert scheduling.run_due(bank.context) == 1
    assert scheduling.run_due(bank.context) == 0
    (run,) = by_schedule(bank, ada, report)
    first, last = whole_month(today)
    assert (run["period"], run["skipped_periods"]) == (month_name(today), 0)
    assert (run["from"], run["to"], run["status"]) == (first.isoformat(), last.isoformat(), "succeeded")
    said = ask(bank, ada, "GET", f"/runs/{run['id']}")
    assert said["currencies"][0]["totals"] == {"count": 1, "sum": "12.00"}


def test_a_clock_that_jumps_a_year_brings_the_last_month_which_says_how_many_were_passed_over(
    bank: ReportingBank, ada: Customer
) -> None:
    monthly, weekly = build(bank, ada, "monthly"), build(bank, ada, "weekly")
    today = bank_day(bank)
    later = date(today.year + 1, today.month, 20)
    move_clock(bank, later)
    assert scheduling.run_due(bank.context) == 2
    (run,) = by_schedule(bank, ada, monthly)
    before = later.replace(day=1) - timedelta(days=1)
    assert (run["period"], run["to"], run["skipped_periods"]) == (month_name(before), before.isoformat(), 11)
    (week,) = by_schedule(bank, ada, weekly)
    sunday = later - timedelta(days=later.isoweekday())
    assert week["to"] == sunday.isoformat()
    assert week["skipped_periods"] >= 50
    move_clock(bank, next_month(later))
    scheduling.run_due(bank.context)
    assert [one["skipped_periods"] for one in by_schedule(bank, ada, monthly)] == [0, 11]


def test_what_is_booked_but_not_read_yet_keeps_a_month_waiting(bank: ReportingBank, ada: Customer) -> None:
    build(bank, ada, "monthly")
    today = bank_day(bank)
    move_clock(bank, next_month(today))
    withdrawal = {"type": "withdrawal", "account_id": ada.accounts[0]["id"], "amount": "1.00"}
    bank.post({**withdrawal, "effective_at": f"{today}T08:00:00Z"})
    assert scheduling.run_due(bank.context) == 0
    bank.follow()
    assert scheduling.run_due(bank.context) == 1


def test_whatever_dies_before_the_commit_is_done_again_and_once(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = build(bank, ada, "monthly")
    move_clock(bank, next_month(bank_day(bank)))

    class KilledError(BaseException):
        """As a signal that nobody can catch."""

    def dies(*_: Any, **__: Any) -> None:
        raise KilledError

    for place, name in ((running, "run"), (reports, "keep_run"), (reports, "write_down")):
        with monkeypatch.context() as killed:
            killed.setattr(place, name, dies)
            with pytest.raises(KilledError):
                scheduling.run_due(bank.context)
        assert by_schedule(bank, ada, report) == []
    assert scheduling.run_due(bank.context) == 1
    assert len(by_schedule(bank, ada, report)) == 1


def test_several_processes_run_each_month_once(bank: ReportingBank, ada: Customer) -> None:
    made = [build(bank, ada, "monthly") for _ in range(4)]
    move_clock(bank, next_month(bank_day(bank)))
    url = bank.database.engine.url
    processes = [replace(bank.context, database=Database.at(url, db), settled=SettledTime()) for _ in range(3)]
    begin = threading.Barrier(len(processes))
    done: list[int] = []

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
    assert sum(done) == len(made)
    assert [len(by_schedule(bank, ada, one)) for one in made] == [1] * len(made)


def test_a_bank_in_which_something_always_moves_is_reported_too(bank: ReportingBank, ada: Customer) -> None:
    report, today = build(bank, ada, "monthly"), bank_day(bank)
    move_clock(bank, next_month(today))
    withdrawal = {"type": "withdrawal", "account_id": ada.accounts[0]["id"], "amount": "1.00"}
    bank.post({**withdrawal, "effective_at": f"{today}T08:00:00Z"})
    assert scheduling.run_due(bank.context) == 0
    bank.follow()
    bank.post(withdrawal)
    assert scheduling.run_due(bank.context) == 1, "our copy has all that there was when the ledger told its time"
    (run,) = by_schedule(bank, ada, report)
    assert run["movements"] == 1


def test_catching_up_ends_though_the_feed_never_does(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = bank.context.consumers["journal"]
    withdrawal = {"type": "withdrawal", "account_id": ada.accounts[0]["id"], "amount": "0.01"}
    bank.post(withdrawal, withdrawal, withdrawal)
    real, pulled = journal.pull, []

    def pull() -> int:
        assert len(pulled) < 5, "it runs after what comes meanwhile"
        bank.post(withdrawal, withdrawal)
        pulled.append(real())
        return pulled[-1]

    with monkeypatch.context() as busy:
        busy.setattr(journal, "_page_size", 2)
        busy.setattr(journal, "pull", pull)
        journal.catch_up()
    assert sum(pulled) == 5, "three, and the two that came before the first page told where the end was"
    bank.follow()


def test_who_may_not_read_it_now_gets_none_and_the_last_one_when_they_may(bank: ReportingBank, ada: Customer) -> None:
    report = build(bank, ada, "monthly")
    today = bank_day(bank)
    set_status(bank, ada, "disabled")
    move_clock(bank, next_month(today))
    assert scheduling.run_due(bank.context) == 0
    set_status(bank, ada, "active")
    assert scheduling.run_due(bank.context) == 1
    assert len(by_schedule(bank, ada, report)) == 1


def set_status(bank: ReportingBank, who: Customer, status: str) -> None:
    with bank.database.write() as connection:
        connection.execute(update(users).where(users.c.id == who.id).values(status=status))


def test_a_schedule_that_is_changed_begins_with_what_it_is_now(bank: ReportingBank, ada: Customer) -> None:
    report = build(bank, ada, None)
    assert report["next_run_at"] is None
    with bank.database.read_session() as session:
        assert not repository.anything_scheduled(session)
    body = {"name": "What went out", "measures": ["sum"], "schedule": "weekly"}
    weekly = ask(bank, ada, "PUT", f"/{report['id']}", body)
    same = ask(bank, ada, "PUT", f"/{report['id']}", {**body, "measures": ["max"]})
    assert weekly["next_run_at"] == same["next_run_at"] is not None
    ended = ask(bank, ada, "PUT", f"/{report['id']}", {**body, "schedule": None})
    assert ended["next_run_at"] is None
    move_clock(bank, bank_day(bank) + timedelta(days=10))
    assert scheduling.run_due(bank.context) == 0


def test_a_report_that_is_deleted_while_it_is_counted_leaves_nothing(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = build(bank, ada, "monthly")
    move_clock(bank, next_month(bank_day(bank)))
    real = running.run

    def meanwhile(*arguments: Any, **options: Any) -> Any:
        ask(bank, ada, "DELETE", f"/{report['id']}")
        return real(*arguments, **options)

    monkeypatch.setattr(running, "run", meanwhile)
    assert scheduling.run_due(bank.context) == 0
    with bank.database.read() as connection:
        assert connection.execute(select(custom_reports)).all() == []


def test_a_bank_that_is_reset_forgets_what_was_built(bank: ReportingBank, ada: Customer) -> None:
    build(bank, ada, "monthly")
    bank.context.consumers["journal"].reader.begin_anew()
    assert ask(bank, ada, "GET") == []
    bank.follow()


def test_money_to_and_from_others_counts_in_its_month(bank: ReportingBank, ada: Customer) -> None:
    report, other = build(bank, ada, "monthly"), bank.customer("10.00")
    today = bank_day(bank)
    bank.post(payment(ada.accounts[0], other.accounts[0], "7.77", effective_at=f"{today}T00:30:00Z"))
    bank.follow()
    move_clock(bank, next_month(today))
    scheduling.run_due(bank.context)
    (run,) = by_schedule(bank, ada, report)
    assert run["movements"] == 1
