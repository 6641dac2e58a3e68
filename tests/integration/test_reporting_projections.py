"""The projections: each row of a feed takes effect once, whatever dies, and starting again gives the same."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reporting_service import rebuild
from reporting_service.projections import journal_projection
from shared import services
from shared.events.feeds import FeedPosition, FeedReader
from shared.identifiers import new_id
from shared.storage.migrations import migrate
from tests.reporting_bank import ReportingBank, payment, reporting_bank

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path) as opened:
        yield opened


def some_life(bank: ReportingBank) -> None:
    """Two customers, payments now and long ago, a frozen account, a new name."""
    ada, bob = bank.customer("500.00", "20.00"), bank.customer("80.00")
    bank.post(
        payment(ada.accounts[0], bob.accounts[0], "12.34", category="rent"),
        payment(ada.accounts[0], ada.accounts[1], "5.00", effective_at="2025-02-28T23:59:59Z"),
        {"type": "fee", "account_id": bob.accounts[0]["id"], "amount": "1.00"},
    )
    staff = bank.bank.headers("employee")
    account = bob.accounts[0]["id"]
    frozen = bank.bank.client(services.ACCOUNT).post(
        f"/api/accounts/{account}/freeze", json={"reason": "asked"}, headers=staff
    )
    assert frozen.status_code == 200
    renamed = bank.bank.client(services.AUTH).put(
        "/api/auth/update_profile", json={"full_name": "Ada King"}, headers=ada.headers
    )
    assert renamed.status_code == 200


def test_rebuilt_projections_equal_the_incremental_ones(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    for consumer in bank.context.consumers.values():
        monkeypatch.setattr(consumer, "_page_size", 3)
    for _ in range(3):
        some_life(bank)
        bank.follow()
    incremental = bank.projections()
    assert incremental["entries"]
    assert incremental["accounts"]
    monkeypatch.undo()
    rebuild.rebuild(bank.database, bank.context.consumers)
    assert bank.projections() == incremental
    assert bank.report("/proof")["holds"]


def test_a_page_that_comes_twice_takes_effect_once(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    some_life(bank)
    pages = []
    journal = bank.context.consumers["journal"].reader
    take_in = journal.take_in
    with monkeypatch.context() as recorded:
        recorded.setattr(journal, "take_in", lambda *page: (pages.append(page), take_in(*page))[1])
        bank.follow()
    before = bank.projections()
    for page in pages:
        take_in(*page)
    assert bank.projections() == before


def after_another_began_anew(reader: FeedReader) -> Callable[..., FeedPosition]:
    """Taking a page in, just after another process has dropped what was derived."""
    take_in = reader.take_in

    def dropped_first(asked_at: FeedPosition, rows: list[dict[str, object]], head: int) -> FeedPosition:
        reader.begin_anew()
        return take_in(asked_at, rows, head)

    return dropped_first


def test_a_page_asked_for_before_everything_was_dropped_leaves_no_hole(
    bank: ReportingBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_life(bank)
    bank.follow()
    some_life(bank)
    for consumer in bank.context.consumers.values():
        with monkeypatch.context() as interleaved:
            interleaved.setattr(consumer.reader, "take_in", after_another_began_anew(consumer.reader))
            consumer.pull()
    left = bank.projections()
    assert [left[name] for name in ("entries", "legs", "balances", "volumes", "accounts", "users")] == [[]] * 6
    bank.follow()
    incremental = bank.projections()
    rebuild.rebuild(bank.database, bank.context.consumers)
    assert bank.projections() == incremental
    assert bank.report("/proof")["holds"]


CRASH = """
import json, os, sys
from reporting_service.projections import journal_projection
from shared.storage.database import Database
reader = journal_projection.reader(Database.at(sys.argv[1]))
reader.store = lambda *_: os._exit(9)
page = json.load(open(sys.argv[2]))
reader.take_in(reader.position(), page["data"], page["head"])
"""


def test_a_consumer_killed_between_effect_and_position_leaves_reports_equal_to_the_ledger(
    bank: ReportingBank, tmp_path: Path
) -> None:
    some_life(bank)
    bank.follow()
    before = bank.projections()
    some_life(bank)
    rows = tmp_path / "rows.json"
    reader = bank.bank.headers("service", user_id="reporting-service", scope="feed:read")
    rows.write_text(bank.bank.client(services.TRANSACTION).get("/internal/journal", headers=reader).text)
    url = str(bank.database.engine.url)
    killed = subprocess.run(
        [sys.executable, "-c", CRASH, url, str(rows)], cwd=ROOT, env=os.environ, check=False, timeout=60
    )
    assert killed.returncode == 9
    assert bank.projections() == before
    bank.follow()
    assert bank.projections()["entries"] != before["entries"]
    proof = bank.report("/proof")
    assert proof["findings"] == []
    assert proof["as_of_position"] == proof["ledger_position"]


def test_an_effect_without_its_position_is_undone(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    some_life(bank)
    before = bank.projections()

    def fails(*_: object) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(FeedReader, "store", fails)
        for consumer in bank.context.consumers.values():
            with pytest.raises(OSError, match="the disk is gone"):
                consumer.pull()
    assert bank.projections() == before
    bank.follow()
    assert bank.report("/proof")["holds"]


def test_a_database_from_before_days_were_kept_derives_its_journal_again(bank: ReportingBank) -> None:
    some_life(bank)
    bank.follow()
    before = bank.projections()
    bank.wind_back(services.REPORTING, "0001")
    migrate(bank.database, "reporting_service")
    bank.context.trail.anchor.file.unlink()  # as in a bank that had no trail yet
    bank.context.trail.begin()
    journal_projection.keep_calendar(bank.database)
    after_it = bank.projections()
    assert (after_it["entries"], after_it["users"]) == ([], [])
    bank.follow()
    assert bank.projections() == before


def test_what_was_exchanged_is_in_reports_and_under_the_proof(bank: ReportingBank) -> None:
    ledger, service = bank.bank.client(services.TRANSACTION), bank.bank.headers("service", scope="ledger:accounts")
    rates = {"source": "a test", "margin_bp": 50, "per_euro": {"USD": "1.0887"}}
    assert ledger.put("/internal/ledger/exchange-rates/2026-01-05", json=rates, headers=service).status_code == 200
    ada, bob = bank.customer("500.00"), bank.customer()
    wanted = {"user_id": bob.id, "account_type": "checking", "currency": "USD", "idempotency_key": new_id()}
    (opened,) = bank.simulate(services.ACCOUNT, "/api/accounts/batch", {"accounts": [wanted]})
    (paid,) = bank.post(payment(ada.accounts[0], opened["account"], "100.00", end_to_end_id="TRIP-1"))
    bank.follow()
    for account, headers in ((ada.accounts[0], ada.headers), (opened["account"], bob.headers)):
        row = bank.report(f"/account/{account['id']}", headers)["history"][0]
        assert (row["exchange"], row["end_to_end_id"]) == (paid["exchange"], "TRIP-1")
    assert row["amount"] == paid["exchange"]["target_amount"]
    assert [each["exchange"] for each in bank.report("/transactions", ada.headers)["transactions"]] == [
        paid["exchange"],
        None,
    ]
    derived = bank.projections()
    rebuild.rebuild(bank.database, bank.context.consumers)
    assert bank.projections() == derived
    assert bank.report("/proof")["holds"]
    for wrong in ("UPDATE exchanges SET target_minor = 1", "DELETE FROM exchanges"):
        with bank.altered(services.REPORTING, wrong):
            (found,) = bank.report("/proof")["findings"]
            assert (found["record"], found["check"]) == (paid["id"], "reports equal ledger")


def reset(bank: ReportingBank) -> None:
    for service in (services.TRANSACTION, services.ACCOUNT, services.AUTH, services.NOTIFICATION):
        bank.simulate(service, "/internal/reset", {})


def test_a_bank_that_was_emptied_is_emptied_here_too(bank: ReportingBank) -> None:
    ada = bank.customer("500.00")
    bank.follow()
    bank.report(f"/account/{ada.accounts[0]['id']}", ada.headers)
    reset(bank)
    bank.follow()
    left = bank.projections()
    assert [left[name] for name in ("entries", "legs", "balances", "volumes", "accounts")] == [[]] * 5
    assert {row[4] for row in left["users"]} <= {"admin", "employee"}
    assert bank.report("/list", ada.headers) == []


def test_another_journal_just_as_long_is_noticed(bank: ReportingBank) -> None:
    bank.customer("500.00", "3.00")
    bank.follow()
    reset(bank)
    bob = bank.customer("80.00", "9.00", "1.00")
    bank.follow()
    balances = {row[0]: row[3] for row in bank.projections()["balances"] if row[1] == bob.id}
    assert sorted(balances.values()) == [100, 900, 8000]
    assert journal_projection.position(bank.database) == 3
    assert bank.report("/proof")["holds"]


def test_an_idle_feed_writes_nothing(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    some_life(bank)
    bank.follow()

    def writes(*_: object) -> None:
        raise AssertionError("an idle bank has nothing to write")

    before = bank.projections()
    monkeypatch.setattr(bank.database, "write", writes)
    bank.follow()
    assert bank.projections() == before
