"""Jobs that meet trouble of the simulator's own, and what becomes of their worlds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pymysql.err import OperationalError as DriverError
from sqlalchemy.exc import OperationalError

from shared.enums import JobStage, JobStatus, WorldStatus
from shared.refusals import UNAVAILABLE, Refused
from simulator_service import jobs, repository
from simulator_service.models import Job, StoredWorld
from tests.integration.test_simulator_and_reset import Simulator

BANK_US = 1_700_000_000_000_000


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path)
    yield simulator
    simulator.database.close()


def stored(simulator: Simulator, job: Job) -> tuple[Job, StoredWorld]:
    with simulator.database.read_session() as session:
        found, world = repository.job(session, job.id), repository.world(session, job.world_id)
    assert found is not None
    assert world is not None
    return found, world


@pytest.mark.parametrize(
    "trouble",
    [
        Refused(UNAVAILABLE, "The bank's storage is busy; try again shortly."),
        OperationalError("COMMIT", {}, DriverError(1213, "Deadlock found when trying to get lock")),
        OperationalError("UPDATE", {}, DriverError(2013, "Lost connection to MySQL server during query")),
    ],
)
def test_a_job_is_taken_up_again_when_the_storage_was_in_the_way(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    job = simulator.world()
    carry_out, tries = jobs.carry_out, [trouble]

    def once_in_the_way(*asked: object) -> None:
        if tries:
            raise tries.pop()
        monkeypatch.setattr(jobs, "_settle", lambda *_: None)
        monkeypatch.setattr(jobs, "_live_through", lambda *_: None)
        carry_out(*asked)  # type: ignore[arg-type]  # what the engine gives

    monkeypatch.setattr(jobs, "carry_out", once_in_the_way)
    with pytest.raises(type(trouble)):
        simulator.engine._turn()
    assert stored(simulator, job)[1].status == WorldStatus.MAKING
    simulator.engine._turn()
    found, world = stored(simulator, job)
    assert (found.status, world.status) == (JobStatus.SUCCEEDED, WorldStatus.ALIVE)


def test_a_world_that_has_lived_stays_when_its_job_is_stopped_on_its_way_back_from_a_kill(simulator: Simulator) -> None:
    job = simulator.world()
    with simulator.database.write_session() as session:
        jobs._begun(session, job.id, BANK_US, BANK_US + 1)
    jobs._show_progress(simulator.runner, job, JobStage.LIVING, 700_000)
    jobs._show_progress(simulator.runner, job, JobStage.PEOPLE, 0)  # as a job that begins anew says
    assert stored(simulator, job)[0].stage == JobStage.LIVING
    jobs.stop(simulator.runner, job)
    assert stored(simulator, job)[1].status == WorldStatus.ALIVE


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_world_that_is_made_moves_no_clock_that_stands_still(simulator: Simulator, *, is_empty: bool) -> None:
    """Its history ends at the time that the bank shows."""
    simulator.clock.is_running, simulator.clock.is_empty, simulator.clock.now_us = False, is_empty, BANK_US
    job = jobs._begin_world(simulator.runner, simulator.world())
    assert job.until_us == BANK_US
    assert job.from_us is not None
    jobs._arrive(simulator.runner, job) if is_empty else None
    assert simulator.clock.moved_to == ([job.from_us] if is_empty else [])
