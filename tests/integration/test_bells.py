"""Bells: a reader asks when there is something new, and by itself wherever none is heard."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shared import services
from shared.events import feed_wakeups
from shared.events.feed_wakeups import Bell, Listener, install_bell
from shared.events.feeds import FeedConsumer, FeedReader
from shared.identity.tokens import TokenVerifier
from shared.network.discovery import Discovery
from shared.refusals import UNAVAILABLE, Refused
from shared.services import ACCOUNT, AUTH, Service
from shared.storage.database import Database
from tests.bank_processes import wait_until

NOT_STOPPED = threading.Event()
LONG_SECONDS = 8.0
_NO_READER: FeedReader = object()  # type: ignore[assignment]


@pytest.fixture
def bell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bell]:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    made = Bell(AUTH)
    made.start()
    yield made
    made.stop()


def _waited(listener: Listener, seconds: float = 0.01) -> float:
    began = time.monotonic()
    listener.wait(NOT_STOPPED, seconds)
    return time.monotonic() - began


def test_who_waits_for_nothing_hears_each_ring_once(bell: Bell) -> None:
    listener = Listener(AUTH)
    assert listener.has_rung()
    assert not listener.has_rung()
    bell.ring()
    assert [listener.has_rung() for _ in range(3)] == [True, False, False]
    assert Listener(services.SIMULATOR).has_rung(), "where none is heard, who asks has to look"


def test_a_reader_waits_until_the_bell_rings(bell: Bell) -> None:
    listener = Listener(AUTH)
    assert _waited(listener, 0.2) < 1, "what was committed before the first time is asked for at once"
    timer = threading.Timer(1.0, bell.ring)
    timer.start()
    assert 0.9 < _waited(listener, 0.2) < LONG_SECONDS / 2
    timer.join()


def test_what_rings_while_a_reader_asks_is_not_missed_however_soon_it_rings_again(bell: Bell) -> None:
    listener = Listener(AUTH)
    _waited(listener)
    for _ in range(50):
        bell.ring()
        assert _waited(listener, 0.001) < 1
        bell.ring()
        assert _waited(listener, 0.001) < 1


def test_amid_many_rings_a_reader_asks_no_more_often_than_without(bell: Bell) -> None:
    listener = Listener(AUTH)
    for _ in range(3):
        bell.ring()
        assert _waited(listener, 0.3) >= 0.3


@pytest.mark.parametrize("why", ["none was ever there", "its service died", "its service may be another", "Consul"])
def test_without_a_bell_that_is_alive_readers_ask_by_themselves(
    bell: Bell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, why: str
) -> None:
    listener = Listener(ACCOUNT if why == "none was ever there" else AUTH)
    if why == "its service died":
        _waited(listener)
        bell.stop()
        time.sleep(2 * feed_wakeups.ALIVE_EVERY_SECONDS)
        os.utime(tmp_path / "bells" / "auth_service.alive", (time.time() - 60, time.time() - 60))
    elif why == "its service may be another":
        monkeypatch.setenv("AUTH_SERVICE_URL", "http://192.0.2.1:8001")
    elif why == "Consul":
        monkeypatch.setenv("CONSUL_HOST", "192.0.2.1")
    for _ in range(2):
        assert 0.3 <= _waited(listener, 0.3) < LONG_SECONDS / 2


def test_a_bell_that_dies_while_somebody_listens_keeps_nobody_waiting(bell: Bell) -> None:
    listener = Listener(AUTH)
    _waited(listener)
    threading.Timer(0.2, bell.stop).start()
    assert _waited(listener, 0.5) < LONG_SECONDS / 2


def test_a_bell_that_cannot_ring_fails_no_commit_and_is_silent_from_then_on(bell: Bell, tmp_path: Path) -> None:
    for file in (tmp_path / "bells").iterdir():
        file.unlink()
    bell.ring()
    assert 0.3 <= _waited(Listener(AUTH), 0.3) < LONG_SECONDS / 2


def _ears() -> int:
    return sum(thread.name == "ear" for thread in threading.enumerate())


def test_one_thread_listens_for_all_that_wait_and_none_when_nobody_does(bell: Bell) -> None:
    with ThreadPoolExecutor(3) as threads:
        waits = [threads.submit(_waited, _that_has_heard(AUTH)) for _ in range(3)]
        wait_until(lambda: _ears() == 1, LONG_SECONDS)
        time.sleep(2 * feed_wakeups.LISTEN_EVERY_SECONDS)
        assert _ears() == 1
        assert not any(wait.done() for wait in waits)
        bell.ring()
        assert max(wait.result() for wait in waits) < LONG_SECONDS / 2
    wait_until(lambda: _ears() == 0, LONG_SECONDS)


def test_where_no_thread_can_be_had_a_reader_asks_by_itself(bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    listener = _that_has_heard(AUTH)
    with monkeypatch.context() as for_a_while:
        for_a_while.setattr(threading.Thread, "start", fail)
        assert 0.3 <= _waited(listener, 0.3) < 1
    timer = threading.Timer(1.0, bell.ring)
    timer.start()
    assert 0.9 < _waited(listener) < LONG_SECONDS / 2, "there is a thread again"
    timer.join()


def _that_has_heard(service: Service) -> Listener:
    listener = Listener(service)
    _waited(listener)
    return listener


def test_a_process_that_was_forked_while_its_parent_listened_hears_by_itself(bell: Bell) -> None:
    listener, stopped = _that_has_heard(AUTH), threading.Event()
    waiting = threading.Thread(target=listener.wait, args=(stopped, 0.01))
    waiting.start()
    wait_until(lambda: _ears() == 1, LONG_SECONDS)
    child = os.fork()
    if child == 0:  # and nothing of the test's may happen here
        threading.Timer(0.3, bell.ring).start()
        os._exit(int(_waited(_that_has_heard(AUTH)) > LONG_SECONDS / 2))
    _, status = os.waitpid(child, 0)
    stopped.set()
    waiting.join()
    assert status == 0


def test_a_wait_is_ended_by_whoever_has_something_to_do(bell: Bell) -> None:
    listener = _that_has_heard(AUTH)
    threading.Timer(0.1, listener.wake).start()
    assert _waited(listener) < feed_wakeups.LISTEN_EVERY_SECONDS


def test_a_reader_that_is_stopped_waits_no_longer(bell: Bell) -> None:
    listener, stopped = Listener(AUTH), threading.Event()
    _waited(listener)
    threading.Timer(0.2, stopped.set).start()
    began = time.monotonic()
    assert listener.wait(stopped, LONG_SECONDS)
    stopped.clear()
    threading.Timer(0.2, stopped.set).start()
    assert listener.wait(stopped, 0.01)
    assert time.monotonic() - began < LONG_SECONDS / 2


def test_revocations_that_could_not_be_fetched_when_the_bell_rang_are_asked_for_again_soon(bell: Bell) -> None:
    asked: list[float] = []

    class Source:
        def key_set(self) -> list[dict[str, Any]]:
            return []

        def revocations(self, after: int) -> list[dict[str, Any]]:
            asked.append(time.monotonic())
            if len(asked) == 2:
                raise Refused(UNAVAILABLE)
            return []

    verifier = TokenVerifier(Source())
    verifier.start()
    wait_until(lambda: len(asked) == 1, LONG_SECONDS)
    bell.ring()
    wait_until(lambda: len(asked) == 3, LONG_SECONDS)
    verifier.stop()
    assert asked[2] - asked[1] < 2, "a revocation is in force within two seconds"


def test_a_reader_that_begins_anew_reads_what_is_there_without_another_ring(bell: Bell) -> None:
    asked: list[float] = []

    class Consumer(FeedConsumer):
        def pull(self) -> int:
            asked.append(time.monotonic())
            self.lag = 5 if len(asked) == 2 else 0
            return 0

    consumer = Consumer(AUTH, "/internal/events", _NO_READER, discovery=Discovery(), token=str, poll_seconds=0.05)
    consumer.start()
    wait_until(lambda: len(asked) == 1, LONG_SECONDS)
    bell.ring()
    wait_until(lambda: len(asked) == 3, LONG_SECONDS)
    consumer.stop()
    assert asked[2] - asked[1] < 1


def test_an_idle_feed_is_not_asked_and_a_commit_is_taken_in_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    database = Database.at(f"sqlite:///{tmp_path / 'auth.db'}")
    install_bell(services.AUTH, database)
    asked: list[float] = []

    class Consumer(FeedConsumer):
        def pull(self) -> int:
            asked.append(time.monotonic())
            return 0

    consumer = Consumer(AUTH, "/internal/events", _NO_READER, discovery=Discovery(), token=str, poll_seconds=0.05)
    consumer.start()
    time.sleep(1.5)
    idle = len(asked)
    assert idle <= 3, "every 0.05 s it would be thirty times"
    committed = time.monotonic()
    with database.write():
        pass
    while len(asked) == idle:
        assert time.monotonic() < committed + LONG_SECONDS / 2
        time.sleep(0.01)
    assert asked[-1] - committed < 1
    consumer.stop()
    database.close()


def test_a_service_whose_bell_cannot_be_made_starts_and_commits_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    (tmp_path / "bells").write_text("something else of this name")
    database = Database.at(f"sqlite:///{tmp_path / 'auth.db'}")
    install_bell(services.AUTH, database)
    with database.write():
        pass
    assert 0.3 <= _waited(Listener(AUTH), 0.3) < LONG_SECONDS / 2
    database.close()


def test_a_bell_that_falls_silent_while_it_is_rung_fails_no_commit(bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that keeps it alive stops it, just when a commit has begun to ring."""
    now_ns = time.time_ns

    def stopped_meanwhile() -> int:
        bell.stop()
        return now_ns()

    monkeypatch.setattr("shared.events.feed_wakeups.time.time_ns", stopped_meanwhile)
    bell.ring()
    assert bell._stopped.is_set()


def test_revocations_are_asked_for_where_no_data_directory_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", f"{__file__}/data")
    asked: list[float] = []

    class Source:
        def key_set(self) -> list[dict[str, Any]]:
            return []

        def revocations(self, after: int) -> list[dict[str, Any]]:
            asked.append(time.monotonic())
            return []

    verifier = TokenVerifier(Source())
    verifier.start()
    wait_until(lambda: len(asked) >= 2, LONG_SECONDS)
    verifier.stop()
    assert asked[1] - asked[0] < 2
