"""What the ledger answers when its storage is held, breaks off or is slow, and what then happened to money."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from shared.identifiers import new_id
from shared.refusals import UNAVAILABLE, Refused
from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.deadlines import answer_wanted_in
from tests.ledgers import Holder, LedgerUnderTest, open_ledger
from tests.oracle import in_sql
from transaction_service.due_work import machine_clock
from transaction_service.ledger import commit_queue, movements

DEADLINE_SECONDS = 2.0


@contextmanager
def an_outside_writer(ledger: LedgerUnderTest) -> Iterator[None]:
    """Another process' transaction that does not end."""
    connection = sqlite3.connect(ledger.path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def pay(ada: Holder, bob: Holder, amount: str, seconds: float | None = None, key: str | None = None) -> TestResponse:
    headers = ada.headers if seconds is None else {**ada.headers, **answer_wanted_in(seconds)}
    payload = {"from_account_id": ada.account_id, "to_account_id": bob.account_id, "amount": amount}
    return ada.ledger.call("POST", "/api/transactions/transfer", payload, headers=headers, key=key)


def test_a_group_beside_an_outside_writer_hears_503_within_its_deadline_all_at_once(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    with an_outside_writer(ledger), ThreadPoolExecutor(4) as pool:
        began = time.monotonic()
        replies = list(pool.map(lambda _: pay(ada, bob, "1.00", DEADLINE_SECONDS), range(4)))
        waited = time.monotonic() - began
    assert Counter(reply.status_code for reply in replies) == {503: 4}
    assert {reply.headers["Retry-After"] for reply in replies} == {"1"}
    assert waited < DEADLINE_SECONDS + 0.5
    assert ada.balance_minor == 10_000
    assert pay(ada, bob, "1.00").status_code == 201


def test_a_transfer_that_had_not_begun_at_its_clients_deadline_is_never_begun(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    is_held, release = threading.Event(), threading.Event()
    post = movements.post

    def slow(*args: Any, **kwargs: Any) -> Any:
        is_held.set()
        release.wait(10)
        return post(*args, **kwargs)

    monkeypatch.setattr(commit_queue, "post", slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(pay, ada, bob, "1.00")
        assert is_held.wait(5)
        late = pool.submit(pay, ada, bob, "2.00", 0.5)
        reply = late.result()
        assert (reply.status_code, reply.json["error_code"]) == (504, "DEADLINE_EXCEEDED")
        assert "nothing was done" in reply.json["message"]
        release.set()
        assert first.result().status_code == 201
    assert pay(ada, bob, "4.00").status_code == 201
    assert bob.balance_minor == 500


@contextmanager
def a_commit_whose_answer_is_lost(
    ledger: LedgerUnderTest, cause: str = "server closed the connection"
) -> Iterator[None]:
    """The first commit of money takes effect, and then this is all that is heard of it.

    What falls due is committed by a thread of its own, and is not meant.
    """
    database = ledger.app.extensions["context"].database
    commits: list[int] = []

    def count_entries(connection: Any) -> int:
        return int(connection.exec_driver_sql("SELECT COUNT(*) FROM entries").scalar_one())

    with database.read() as connection:
        before = count_entries(connection)

    def commit_and_lose_the_answer(connection: Any) -> None:
        if count_entries(connection) == before:
            return
        commits.append(1)
        if len(commits) == 1:
            connection.connection.driver_connection.commit()
            statement = "COMMIT"
            raise OperationalError(statement, {}, sqlite3.OperationalError(cause))

    event.listen(database.engine, "commit", commit_and_lose_the_answer)
    try:
        yield
    finally:
        event.remove(database.engine, "commit", commit_and_lose_the_answer)
    assert commits


@pytest.mark.parametrize("cause", ["server closed the connection", "disk I/O error"])
def test_orders_are_not_booked_again_when_the_connection_breaks_off_in_the_commit(
    ledger: LedgerUnderTest, cause: str
) -> None:
    """The commit took effect; only its answer was lost. Without a key nobody can tell, so nothing is tried again."""
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    with a_commit_whose_answer_is_lost(ledger, cause), ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: pay(ada, bob, "1.00"), range(4)))
    statuses = Counter(reply.status_code for reply in replies)
    assert set(statuses) <= {201, 503}
    assert bob.balance_minor == 400, "each of the four orders once, whether its answer was lost or not"
    unsure = [reply for reply in replies if reply.status_code == 503]
    assert unsure
    assert all("outcome is unknown" in reply.json["message"] for reply in unsure)
    assert all(reply.json["details"]["outcome"] == "unknown" for reply in unsure), "what clients go by"


def deposits(ada: Holder, number: int) -> list[dict[str, str]]:
    item = {"type": "deposit", "account_id": ada.account_id, "amount": "1.00"}
    return [{**item, "idempotency_key": f"deposit-{place}"} for place in range(number)]


def test_an_atomic_batch_whose_commit_broke_off_is_not_said_to_be_undone(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account()
    batch = {"items": deposits(ada, 3), "atomic": True}
    with a_commit_whose_answer_is_lost(ledger):
        reply = ledger.call("POST", "/api/transactions/batch", batch, headers=ada.headers)
    assert (reply.status_code, reply.json["details"]["outcome"]) == (503, "unknown")
    again = ledger.call("POST", "/api/transactions/batch", batch, headers=ada.headers)
    assert {result["status"] for result in again.json["data"]} == {"replayed"}
    assert ada.balance_minor == 300


def test_a_batch_done_in_part_is_not_said_to_be_undone(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_queue, "MAX_ORDERS_ALONE", 2)
    ada = ledger.open_account()
    post, calls = movements.post, []

    def full_the_second_time(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise Refused(UNAVAILABLE)
        return post(*args, **kwargs)

    monkeypatch.setattr(commit_queue, "post", full_the_second_time)
    batch = {"items": deposits(ada, 4)}
    reply = ledger.call("POST", "/api/transactions/batch", batch, headers=ada.headers)
    assert (reply.status_code, reply.json["details"]["outcome"]) == (503, "unknown")
    assert ada.balance_minor == 200
    assert ledger.call("POST", "/api/transactions/batch", batch, headers=ada.headers).status_code == 200
    assert ada.balance_minor == 400


def test_one_members_surprise_is_not_the_others(ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    post = movements.post

    def surprised(connection: Any, orders: Any, **when: Any) -> Any:
        outcomes = post(connection, orders, **when)
        if any(order.description == "a bug" for order in orders):
            message = "an impossible state"
            raise RuntimeError(message)
        return outcomes

    monkeypatch.setattr(commit_queue, "post", surprised)
    with ThreadPoolExecutor(8) as pool:
        texts = ["a bug" if number == 3 else "fine" for number in range(8)]
        replies = list(pool.map(lambda text: ada.pay(bob, "1.00", description=text), texts))
    assert [reply.status_code for reply in replies] == [201, 201, 201, 500, 201, 201, 201, 201]
    assert bob.balance_minor == 700


MOST_BEFORE_A_TURN = 2 * 1_024
"""The slice that is under way, as large as they are while nobody else asks, and the one that whoever asks shares."""


def test_singles_take_turns_with_the_slices_of_a_batch(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10**8), ledger.open_account(deposit_minor=10**6)
    items = [
        {
            "type": "transfer",
            "idempotency_key": f"item-{number}",
            "from_account_id": ada.account_id,
            "to_account_id": bob.account_id,
            "amount": "0.01",
        }
        for number in range(5_000)
    ]

    def batch() -> None:
        reply = ledger.call("POST", "/api/transactions/batch", {"items": items}, headers=ada.headers)
        assert Counter(result["status"] for result in reply.json["data"]) == {"completed": 5_000}

    running = threading.Thread(target=batch)
    running.start()

    def pay_meanwhile(_: int) -> None:
        while running.is_alive():
            assert pay(bob, ada, "0.01").status_code == 201

    with ThreadPoolExecutor(3) as singles:
        list(singles.map(pay_meanwhile, range(3)))
    running.join()
    with closing(sqlite3.connect(ledger.path)) as file:
        by_ada = "SELECT key FROM accounts WHERE id = " + in_sql(ada.account_id)
        of_batch = [
            is_of_batch
            for (is_of_batch,) in file.execute(f"SELECT payer_key = ({by_ada}) FROM entries ORDER BY position")
        ]
    first, last = of_batch.index(1), len(of_batch) - of_batch[::-1].index(1)
    runs = [(is_of_batch, len(list(run))) for is_of_batch, run in itertools.groupby(of_batch[first:last])]
    assert sum(length for is_of_batch, length in runs if not is_of_batch) >= 5
    longest = max(length for is_of_batch, length in runs if is_of_batch)
    assert longest <= MOST_BEFORE_A_TURN, "whoever asks during a slice is answered with the next"


def test_a_wrong_clock_books_nothing_and_an_administrator_can_confirm_it(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    clock = ledger.app.extensions["context"].machine_clock
    right = clock._now
    monkeypatch.setattr(clock, "_now", lambda: right() + 50 * 365 * 86_400 * 10**6)
    reply = ada.pay(bob, "1.00")
    assert (reply.status_code, reply.json["error_code"]) == (503, "CLOCK_JUMPED")
    assert ledger.call("GET", "/api/health", headers={}).json["checks"]["clock"] == "unhealthy"
    monkeypatch.setattr(clock, "_now", right)
    assert ada.pay(bob, "1.00").json["data"]["booked_at"][:2] == "20"
    monkeypatch.setattr(clock, "_now", lambda: right() + 2 * machine_clock.TOLERANCE_US)
    assert ada.pay(bob, "1.00").status_code == 503
    path, admin = "/api/transactions/clock/confirm", ledger.staff("admin")
    assert ledger.call("POST", path, {"machine_time": "2020-01-01T00:00:00Z"}, headers=admin).status_code == 422
    stated = ledger.call("POST", path, {"machine_time": _wire(clock._now())}, headers=admin)
    assert stated.status_code == 200, stated.text
    assert ada.pay(bob, "1.00").status_code == 201


def test_a_clock_confirmed_to_one_process_of_the_ledger_is_believed_by_another(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_ledger(ledger.path.parent) as other:
        clocks = [one.app.extensions["context"].machine_clock for one in (ledger, other)]
        jumped = clocks[0]._now() + 2 * machine_clock.TOLERANCE_US
        for clock in clocks:
            monkeypatch.setattr(clock, "_now", lambda: jumped)
        assert [clock.is_believed() for clock in clocks] == [False, False]
        path, stated = "/api/transactions/clock/confirm", {"machine_time": _wire(jumped)}
        assert ledger.call("POST", path, stated, headers=ledger.staff("admin")).status_code == 200
        assert [clock.is_believed() for clock in clocks] == [True, True]


def test_a_poller_misses_nothing_while_the_clock_is_behind_what_was_booked(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids begin with the machine's time, so behind a clock that stepped back newer ones are smaller."""
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    clock = ledger.app.extensions["context"].machine_clock
    right = clock._now
    monkeypatch.setattr(clock, "_now", lambda: right() - 3_600 * 10**6)
    ids = sorted(new_id() for _ in range(3))
    monkeypatch.setattr(movements, "new_id", ids.pop)
    paid = [ada.pay(bob, "1.00").json["data"] for _ in range(3)]
    assert paid[0]["booked_at"] < paid[1]["booked_at"] < paid[2]["booked_at"]
    path = f"/api/transactions/list?after={paid[0]['id']}"
    later = ledger.call("GET", path, headers=ada.headers).json["data"]
    assert [row["id"] for row in later] == [paid[1]["id"], paid[2]["id"]]


def test_a_writer_that_died_is_seen_in_the_health_and_refuses_at_once(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    ledger.app.extensions["context"].commits.close()
    assert ledger.call("GET", "/api/health", headers={}).json["checks"]["writer"] == "unhealthy"
    assert ada.pay(bob, "1.00").status_code == 503


def test_a_reset_fences_waits_for_those_under_way_and_holds_until_it_is_told(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    is_held, release = threading.Event(), threading.Event()
    post = movements.post

    def slow(*args: Any, **kwargs: Any) -> Any:
        is_held.set()
        release.wait(10)
        return post(*args, **kwargs)

    def fence(*, closed: bool) -> TestResponse:
        return ledger.call("POST", "/internal/fence", {"closed": closed}, headers=ledger.service)

    monkeypatch.setattr(commit_queue, "post", slow)
    with ThreadPoolExecutor(2) as pool:
        under_way = pool.submit(ada.pay, bob, "1.00")
        assert is_held.wait(5)
        fencing = pool.submit(fence, closed=True)
        time.sleep(0.2)
        assert not fencing.done()
        release.set()
        assert under_way.result().status_code == 201
        assert fencing.result().status_code == 200
    assert ada.pay(bob, "1.00").status_code == 503
    assert ledger.call("GET", "/api/transactions/list", headers=ada.headers).status_code == 503
    assert ledger.call("GET", "/api/health", headers={}).status_code == 200
    for _ in range(2):
        assert ledger.call("POST", "/internal/reset", {}, headers=ledger.service).status_code == 200
        assert fence(closed=True).status_code == 200
    assert ada.pay(bob, "1.00").status_code == 503
    assert fence(closed=False).status_code == 200
    assert ada.pay(bob, "1.00").status_code == 404
    assert ledger.call("GET", "/api/transactions/list", headers=ada.headers).json["data"] == []


def _wire(instant_us: int) -> str:
    return machine_clock.clock.to_wire(instant_us)
