"""What the simulator was about to do when the bank is reset is not done to the bank as it is afterwards."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.events.feed_wakeups import Bell
from shared.network.discovery import Discovery
from shared.services import SIMULATOR
from shared.storage import row_seals
from shared.storage.database import Database
from shared.storage.migrations import migrate
from simulator_service import commands, jobs, repository
from simulator_service.engine import Engine
from simulator_service.models import Job, db
from simulator_service.posting.world_runner import WorldGoneError, WorldRunner
from simulator_service.repository import ResetState
from simulator_service.reset import EMPTYING, Reset


class Clock:
    """The bank's clock, and each move of it."""

    def __init__(self) -> None:
        self.moved_to: list[int] = []
        self.now_us = 1_800_000_000_000_000
        self.is_empty = True
        self.is_running = True

    def follow_as(self, request_id: str) -> None:
        """Nobody follows."""

    def time_us(self) -> int:
        return self.now_us

    def clock_runs(self) -> bool:
        return self.is_running

    def move_clock_to(self, moment_us: int) -> None:
        self.moved_to.append(moment_us)

    def open_bank_at(self, moment_us: int) -> bool:
        if self.is_empty:
            self.moved_to.append(moment_us)
        return self.is_empty


class Simulator:
    """The engine without its thread, over a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.database = Database.at(f"sqlite:///{folder / 'simulator.db'}", db)
        row_seals.use_key(self.database, "a key of tests")
        migrate(self.database, "simulator_service")
        self.clock = Clock()
        bank: Any = self.clock
        self.runner = WorldRunner(self.database, bank, "secret")
        self.reset = Reset(self.database, Discovery(), lambda: "token")  # type: ignore[arg-type]  # only called
        self.engine = Engine(self.runner, self.reset, folder / "lock", threading.Event())

    def world(self, *, start: date | None = None, **changes: object) -> Job:
        job = commands.request_world(
            self.database, seed=1, customers=2, days=1, preset="seed", currency="EUR", start=start
        )
        with self.database.write_session() as session:
            world = repository.world(session, job.world_id, for_update=True)
            for name, value in changes.items():
                setattr(world, name, value)
        return job

    def clear(self) -> None:
        with self.database.write_session() as session:
            repository.clear(session)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path)
    yield simulator
    simulator.database.close()


def test_a_tick_of_live_mode_moves_no_clock_of_a_bank_that_was_reset(simulator: Simulator) -> None:
    """Told to come back later while the bank was fenced, it moved the empty bank's clock to the old one's time."""
    simulator.world(status="alive", live_speed=3600)
    with simulator.database.read_session() as session:
        worlds = repository.living_worlds(session)
    simulator.engine._ticked_at = time.monotonic() - 1
    with ThreadPoolExecutor(1) as pool:
        with simulator.engine.held():
            tick = pool.submit(simulator.engine._tick, worlds, 3600)
            time.sleep(0.2)
            simulator.clear()
        with pytest.raises(WorldGoneError):
            tick.result(5)
    assert simulator.clock.moved_to == []


def test_a_job_that_begins_moves_no_clock_of_a_bank_that_was_reset(simulator: Simulator) -> None:
    job = simulator.world(start=date(2040, 1, 1))
    with ThreadPoolExecutor(1) as pool:
        with simulator.engine.held():
            begun = pool.submit(jobs.carry_out, simulator.runner, job)
            time.sleep(0.2)
            simulator.clear()
        with pytest.raises(WorldGoneError):
            begun.result(5)
    assert simulator.clock.moved_to == []


def test_a_world_moves_a_bank_that_a_failed_one_left_behind_to_where_its_own_past_ends(simulator: Simulator) -> None:
    """The bank refuses what is in its future: the clock goes first."""
    simulator.clock.is_empty, simulator.clock.now_us = False, 1_700_000_000_000_000
    job = jobs._begin_world(simulator.runner, simulator.world())
    assert job.until_us is not None
    assert job.until_us > simulator.clock.now_us
    assert simulator.clock.moved_to == [job.until_us]


def test_an_idle_engine_rests_until_a_job_is_there_whichever_process_was_given_it(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    bell, turns, begun = Bell(SIMULATOR), [], threading.Event()
    bell.start()
    simulator.database.after_commit.append(bell.ring)
    monkeypatch.setattr(simulator.reset, "resume", lambda: turns.append(time.monotonic()))
    monkeypatch.setattr(simulator.engine, "_carry_out", lambda _job: begun.set())
    simulator.engine.start()
    try:
        time.sleep(3)
        assert 1 <= len(turns) <= 3
        simulator.world()
        assert begun.wait(5)
    finally:
        simulator.engine.stop()
        bell.stop()


def test_a_reset_that_has_ended_is_not_gone_on_with(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine looks for one that was cut off; the one that it saw may end before it gets its turn."""
    asked: list[str] = []
    monkeypatch.setattr(simulator.reset, "_call", lambda _service, _method, path, *_: asked.append(path))
    with simulator.database.write_session() as session:
        repository.store_reset_state(session, ResetState(EMPTYING))
    alone = simulator.reset._alone

    @contextmanager
    def after_the_other() -> Iterator[None]:
        with simulator.database.write_session() as session:
            repository.store_reset_state(session, None)
        with alone():
            yield

    monkeypatch.setattr(simulator.reset, "_alone", after_the_other)
    simulator.reset.resume()
    assert asked == []


def test_a_reset_that_was_cut_off_is_finished(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(simulator.reset, "_call", lambda _service, _method, path, *_: asked.append(path))
    with simulator.database.write_session() as session:
        repository.store_reset_state(session, ResetState(EMPTYING))
    simulator.reset.resume()
    assert asked.count("/internal/reset") == asked.count("/internal/fence") > 0
    with simulator.database.read_session() as session:
        assert repository.reset_state(session) is None
