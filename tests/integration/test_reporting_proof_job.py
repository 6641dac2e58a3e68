"""The proof as a job: begun by a POST, carried out in the background, kept; and read in short transactions."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from reporting_service.models import ProofRun
from reporting_service.proof import chain_walk, consistency_check, projection_proof, proof, proof_runs
from shared import services
from shared.events.feeds import FeedPosition
from shared.identifiers import new_id
from shared.refusals import UNAVAILABLE, Refused
from shared.storage.database import Database
from tests.reporting_bank import ReportingBank, payment, reporting_bank

PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consistency_check, "SETTLING_SECONDS", 0)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path) as opened:
        ada, bob = opened.customer("100.00"), opened.customer("5.00")
        opened.post(*(payment(ada.accounts[0], bob.accounts[0], "1.00") for _ in range(5)))
        opened.follow()
        yield opened


def asked(bank: ReportingBank, method: str, path: str = "/proof") -> Any:
    client = bank.bank.client(services.REPORTING)
    return client.open(f"/api/reports{path}", method=method, headers=bank.bank.headers("admin"))


def finished(bank: ReportingBank, job_id: str) -> Any:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        job = asked(bank, "GET", f"/proof/jobs/{job_id}").json["data"]
        if job["status"] != "running":
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def test_a_proof_is_begun_by_a_post_and_its_result_kept(bank: ReportingBank) -> None:
    assert asked(bank, "GET", "/proof/latest").status_code == 404
    begun = asked(bank, "POST")
    assert begun.status_code == 202
    job = finished(bank, begun.json["data"]["id"])
    assert (job["status"], job["error"]) == ("succeeded", None)
    assert job["result"]["holds"], job["result"]["findings"]
    assert job["started_at"] <= job["finished_at"]
    assert asked(bank, "GET", "/proof/latest").json["data"] == job


def test_one_that_was_waited_for_is_kept_too(bank: ReportingBank) -> None:
    waited_for = asked(bank, "GET").json["data"]
    assert asked(bank, "GET", "/proof/latest").json["data"]["result"] == waited_for


def test_a_second_one_is_refused_while_the_first_is_under_way(bank: ReportingBank) -> None:
    with bank.context.proving:
        for method in ("GET", "POST"):
            reply = asked(bank, method)
            assert (reply.status_code, reply.json["error_code"]) == (409, "PROOF_UNDER_WAY")
    assert asked(bank, "GET", "/proof/latest").status_code == 404


def test_head_proves_nothing(bank: ReportingBank) -> None:
    assert asked(bank, "HEAD").status_code == 200
    assert asked(bank, "GET", "/proof/latest").status_code == 404


@pytest.mark.parametrize(("method", "path"), [("POST", "/proof"), ("GET", "/proof/latest")])
def test_a_proof_is_for_administrators(bank: ReportingBank, method: str, path: str) -> None:
    client = bank.bank.client(services.REPORTING)
    for role in ("customer", "employee"):
        assert client.open(f"/api/reports{path}", method=method, headers=bank.bank.headers(role)).status_code == 403


def test_one_that_cannot_be_finished_says_why_and_the_next_can_begin(
    bank: ReportingBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(*_: object) -> None:
        raise Refused(UNAVAILABLE, "The ledger is away.")

    with monkeypatch.context() as broken:
        broken.setattr(bank.context.clients, "ledger_proof", is_away)
        job = finished(bank, asked(bank, "POST").json["data"]["id"])
    assert (job["status"], job["result"], job["error"]) == ("failed", None, "The ledger is away.")
    assert asked(bank, "GET").json["data"]["holds"]


def test_once_one_is_seen_to_have_ended_the_next_can_begin(bank: ReportingBank) -> None:
    ended: list[str] = []
    under_way_then: list[bool] = []

    def has_ended(_mapper: object, _connection: object, run: ProofRun) -> None:
        ended.append(run.status)

    def is_committed(_connection: Connection) -> None:
        if ended:
            under_way_then.append(bank.context.proving.locked())

    event.listen(ProofRun, "after_update", has_ended)
    event.listen(Engine, "commit", is_committed)
    try:
        asked(bank, "GET")
    finally:
        event.remove(ProofRun, "after_update", has_ended)
        event.remove(Engine, "commit", is_committed)
    assert (ended, under_way_then) == (["succeeded"], [False])


def test_one_that_the_service_died_in_is_failed_once_another_begins(bank: ReportingBank) -> None:
    left = new_id()
    with bank.database.write_session() as session:
        session.add(ProofRun(id=left, status="running", started_by=new_id(), started_at=1))
    asked(bank, "GET")
    assert asked(bank, "GET", f"/proof/jobs/{left}").json["data"]["status"] == "failed"


def test_only_the_newest_are_kept(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_runs, "KEPT", 2)
    for _ in range(4):
        asked(bank, "GET")
    with bank.database.read_session() as session:
        assert session.query(ProofRun).count() == 2


def test_no_read_of_the_proof_lasts_longer_than_a_page(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every transaction that a proof opens on our copy: none is open while another service is asked."""
    monkeypatch.setattr(chain_walk, "ENTRIES_A_PAGE", 2)
    monkeypatch.setattr(projection_proof, "ACCOUNTS_A_PAGE", 1)
    open_reads = threading.local()
    read = Database.read

    @contextmanager
    def counted(database: Database) -> Iterator[Connection]:
        open_reads.count = getattr(open_reads, "count", 0) + (database is bank.database)
        try:
            with read(database) as connection:
                yield connection
        finally:
            open_reads.count -= database is bank.database

    calls: list[int] = []
    ask = type(bank.context.clients)._ask

    def watched(*arguments: Any, **options: Any) -> Any:
        calls.append(getattr(open_reads, "count", 0))
        return ask(*arguments, **options)

    monkeypatch.setattr(Database, "read", counted)
    monkeypatch.setattr(type(bank.context.clients), "_ask", watched)
    assert asked(bank, "GET").json["data"]["holds"]
    assert calls
    assert set(calls) == {0}


def test_money_that_moves_between_the_pages_is_no_finding(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    carol = bank.customer("50.00", "1.00")
    bank.follow()
    walk = chain_walk.walk_chain

    def meanwhile(*arguments: Any) -> Any:
        found = walk(*arguments)
        bank.post(payment(*carol.accounts, "3.00"))
        bank.follow()
        return found

    monkeypatch.setattr(chain_walk, "walk_chain", meanwhile)
    result = bank.report("/proof")
    assert result["holds"], result["findings"]
    assert result["ledger_position"] >= result["as_of_position"]


def test_a_bank_emptied_meanwhile_is_proved_from_the_start_again(
    bank: ReportingBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, seen = chain_walk.start, list[FeedPosition]()

    def once_older(database: Database) -> chain_walk.Start:
        found = start(database)
        seen.append(found.reached)
        if len(seen) > 1:
            return found
        older = FeedPosition(found.reached.position, found.reached.mark, found.reached.generation - 1)
        return replace(found, reached=older)

    monkeypatch.setattr(chain_walk, "start", once_older)
    assert proof.prove(bank.context)["holds"]
    assert len(seen) == 2
