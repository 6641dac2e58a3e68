"""What falls due is done in order of its time, at that time, before the bank's clock shows a later one."""

import threading
import timeit
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from shared.identifiers import new_id
from shared.time import clock
from tests.bank_processes import wait_until
from tests.holds import CLOCK, advance, figures, hold_of, placed, void
from tests.ledgers import Holder, LedgerUnderTest
from transaction_service.due_work import bank_clock, queue
from transaction_service.due_work.queue import Due
from transaction_service.due_work.worker import MAX_ATTEMPTS
from transaction_service.holds.expiry import expire_holds
from transaction_service.ledger import journal
from transaction_service.models import due_work, holds

pytestmark = pytest.mark.every_database
HANDLER = "hold_expiry"


def _clock(ledger: LedgerUnderTest) -> dict[str, Any]:
    reply = ledger.call("GET", CLOCK, headers=ledger.staff())
    found: dict[str, Any] = reply.json["data"]
    return found


def _simulator(ledger: LedgerUnderTest) -> dict[str, str]:
    return ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")


@pytest.fixture
def ada(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=100_000)


def _handled_by(ledger: LedgerUnderTest, handler: Any) -> None:
    ledger.app.extensions["context"].due_worker._handlers[HANDLER] = handler


def test_work_is_done_in_order_of_its_time_with_the_clock_at_that_time(ledger: LedgerUnderTest, ada: Holder) -> None:
    spans = {placed(ada, "1.00", expires_in={"hours": hours})["id"]: hours for hours in (30, 2, 75, 9, 48)}
    seen: list[tuple[str, int, str]] = []

    def handler(connection: Connection, rows: Sequence[Due]) -> None:
        seen.extend((row.subject_id, row.due_at, _clock(ledger)["bank_time"]) for row in rows)
        expire_holds(connection, rows)

    _handled_by(ledger, handler)
    found = advance(ada, days=10)
    assert (found["target_time"], found["due_work"], found["stopped_work"]) == (None, 0, 0)
    assert [spans[hold_id] for hold_id, _, _ in seen] == sorted(spans.values())
    assert {shown for _, _, shown in seen} == {hold_of(ada, seen[0][0])["expires_at"]}, "it stood at the first of them"
    assert figures(ada)[2] == "0.00"


def test_the_clock_stands_at_what_is_due_and_payments_are_dated_by_it(ledger: LedgerUnderTest, ada: Holder) -> None:
    hold = placed(ada, "1.00", expires_in={"days": 3})
    begun, may_go_on = threading.Event(), threading.Event()

    def slow(connection: Connection, rows: Sequence[Due]) -> None:
        begun.set()
        assert may_go_on.wait(20)
        expire_holds(connection, rows)

    worker = ledger.app.extensions["context"].due_worker
    worker.stop()  # nobody works, so nothing is written but what this test asks for
    reply = ledger.call("POST", CLOCK, {"advance_by": {"days": 30}, "wait_seconds": 0}, headers=_simulator(ledger))
    waiting = reply.json["data"]
    assert (waiting["bank_time"], waiting["due_work"]) == (hold["expires_at"], 1)
    assert datetime.fromisoformat(waiting["target_time"]) > datetime.fromisoformat(hold["expires_at"])
    paid = ada.pay(ledger.open_account(), "5.00").json["data"]
    assert paid["effective_at"] == hold["expires_at"], "later than what has not been done yet it cannot be"
    assert ledger.call("POST", f"/api/transactions/holds/{hold['id']}/capture", {}, headers=ledger.staff()).json[
        "details"
    ] == {"status": "expired"}
    _handled_by(ledger, slow)
    worker._is_stopped = False
    working = threading.Thread(target=worker.work_off)
    working.start()
    assert begun.wait(20)
    assert _clock(ledger)["bank_time"] == hold["expires_at"], "reading goes on"
    may_go_on.set()
    working.join(20)
    after = _clock(ledger)
    assert (after["target_time"], after["due_work"]) == (None, 0)
    assert after["bank_time"] >= waiting["target_time"]
    assert hold_of(ada, hold["id"])["ended_at"] == hold["expires_at"]


