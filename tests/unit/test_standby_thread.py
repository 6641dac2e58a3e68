"""A thread that dies is followed by another, one that fails goes on, and one that hangs is noticed."""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

import pytest

from shared.serving import standby_thread
from shared.serving.standby_thread import StandbyThread
from tests.bank_processes import wait_until


class Work:
    """Things to be done, one a turn, by `do`; what was done, and by which threads."""

    def __init__(self, do: Callable[[str], None] = lambda _: None) -> None:
        self.waiting: list[str] = []
        self.done: list[str] = []
        self.threads: set[int | None] = set()
        self._do = do
        self.thread = StandbyThread("work", has_work=lambda: bool(self.waiting), turn=self._turn, pause_seconds=0.01)

    def add(self, *things: str) -> None:
        with self.thread.lock:
            self.waiting += things
            self.thread.begin()

    def _turn(self) -> None:
        self.threads.add(threading.get_ident())
        thing = self.waiting[0]
        try:
            self._do(thing)
            self.done.append(thing)
        finally:
            self.waiting.pop(0)

    def wait(self) -> None:
        wait_until(lambda: not self.waiting and not living(), 60)


def living() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "work"]


def test_there_is_a_thread_while_there_is_work_and_none_after_it() -> None:
    work = Work()
    assert living() == []
    for _ in range(3):
        work.add("a", "b")
        work.wait()
    assert work.done == ["a", "b"] * 3
    assert work.thread.is_well()


def test_what_goes_wrong_in_a_turn_ends_no_thread() -> None:
    def do(thing: str) -> None:
        if thing == "bad":
            raise ValueError(thing)

    work = Work(do)
    work.add("a", "bad", "b")
    work.wait()
    assert (work.done, len(work.threads)) == (["a", "b"], 1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("death", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_thread_that_dies_is_followed_by_another(death: type[BaseException]) -> None:
    def do(thing: str) -> None:
        if thing == "deadly":
            raise death

    work = Work(do)
    work.add("a", "deadly", "b", "deadly", "c")
    work.wait()
    assert work.done == ["a", "b", "c"]
    assert work.thread.is_well()


def test_where_none_can_follow_the_service_is_not_well_until_one_can(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            message = "can't start new thread"
            raise RuntimeError(message)

    work = Work()
    with monkeypatch.context() as patched:
        patched.setattr(threading, "Thread", NoThread)
        with pytest.raises(RuntimeError):
            work.add("a")
    assert not work.thread.is_well()
    work.add("b")
    work.wait()
    assert work.done == ["a", "b"]


def test_a_thread_that_hangs_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby_thread, "LONGEST_TURN_SECONDS", 0.05)
    goes_on: SimpleQueue[None] = SimpleQueue()
    work = Work(lambda _: goes_on.get())
    work.add("a")
    wait_until(lambda: not work.thread.is_well(), 60)
    time.sleep(0.05)
    assert not work.thread.is_well()
    goes_on.put(None)
    work.wait()
    assert work.thread.is_well()


def test_work_that_comes_from_everywhere_at_once_is_all_done() -> None:
    work = Work()
    adding = [threading.Thread(target=lambda: [work.add("x") for _ in range(200)]) for _ in range(4)]
    for one in adding:
        one.start()
    for one in adding:
        one.join()
    work.wait()
    assert len(work.done) == 800
