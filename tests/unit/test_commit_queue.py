"""Requests that wait at the same moment share a commit, and the writer waits for those it has just answered."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.refusals import OUTCOME_NOT_DONE, OUTCOME_UNKNOWN, UNAVAILABLE, Refused
from shared.storage.database import Database
from tests.bank_processes import wait_until
from transaction_service.due_work.machine_clock import MachineClock
from transaction_service.ledger import commit_queue, waiting_room
from transaction_service.ledger.commit_queue import CommitQueue
from transaction_service.ledger.submission import Submission

CLIENTS, ROUNDS = 16, 40
COMMIT_SECONDS, CLIENT_SECONDS = 0.004, 0.001
ORDER: Any = SimpleNamespace(name="an order")


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many orders each commit had; a commit takes its time and does nothing."""
    sizes: list[int] = []

    def post(_connection: object, orders: list[Any], **_when: object) -> list[Any]:
        sizes.append(len(orders))
        time.sleep(COMMIT_SECONDS)
        return orders

    monkeypatch.setattr(commit_queue, "post", post)
    return sizes


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[CommitQueue]:
    database = Database.at(f"sqlite:///{tmp_path / 'ledger.db'}")
    queue = CommitQueue(database, MachineClock())
    yield queue
    queue.close()
    database.close()