def test_moving_the_clock_on_its_way_counts_from_where_it_goes(ledger: LedgerUnderTest, ada: Holder) -> None:
    placed(ada, "1.00", expires_in={"days": 3})
    ledger.app.extensions["context"].due_worker.stop()
    span = {"advance_by": {"days": 10}, "wait_seconds": 0}
    first = ledger.call("POST", CLOCK, span, headers=_simulator(ledger)).json["data"]
    second = ledger.call("POST", CLOCK, span, headers=_simulator(ledger)).json["data"]
    between = datetime.fromisoformat(second["target_time"]) - datetime.fromisoformat(first["target_time"])
    assert between.days == 10
    to = {"advance_to": first["target_time"], "wait_seconds": 0}
    assert ledger.call("POST", CLOCK, to, headers=_simulator(ledger)).json["data"]["target_time"] is not None
    past = ledger.call("POST", CLOCK, {"advance_to": "2020-01-01T00:00:00Z"}, headers=_simulator(ledger))
    assert past.json["error_code"] == "CLOCK_BACKWARDS"
    ledger.app.extensions["context"].due_worker._is_stopped = False
    ledger.app.extensions["context"].due_worker.work_off()


def test_a_day_to_go_to_begins_in_the_banks_own_zone(ledger: LedgerUnderTest) -> None:
    day = datetime.fromisoformat(_clock(ledger)["bank_time"]).date() + timedelta(days=40)
    moved = ledger.call("POST", CLOCK, {"advance_to": day.isoformat()}, headers=_simulator(ledger)).json["data"]
    begins = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Berlin"))
    assert timedelta() <= datetime.fromisoformat(moved["bank_time"]) - begins < timedelta(minutes=5)
    for nonsense in ("2026-02-30", "tomorrow", "2027-01-31T10:00", 1_800_000_000, "9999-01-01"):
        refused = ledger.call("POST", CLOCK, {"advance_to": nonsense}, headers=_simulator(ledger))
        assert (refused.status_code, list(refused.json["details"]["fields"])) == (422, ["advance_to"]), nonsense


def test_work_that_fails_is_tried_again_then_set_aside_and_the_rest_goes_on(
    ledger: LedgerUnderTest, ada: Holder
) -> None:
    bad = placed(ada, "1.00", expires_in={"hours": 2})["id"]
    others = [placed(ada, "1.00", expires_in={"hours": hours})["id"] for hours in (1, 3, 4)]
    attempts = []

    def handler(connection: Connection, rows: Sequence[Due]) -> None:
        expire_holds(connection, rows)
        if bad in [row.subject_id for row in rows]:
            attempts.append(len(rows))
            raise ZeroDivisionError

    _handled_by(ledger, handler)
    found = advance(ada, days=1)
    assert (found["target_time"], found["stopped_work"]) == (None, 1)
    assert attempts[0] == 4
    assert attempts.count(1) == MAX_ATTEMPTS, "alone it was tried as often, and not again"
    assert [hold_of(ada, hold_id)["status"] for hold_id in others] == ["expired"] * 3
    assert hold_of(ada, bad)["status"] == "pending"
    health = ledger.app.test_client().get("/api/health").json
    assert (health["status"], health["checks"]["due_work"]) == ("unhealthy", "unhealthy")
    (listed,) = ledger.call("GET", f"{CLOCK}/due", headers=ledger.staff()).json["data"]
    assert (listed["id"], listed["kind"], listed["stopped_because"]) == (bad, "hold_expiry", "ZeroDivisionError")
    assert (listed["account_id"], listed["amount"]) == (ada.account_id, "1.00")
    later = placed(ada, "2.00")["id"]
    for asked, ids in (("true", [bad]), ("false", [later])):
        found = ledger.call("GET", f"{CLOCK}/due?stopped={asked}", headers=ledger.staff()).json["data"]
        assert [row["id"] for row in found] == ids, asked
    _handled_by(ledger, expire_holds)
    assert ledger.call("POST", f"{CLOCK}/due/retry", headers=ledger.staff()).status_code == 403
    assert ledger.call("POST", f"{CLOCK}/due/retry", headers=ledger.staff("admin")).status_code == 200
    ledger.app.extensions["context"].due_worker.work_off()
    assert hold_of(ada, bad)["status"] == "expired"
    assert _clock(ledger)["stopped_work"] == 0


