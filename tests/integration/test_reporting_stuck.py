"""A reporting service that cannot take in what happens says so: on its health, and in every answer with figures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from shared import services
from shared.events import feeds
from shared.events.feeds import Row
from shared.identifiers import new_id
from shared.refusals import Refused
from tests.reporting_bank import Customer, ReportingBank, reporting_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    found = bank.customer("100.00")
    bank.follow()
    return found


@pytest.fixture
def stuck(bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    journal = bank.context.consumers["journal"]

    def overflows(_connection: Connection, _rows: list[Row]) -> None:
        raise OverflowError("a sum left 64 bits")

    bank.post({"type": "deposit", "account_id": ada.accounts[0]["id"], "amount": "1.00"})
    with monkeypatch.context() as broken:
        broken.setattr(journal.reader, "_derive", overflows)
        for _ in range(feeds.STUCK_AFTER_FAILURES):
            assert bank.bank.client(services.REPORTING).get("/api/health").status_code == 200
            with pytest.raises(OverflowError):
                journal.pull()
        yield
    bank.follow()
    assert bank.bank.client(services.REPORTING).get("/api/health").status_code == 200
    assert not bank.report("/system")["stale"]


def test_its_health_names_the_feeds(bank: ReportingBank, stuck: None) -> None:
    reply = bank.bank.client(services.REPORTING).get("/api/health")
    assert reply.status_code == 503
    assert reply.json["checks"] == {"database": "healthy", "feeds": "unhealthy", "audit": "healthy", "live": "healthy"}


def test_every_report_says_that_it_is_stale(bank: ReportingBank, ada: Customer, stuck: None) -> None:
    account = f"/account/{ada.accounts[0]['id']}"
    made = bank.report(account, ada.headers)
    for path in (account, "/transactions", f"/details/{made['id']}"):
        assert bank.report(path, ada.headers)["stale"], path
    for path in ("/system", "/balances/total"):
        assert bank.report(path)["stale"], path


def test_what_is_not_there_is_not_found_whatever_the_feed_of_accounts_meets(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account that is not known is looked for in the feed, which anybody can have done by naming none that is."""

    def fails() -> int:
        message = "a word that nobody knows"
        raise ValueError(message)

    monkeypatch.setattr(bank.context.consumers["accounts"], "pull", fails)
    path = f"/api/reports/account/{new_id()}"
    reply = bank.bank.client(services.REPORTING).get(path, headers=ada.headers)
    assert (reply.status_code, reply.json["error_code"]) == (404, "NOT_FOUND")


def test_a_total_that_cannot_be_checked_against_the_newest_journal_does_not_match(
    bank: ReportingBank, stuck: None
) -> None:
    assert not bank.report("/balances/total")["matches"]


def test_a_service_that_is_away_is_no_fault_of_reporting(bank: ReportingBank, ada: Customer, tmp_path: Path) -> None:
    consumer = bank.context.consumers["journal"]
    refusing = pytest.MonkeyPatch()
    refusing.setattr(consumer, "_token", lambda: "no token")
    for _ in range(feeds.STUCK_AFTER_FAILURES):
        with pytest.raises(Exception, match=r"."):
            consumer.pull()
    refusing.undo()
    assert not consumer.is_stuck


def test_a_reader_that_is_refused_does_not_say_that_it_is_up_to_date(bank: ReportingBank, ada: Customer) -> None:
    consumer = bank.context.consumers["journal"]
    refusing = pytest.MonkeyPatch()
    refusing.setattr(consumer, "_token", lambda: "no token")
    with pytest.raises(Refused):
        consumer.pull()
    refusing.undo()
    assert consumer.behind_seconds > 0
    consumer.catch_up()
    assert consumer.behind_seconds == 0
