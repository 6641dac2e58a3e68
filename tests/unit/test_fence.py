"""The fence of a service: shut, it lets nothing begin and waits for what has begun, in every process of the service."""

import fcntl
import threading
import time
from pathlib import Path

import pytest
from flask import Flask

from shared import services
from shared.fence import NEVER_FENCED, Fence, install_fence
from shared.http.errors import register_error_handlers
from shared.refusals import UNAVAILABLE, Refused
from tests.bank_processes import wait_until


def fence_at(folder: Path) -> Fence:
    """The fence as one more process of the service sees it."""
    fence = Fence(lambda: folder / "service.fence")
    fence.notice()
    return fence


def is_shut(fence: Fence) -> bool:
    try:
        fence.enter()
    except Refused as refused:
        return refused.refusal.status == 503 and bool(refused.retry_after_seconds)
    fence.leave()
    return False


def test_a_fence_is_shut_and_opened_for_every_process(tmp_path: Path) -> None:
    processes = [fence_at(tmp_path) for _ in range(3)]
    assert [is_shut(one) for one in processes] == [False] * 3
    processes[0].close()
    assert [is_shut(one) for one in processes] == [True] * 3
    assert is_shut(fence_at(tmp_path))
    processes[1].close()
    processes[2].open()
    processes[2].open()
    assert [is_shut(one) for one in processes] == [False] * 3


def test_shutting_waits_for_everything_that_has_begun_in_any_process(tmp_path: Path) -> None:
    mine, other = fence_at(tmp_path), fence_at(tmp_path)
    ended: list[float] = []
    begun = threading.Barrier(5)

    def work(fence: Fence, seconds: float) -> None:
        with fence.passing():
            begun.wait()
            time.sleep(seconds)
            ended.append(time.monotonic())

    workers = [threading.Thread(target=work, args=(one, 0.1 * n)) for n, one in enumerate([mine, other, mine, other])]
    for worker in workers:
        worker.start()
    begun.wait()
    mine.close()
    assert len(ended) == 4
    assert time.monotonic() >= max(ended)
    for worker in workers:
        worker.join()


def test_what_goes_on_for_too_long_leaves_the_fence_as_it_was(tmp_path: Path) -> None:
    mine, other = fence_at(tmp_path), fence_at(tmp_path)
    with other.passing(), pytest.raises(Refused, match="takes long"):
        mine.close(wait_seconds=0.1)
    assert not is_shut(other)


def test_one_of_many_that_pass_asks_the_system_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fence = fence_at(tmp_path)
    asked: list[str] = []
    lock, look = fcntl.flock, Fence._look

    def noted_lock(file: int, how: int) -> None:
        asked.append("lock")
        lock(file, how)

    def noted_look(looking: Fence) -> None:
        asked.append("look")
        look(looking)

    monkeypatch.setattr(fcntl, "flock", noted_lock)
    monkeypatch.setattr(Fence, "_look", noted_look)
    began = time.monotonic()
    for _ in range(2000):
        with fence.passing():
            pass
    moments = (time.monotonic() - began) / 0.05
    assert 0 < asked.count("look") < 4 + 4 * moments
    assert asked.count("lock") < 6 + 6 * moments


def test_a_fence_that_many_have_passed_is_shut_by_another_process_or_this_one_at_once(tmp_path: Path) -> None:
    mine, other = fence_at(tmp_path), fence_at(tmp_path)

    def pass_often() -> None:
        for _ in range(100):
            with mine.passing():
                pass

    pass_often()
    mine.close(wait_seconds=0)
    mine.open()
    pass_often()
    other.close(wait_seconds=5)
    assert is_shut(mine)
    other.open()
    assert not is_shut(mine)


def test_nothing_begins_after_the_fence_was_shut_however_many_pass(tmp_path: Path) -> None:
    mine, other = fence_at(tmp_path), fence_at(tmp_path)
    begun: list[float] = []
    ended: list[float] = []

    def go_on_passing() -> None:
        while True:
            try:
                fence = mine if len(begun) % 3 else other
                with fence.passing():
                    begun.append(time.monotonic())
                    time.sleep(0.0005)
                    ended.append(time.monotonic())
            except Refused:
                return

    threads = [threading.Thread(target=go_on_passing) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(begun) > 400, 30)
    fence_at(tmp_path).close()
    shut_at = time.monotonic()
    for thread in threads:
        thread.join(10)
    assert max(begun) <= max(ended) <= shut_at
    assert len(begun) == len(ended)


def test_whoever_a_shut_fence_refuses_leaves_no_thread_behind(tmp_path: Path) -> None:
    fence = fence_at(tmp_path)
    fence_at(tmp_path).close()
    before = threading.active_count()
    for _ in range(50):
        assert is_shut(fence)
    assert threading.active_count() == before


def test_work_that_fails_or_is_refused_is_not_waited_for(tmp_path: Path) -> None:
    fence = fence_at(tmp_path)
    with pytest.raises(ValueError, match="no"), fence.passing():
        raise ValueError("no")
    fence.close(wait_seconds=0)
    assert is_shut(fence)
    fence.close(wait_seconds=0)


def test_each_process_refreshes_once_before_anything_passes_an_opened_fence(tmp_path: Path) -> None:
    mine, other = fence_at(tmp_path), fence_at(tmp_path)
    refreshed: list[str] = []
    mine.on_opened.append(lambda: refreshed.append("mine"))
    other.on_opened.append(lambda: refreshed.append("other"))
    other.before_opening.append(lambda: refreshed.append("before"))
    mine.close()
    other.open()
    for _ in range(3):
        assert not is_shut(mine)
    assert not is_shut(other)
    assert refreshed == ["before", "mine", "other"]
    fence_at(tmp_path).on_opened.append(lambda: refreshed.append("begun later"))
    assert not is_shut(fence_at(tmp_path))
    assert refreshed == ["before", "mine", "other"]


def test_nothing_passes_before_the_refresh_has_worked(tmp_path: Path) -> None:
    fence = fence_at(tmp_path)
    is_away = [True]

    def refresh() -> None:
        if is_away[0]:
            raise Refused(UNAVAILABLE)

    fence.on_opened.append(refresh)
    fence.close()
    fence.open()
    for _ in range(2):
        with pytest.raises(Refused):
            fence.enter()
    is_away[0] = False
    assert not is_shut(fence)


def test_a_fence_that_cannot_be_prepared_stays_shut(tmp_path: Path) -> None:
    fence = fence_at(tmp_path)

    def fail() -> None:
        raise Refused(UNAVAILABLE)

    fence.before_opening.append(fail)
    fence.close()
    with pytest.raises(Refused):
        fence.open()
    assert is_shut(fence)


def test_requests_meanwhile_get_503_but_for_what_a_reset_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    app = Flask("service")
    register_error_handlers(app)
    fence = install_fence(app, services.ACCOUNT)
    for path in ("/api/accounts/list", *NEVER_FENCED):
        app.add_url_rule(path, path, lambda: {"success": True})
    client = app.test_client()
    fence.close()
    refused = client.get("/api/accounts/list")
    assert (refused.status_code, refused.get_json()["error_code"]) == (503, "SERVICE_UNAVAILABLE")
    assert int(refused.headers["Retry-After"]) >= 1
    assert {client.get(path).status_code for path in NEVER_FENCED} == {200}
    fence.open()
    assert client.get("/api/accounts/list").status_code == 200
    fence.close(wait_seconds=0)