def test_what_falls_due_is_listed_earliest_first(ledger: LedgerUnderTest, ada: Holder) -> None:
    spans = (30, 2, 75)
    holds = {hours: placed(ada, "1.00", description=f"{hours}", expires_in={"hours": hours}) for hours in spans}
    path = f"{CLOCK}/due"
    listed = ledger.call("GET", path, headers=ledger.staff()).json["data"]
    assert [row["id"] for row in listed] == [holds[hours]["id"] for hours in sorted(spans)]
    assert [row["due_at"] for row in listed] == [holds[hours]["expires_at"] for hours in sorted(spans)]
    first = ledger.call("GET", f"{path}?limit=2", headers=ledger.staff()).json
    rest = ledger.call("GET", f"{path}?limit=2&cursor={first['next_cursor']}", headers=ledger.staff()).json
    assert [*first["data"], *rest["data"]] == listed
    assert ledger.call("GET", path, headers=ada.headers).status_code == 403
    assert ledger.call("GET", path, headers=_simulator(ledger)).status_code == 403, "it shows real customers' money"


def test_what_will_fall_due_on_ones_accounts_is_listed_for_oneself_alone(ledger: LedgerUnderTest, ada: Holder) -> None:
    savings = ledger.open_account(ada.owner_id, deposit_minor=10_000)
    other = ledger.open_account(deposit_minor=10_000)
    first, second, third = (placed(ada, f"{days}.00", expires_in={"days": days})["id"] for days in (2, 1, 9))
    in_savings = placed(savings, "4.00", description="Hotel", expires_in={"days": 4})
    theirs = placed(other, "5.00")["id"]

    def upcoming(query: str = "", account: Holder = ada) -> Any:
        return ledger.call("GET", f"/api/transactions/upcoming{query}", headers=account.headers).json

    listed = upcoming()["data"]
    assert [row["id"] for row in listed] == [second, first, in_savings["id"], third]
    assert (listed[2]["account_id"], listed[2]["amount"], listed[2]["description"]) == (
        savings.account_id,
        "4.00",
        "Hotel",
    )
    assert upcoming(f"?account_id={savings.account_id}")["data"] == [listed[2]]
    assert upcoming(f"?until={in_savings['expires_at']}")["data"] == listed[:2]
    page = upcoming("?limit=3")
    assert [*page["data"], *upcoming(f"?limit=3&cursor={page['next_cursor']}")["data"]] == listed
    assert upcoming(f"?after={first}")["data"] == listed[2:]
    assert upcoming(f"?after={theirs}")["error_code"] == "VALIDATION_ERROR", "nobody learns what others wait for"
    assert [row["id"] for row in upcoming(account=other)["data"]] == [theirs]


def test_work_that_comes_up_on_the_way_goes_before_what_is_later(ledger: LedgerUnderTest, ada: Holder) -> None:
    begins, later, ends = (placed(ada, "1.00", expires_in={"hours": hours}) for hours in (1, 2, 3))
    done: list[str] = []

    def one_at_a_time(connection: Connection, rows: Sequence[Due]) -> None:
        expire_holds(connection, rows[:1])
        done.append(rows[0].subject_id)
        if rows[0].subject_id == begins["id"]:
            queue.schedule(connection, "echo", [(begins["id"], rows[0].due_at + 1)])
            queue.cancel(connection, HANDLER, [later["id"]])
            queue.schedule(connection, "echo", [(later["id"], rows[1].due_at)])

    def echo(connection: Connection, rows: Sequence[Due]) -> None:
        queue.cancel(connection, "echo", [row.subject_id for row in rows])
        for row in rows:
            done.append(f"echo {row.subject_id}")
            if row.subject_id == later["id"]:
                queue.schedule(connection, HANDLER, [(later["id"], row.due_at)])

    _handled_by(ledger, one_at_a_time)
    ledger.app.extensions["context"].due_worker._handlers["echo"] = echo
    advance(ada, days=1)
    ids = [begins["id"], later["id"], ends["id"]]
    assert done == [ids[0], f"echo {ids[0]}", f"echo {ids[1]}", ids[1], ids[2]]


def test_work_that_concerns_no_account_is_listed_as_well(ledger: LedgerUnderTest, ada: Holder) -> None:
    database = ledger.app.extensions["context"].database
    with database.write() as connection:
        queue.schedule(connection, HANDLER, [(new_id(), clock.now_us() + bank_clock.MAX_OFFSET_US)])
    (row,) = ledger.call("GET", f"{CLOCK}/due", headers=ledger.staff()).json["data"]
    assert (row["kind"], row["account_id"], row["amount"], row["currency"]) == (HANDLER, None, None, None)
    assert ledger.call("GET", "/api/transactions/upcoming", headers=ada.headers).json["data"] == []
    with database.write() as connection:
        connection.execute(delete(due_work))