def test_clients_that_ask_again_at_once_share_their_commits(writer: CommitQueue, groups: list[int]) -> None:
    """Half of them would ask while the other half's commit runs, for ever, if nobody waited for them."""

    def ask_again_and_again() -> None:
        for _ in range(ROUNDS):
            assert writer.post([ORDER]) == [ORDER]
            time.sleep(CLIENT_SECONDS)

    clients = [threading.Thread(target=ask_again_and_again) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert sum(groups) == CLIENTS * ROUNDS
    assert median(groups) >= CLIENTS * 3 / 4, groups


def test_nobody_is_waited_for_when_one_client_asks_alone(
    writer: CommitQueue, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "PAUSE_SECONDS", 0.5)  # more than a busy machine takes for anything else
    monkeypatch.setattr(waiting_room, "LONGEST_GATHERING_SECONDS", 1.0)
    waits = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        writer.post([ORDER])
        waits.append(time.monotonic() - began)
    assert groups == [1] * ROUNDS
    assert median(waits) < COMMIT_SECONDS + waiting_room.PAUSE_SECONDS


def test_a_batch_that_is_alone_comes_in_few_slices(writer: CommitQueue, groups: list[int]) -> None:
    assert writer.post([ORDER] * 2_100) == [ORDER] * 2_100
    assert groups == [1_024, 1_024, 52]


def test_a_batch_beside_others_comes_in_slices_that_they_need_not_wait_for(
    writer: CommitQueue, groups: list[int]
) -> None:
    is_over = threading.Event()

    def ask_again_and_again() -> None:
        while not is_over.is_set():
            writer.post([ORDER])

    others = [threading.Thread(target=ask_again_and_again) for _ in range(4)]
    for other in others:
        other.start()
    wait_until(lambda: len(groups) > 10, 60)
    before = len(groups)
    assert writer.post([ORDER] * 1_024) == [ORDER] * 1_024
    is_over.set()
    for other in others:
        other.join()
    slices = [size for size in groups[before:] if size > 4]
    assert sum(slices) >= 1_024
    assert max(slices) <= 256 + 4, groups


def test_a_client_in_a_hurry_does_not_give_up_for_the_others_of_its_group(
    writer: CommitQueue, groups: list[int]
) -> None:
    """Anybody may say how long they wait: who says a moment would else have everybody beside them refused."""
    now = time.monotonic()
    hurried = Submission([ORDER], now + 0.5)
    patient = Submission([ORDER], now + 10)
    with ThreadPoolExecutor(1) as pool:
        with writer._database.write():
            committed = pool.submit(writer._commit, [hurried, patient])
            with pytest.raises(Refused, match="SERVICE_UNAVAILABLE"):
                hurried.outcomes()
            time.sleep(0.3)
        assert patient.outcomes() == [ORDER]
        committed.result(5)
    assert groups == [1]


def test_an_all_or_nothing_batch_waits_for_its_turn_and_is_not_begun_once_nobody_waits_for_it(
    writer: CommitQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage_answers = threading.Event()
    carried_out: list[list[Any]] = []

    def post(_connection: object, orders: list[Any], **_when: object) -> list[Any]:
        storage_answers.wait(10)
        carried_out.append(orders)
        return orders

    monkeypatch.setattr(commit_queue, "post", post)
    monkeypatch.setattr(commit_queue, "post_all_or_nothing", post)
    with ThreadPoolExecutor(2) as pool:
        before = pool.submit(writer.post, [ORDER])
        wait_until(lambda: before.running() and not len(writer._waiting), 60)
        with Flask(__name__).test_request_context():
            g.deadline = time.monotonic() + 1.5
            with pytest.raises(Refused, match="DEADLINE_EXCEEDED") as told:
                writer.post_all_or_nothing([ORDER] * 300)
        assert (told.value.details, carried_out) == (OUTCOME_NOT_DONE, [])
        after = pool.submit(writer.post_all_or_nothing, [ORDER] * 300)
        wait_until(lambda: len(writer._waiting) == 2, 60)
        storage_answers.set()
        assert (before.result(10), after.result(10)) == ([ORDER], [ORDER] * 300)
    assert [len(orders) for orders in carried_out] == [1, 300]


@pytest.mark.parametrize("kind", [DataError, IntegrityError])
def test_an_order_that_the_database_does_not_take_is_refused_alone(
    writer: CommitQueue, monkeypatch: pytest.MonkeyPatch, kind: type[DBAPIError]
) -> None:
    poisoned: Any = SimpleNamespace(name="an order with a value that no column takes")

    def post(_connection: object, orders: list[Any], **_when: object) -> list[Any]:
        if poisoned in orders:
            raise kind("INSERT", {}, ValueError("a value that no column takes"))
        return orders

    monkeypatch.setattr(commit_queue, "post", post)
    later = time.monotonic() + 10
    group = [Submission([order], later) for order in (ORDER, poisoned, ORDER)]
    writer._commit(group)
    assert [group[0].outcomes(), group[2].outcomes()] == [[ORDER], [ORDER]]
    with pytest.raises(kind):
        group[1].outcomes()


def test_a_group_that_the_server_undid_is_carried_out_again_and_answered_once(
    writer: CommitQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DeadlockError(Exception):
        sqlstate = "40P01"

    attempts: list[list[Any]] = []

    def post(_connection: object, orders: list[Any], **_when: object) -> list[Any]:
        attempts.append(orders)
        if len(attempts) < 3:
            raise OperationalError("INSERT", {}, DeadlockError())
        return orders

    monkeypatch.setattr(commit_queue, "post", post)
    assert writer.post([ORDER]) == [ORDER]
    assert attempts == [[ORDER]] * 3


def test_a_group_that_is_carried_out_again_leaves_out_whom_nobody_waits_for(
    writer: CommitQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DeadlockError(Exception):
        sqlstate = "40P01"

    attempts: list[list[Any]] = []

    def post(_connection: object, orders: list[Any], **_when: object) -> list[Any]:
        attempts.append(orders)
        if len(attempts) < 3:
            raise OperationalError("INSERT", {}, DeadlockError())
        return orders

    monkeypatch.setattr(commit_queue, "post", post)
    given_up = Submission([ORDER], time.monotonic())
    with pytest.raises(Refused, match="DEADLINE_EXCEEDED"):
        given_up.outcomes()
    patient = Submission([ORDER], time.monotonic() + 10)
    writer._commit([given_up, patient])
    assert patient.outcomes() == [ORDER]
    assert attempts == [[ORDER]] * 3


def test_the_writer_outlives_a_commit_that_breaks_when_nobody_waits_any_more(
    writer: CommitQueue, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    repeatedly = writer._database.repeatedly

    def break_off(work: Any, **how_long: Any) -> None:
        repeatedly(work, **how_long)
        monkeypatch.setattr(writer._database, "repeatedly", repeatedly)
        raise OperationalError("COMMIT", {}, ConnectionError("the server has gone away"))

    monkeypatch.setattr(writer._database, "repeatedly", break_off)
    with pytest.raises(Refused, match="DEADLINE_EXCEEDED"):
        writer.submit([ORDER], time.monotonic()).outcomes()
    wait_until(lambda: writer._database.repeatedly == repeatedly, 60)
    assert writer.post([ORDER]) == [ORDER]
    assert groups == [1]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (OperationalError("INSERT", {}, Exception("database or disk is full")), "STORAGE_FULL"),
        (OperationalError("INSERT", {}, Exception("disk I/O error")), "STORAGE_FULL"),
        (OperationalError("INSERT", {}, ConnectionError(2013, "lost connection")), "SERVICE_UNAVAILABLE"),
        (PoolTimeoutError("no connection is free"), "SERVICE_UNAVAILABLE"),
        (ValueError("what nobody foresaw"), "INTERNAL_ERROR"),
    ],
)
def test_a_batch_of_which_the_storage_took_the_beginning_is_not_said_to_be_undone(
    writer: CommitQueue, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: str
) -> None:
    """Sent again with other keys it would be paid twice."""

    def post(_connection: object, orders: list[Any], **_when: object) -> list[Any]:
        if len(orders) < 1_024:
            raise failure
        return orders

    monkeypatch.setattr(commit_queue, "post", post)
    with pytest.raises(Refused, match=code) as told:
        writer.post([ORDER] * 1_100)
    assert told.value.details == OUTCOME_UNKNOWN
    assert "part of the batch" in str(told.value.message)
    with pytest.raises(type(failure)):
        writer.post([ORDER])


def test_a_storage_that_refuses_at_once_is_asked_again_in_peace_until_somebody_has_to_be_answered(
    writer: CommitQueue, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock that cannot be waited for, as when MariaDB's query for it is killed."""
    repeatedly, asked = writer._database.repeatedly, [0]

    def refuse(_work: Any, **_how_long: Any) -> None:
        asked[0] += 1
        raise Refused(UNAVAILABLE)

    monkeypatch.setattr(writer._database, "repeatedly", refuse)
    began = time.monotonic()
    with pytest.raises(Refused, match="SERVICE_UNAVAILABLE"):
        writer.submit([ORDER], began + 1.5).outcomes()
    assert time.monotonic() - began > 0.5
    assert asked[0] < 100
    monkeypatch.setattr(writer._database, "repeatedly", repeatedly)
    assert writer.post([ORDER]) == [ORDER]
    assert groups == [1]


@pytest.mark.parametrize("what", ["COMMIT_SECONDS", "COMMIT_ORDERS", "tracing"])
def test_whoever_measures_the_writer_can_neither_stop_it_nor_have_a_commit_taken_for_a_failure(
    writer: CommitQueue, groups: list[int], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no room for figures")

    monkeypatch.setattr(commit_queue, what, SimpleNamespace(observe=fail, committed=fail))
    assert [writer.post([ORDER]), writer.post([ORDER])] == [[ORDER], [ORDER]]
    assert writer.is_alive()
    assert groups == [1, 1]


def test_whoever_is_told_of_commits_cannot_have_one_taken_for_a_failure(writer: CommitQueue, groups: list[int]) -> None:
    told: list[str] = []

    def fail() -> None:
        raise OSError("nobody can be told")

    writer._database.after_commit += [fail, lambda: told.append("a commit")]
    assert writer.post([ORDER]) == [ORDER]
    assert (groups, told) == ([1], ["a commit"])
