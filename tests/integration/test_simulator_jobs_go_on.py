"""Jobs that meet trouble of the simulator's own, and what becomes of their worlds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pymysql.err import OperationalError as DriverError
from sqlalchemy.exc import OperationalError

from sandbank import UnavailableError
from shared.enums import JobStage, JobStatus, WorldStatus
from shared.refusals import IDEMPOTENCY_KEY_REUSED, UNAVAILABLE, Refused
from simulator_service import commands, jobs, repository
from simulator_service.models import Job, StoredWorld
from simulator_service.planning.planner import Planner
from simulator_service.posting.steps import Step
from simulator_service.scenarios import injecting
from simulator_service.scenarios.draft import DAY_US, Instance
from simulator_service.scenarios.injecting import Key, Wanted, inject
from simulator_service.scenarios.story import Story, story_of
from tests.integration.test_simulator_and_reset import Simulator

BANK_US = 1_700_000_000_000_000
LIVED_US = 19_676 * DAY_US
WAGES_FAIL = Wanted("payroll_failure", 3, None, is_benign=False, look_alikes=1, world_id=None, starts_us=None)


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
    commands.cancel_job(simulator.database, job.id)
    jobs._show_progress(simulator.runner, job, JobStage.LIVING)  # the step that was cut off is finished first
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


def alive(simulator: Simulator) -> Job:
    return simulator.world(status=WorldStatus.ALIVE, start_us=LIVED_US, lived_until_us=LIVED_US)


def test_nothing_is_injected_into_what_a_step_that_was_cut_off_may_have_posted(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wages that were paid already would be dropped from the plan, and paid again."""
    job = alive(simulator)

    def away(*_: object) -> None:
        message = "The bank went away after the first batch."
        raise UnavailableError(message, code="SERVICE_UNAVAILABLE")

    monkeypatch.setattr(simulator.runner, "item_maker", lambda _: None)
    monkeypatch.setattr(simulator.runner, "_post", away)
    until_us = LIVED_US + 2 * DAY_US + 1
    with pytest.raises(UnavailableError):
        simulator.runner.take(Step(until_us, []), job.world_id)
    jobs.fail(simulator.runner, job, "The bank is away.")
    with simulator.database.write_session() as session:  # as an advance that failed leaves it
        world = repository.world(session, job.world_id, for_update=True)
        assert world is not None
        world.status = WorldStatus.ALIVE
    assert world.lived_until_us == LIVED_US
    (first, second) = inject(simulator.runner, WAGES_FAIL, None).rows
    assert until_us <= first.begins_us == LIVED_US + 3 * DAY_US
    assert second.begins_us >= first.ends_us


def test_a_scenario_is_told_while_the_world_lives_on_and_begins_where_nobody_has_lived(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, told = alive(simulator), []

    def tell(planner: Planner, instance: Instance) -> Story:
        told.append(instance)
        if len(told) == 1:
            with simulator.database.write_session() as session:
                world = repository.world(session, job.world_id, for_update=True)
                assert world is not None
                world.posting_until_us = LIVED_US + 5 * DAY_US
        return story_of(planner, instance)

    monkeypatch.setattr(injecting, "story_of", tell)
    with simulator.engine.held():  # a step is under way
        rows = inject(simulator.runner, WAGES_FAIL, None).rows
    assert len(told) == 4, "each of the two twice"
    assert rows[0].begins_us >= LIVED_US + 5 * DAY_US
    assert [row.number for row in rows] == [1, 2]


def test_a_scenario_that_is_asked_for_twice_with_one_key_is_injected_once(simulator: Simulator) -> None:
    alive(simulator)
    key = Key("an administrator", "once")
    wanted = WAGES_FAIL._replace(seed=None)
    first, again = inject(simulator.runner, wanted, key), inject(simulator.runner, wanted, key)
    assert (first.is_replayed, again.is_replayed) == (False, True)
    assert [row.id for row in again.rows] == [row.id for row in first.rows]
    assert inject(simulator.runner, wanted, Key("another one", "once")).rows[0].number == 3
    with pytest.raises(Refused) as caught:
        inject(simulator.runner, wanted._replace(look_alikes=2), key)
    assert caught.value.refusal is IDEMPOTENCY_KEY_REUSED


def test_what_is_over_is_neither_read_nor_kept(simulator: Simulator) -> None:
    job = alive(simulator)
    rows = inject(simulator.runner, WAGES_FAIL, None).rows
    world = stored(simulator, job)[1]
    assert [story.instance.number for story in simulator.runner.stories(world)] == [1, 2]
    for until_us, numbers in ((rows[0].ends_us, [1, 2]), (rows[0].ends_us + 1, [2]), (rows[1].ends_us + 1, [])):
        world.lived_until_us = until_us
        assert [story.instance.number for story in simulator.runner.stories(world)] == numbers
        assert len(simulator.runner._stories[world.id]) == len(numbers)
    simulator.runner.forget()
    assert not simulator.runner._stories