def test_a_hold_without_its_work_is_found_by_the_proof(ledger: LedgerUnderTest, ada: Holder) -> None:
    database = ledger.app.extensions["context"].database
    hold = placed(ada, "1.00")
    with database.read() as connection:
        (row,) = connection.execute(select(due_work)).all()
    with database.write() as connection:
        connection.execute(update(due_work).values(due_at=row.due_at - 1))
    proof = ledger.call("GET", "/internal/ledger/proof", headers=ledger.service).json["data"]
    assert [finding["record"] for finding in proof["findings"]] == [hold["id"]]
    with database.write() as connection:
        connection.execute(update(due_work).values(due_at=row.due_at))
        connection.execute(update(holds).values(amount_minor=99))
    proof = ledger.call("GET", "/internal/ledger/proof", headers=ledger.service).json["data"]
    assert [finding["detail"] for finding in proof["findings"]] == ["holds 100 of 99 minor units"]
    with database.write() as connection:
        connection.execute(update(holds).values(amount_minor=100))


def test_a_reset_forgets_what_was_set_aside(ledger: LedgerUnderTest, ada: Holder) -> None:
    def handler(_connection: Connection, _rows: Sequence[Due]) -> None:
        raise ZeroDivisionError

    placed(ada, "1.00", expires_in={"hours": 2})
    _handled_by(ledger, handler)
    assert advance(ada, days=1)["stopped_work"] == 1
    client = ledger.app.test_client()
    assert client.get("/api/health").json["checks"]["due_work"] == "unhealthy"
    assert ledger.call("POST", "/internal/reset", headers=ledger.service).status_code == 200
    wait_until(lambda: client.get("/api/health").json["checks"]["due_work"] == "healthy", 60)


def test_nothing_is_done_at_a_time_that_nobody_confirmed_and_at_once_when_somebody_has(
    ledger: LedgerUnderTest, ada: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine_clock = ledger.app.extensions["context"].machine_clock
    hold = placed(ada, "1.00", expires_in={"hours": 1})
    ahead_us = 2 * 3600 * clock.MICROSECONDS
    true_time = machine_clock._now
    monkeypatch.setattr(machine_clock, "_now", lambda: true_time() + ahead_us)
    assert hold_of(ada, hold["id"])["status"] == "pending"
    said = {"machine_time": clock.to_wire(machine_clock._now())}
    assert ledger.call("POST", f"{CLOCK}/confirm", said, headers=ledger.staff("admin")).status_code == 200
    wait_until(lambda: hold_of(ada, hold["id"])["status"] == "expired", 60)


def test_a_failure_is_noted_on_no_other_work_than_that_which_failed(ledger: LedgerUnderTest, ada: Holder) -> None:
    database = ledger.app.extensions["context"].database
    gone = placed(ada, "1.00")
    with database.read() as connection:
        (failed,) = queue.due(connection, clock.now_us() + bank_clock.MAX_OFFSET_US, 1)
    assert void(ada, gone["id"]).status_code == 200
    placed(ada, "1.00")  # SQLite gives its work the same key
    with database.write() as connection:
        queue.note_failure(connection, failed, stopped_at=clock.now_us(), because="ZeroDivisionError")
        assert queue.count_stopped(connection) == 0


def test_work_that_is_far_away_costs_nothing_now(ledger: LedgerUnderTest, ada: Holder) -> None:
    database = ledger.app.extensions["context"].database

    def fastest(read: Callable[[Connection], object]) -> float:
        with database.read() as connection:
            return min(timeit.repeat(lambda: read(connection), number=1, repeat=30))

    before = [fastest(read) for read in (journal.state, queue.count_stopped)]
    due_at = clock.now_us() + bank_clock.MAX_OFFSET_US
    rows = [{"kind": "far", "subject_id": new_id(), "due_at": due_at, "attempts": 0} for _ in range(30_000)]
    with database.write() as connection:
        for start in range(0, len(rows), 1_000):
            connection.execute(insert(due_work), rows[start : start + 1_000])
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE due_work")  # as it does by itself, a minute later
    after = [fastest(read) for read in (journal.state, queue.count_stopped)]
    assert all(late < early * 4 for early, late in zip(before, after, strict=True)), (before, after)
    assert ada.deposit("1.00").status_code == 201
    with database.write() as connection:
        connection.execute(delete(due_work))
