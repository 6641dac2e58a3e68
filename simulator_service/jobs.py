"""A job from its first step to its last: a world is settled and its history lived, or a world lives on.

Each stage looks at what is stored and goes on from there, so carrying out a half-done job is the same as a new one.
"""

import heapq
import secrets
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from flask_sqlalchemy.session import Session

from shared.enums import JobKind, JobStage, JobStatus, WorldStatus
from shared.refusals import Refused
from shared.time import clock
from shared.time.clock import MICROSECONDS
from simulator_service import repository
from simulator_service.log_ins import password_of
from simulator_service.models import Job, StoredWorld
from simulator_service.planning.planned_event import HOUR_US
from simulator_service.posting.onboarding import ACCOUNTS_SHARE_PPM, PEOPLE_SHARE_PPM, onboard
from simulator_service.posting.steps import Step, lived_steps, told_steps
from simulator_service.posting.world_runner import JobCancelledError, WorldRunner, job_to_change, world_to_change
from simulator_service.refusals import BANK_NOT_EMPTY, NO_WORLD
from simulator_service.repository import WHOLE_PPM

_A_DAY_US = 24 * HOUR_US
ARRIVED_PPM, ARRANGED_SHARE_PPM = PEOPLE_SHARE_PPM + ACCOUNTS_SHARE_PPM, 100_000
"""How much of a world's progress it is that everybody has an account, and that they have arranged the rest."""


def carry_out(runner: WorldRunner, job: Job) -> None:
    """Do everything that is left of the job and store that it succeeded.

    Raises BankError when the bank says no or stays away, Refused without a world, WorldGoneError after a reset,
    JobCancelledError after the step in which somebody has it stopped.
    """
    if job.until_us is None:
        with runner.step_lock:  # no reset comes in between: the clock is moved for a world that there still is
            job = _begin_advance(runner, job) if job.kind == JobKind.ADVANCE else _begin_world(runner, job)
    if job.kind == JobKind.WORLD:
        _settle(runner, job)
    else:
        arrange_all(runner)
    _live_through(runner, job)
    if job.kind == JobKind.WORLD:
        _arrive(runner, job)
    with runner.database.write_session() as session:
        if job.kind == JobKind.WORLD:
            world_to_change(session, job.world_id).status = WorldStatus.ALIVE
        done = job_to_change(session, job.id)
        done.status, done.stage, done.progress_ppm = JobStatus.SUCCEEDED, JobStage.DONE, WHOLE_PPM
        done.finished_at = clock.now_us()


def fail(runner: WorldRunner, job: Job, sentence: str) -> None:
    """Store that the job came to an end without success; a world that could not be made is no world."""
    with runner.database.write_session() as session:
        if job.kind == JobKind.WORLD:
            world_to_change(session, job.world_id).status = WorldStatus.FAILED
        failed = job_to_change(session, job.id)
        failed.status, failed.error, failed.finished_at = JobStatus.FAILED, sentence, clock.now_us()


def stop(runner: WorldRunner, job: Job) -> None:
    """Store that the job was cancelled: a world that lives stays as far as it was lived, one still settling is none."""
    with runner.database.write_session() as session:
        stopped = job_to_change(session, job.id)
        if job.kind == JobKind.WORLD:
            lives = stopped.stage == JobStage.LIVING  # it never goes back, however often the job began anew
            world_to_change(session, job.world_id).status = WorldStatus.ALIVE if lives else WorldStatus.FAILED
        stopped.status, stopped.finished_at = JobStatus.CANCELLED, clock.now_us()


def _begin_world(runner: WorldRunner, job: Job) -> Job:
    """Ask the bank the time once, and fix which stretch of it this job lives.

    Where nobody says from when, it ends now: where the bank's clock stands still, at the time that it shows.
    """
    world, exact_us = runner.world(job.world_id), runner.bank.time_us()
    now_us = exact_us // MICROSECONDS * MICROSECONDS
    arranged_from_us = None
    if job.start_us is not None:
        from_us, until_us = job.start_us, job.start_us + job.span_us
    else:
        if runner.bank.clock_runs():  # an empty bank may have begun for this world already, before it was cut off
            now_us = max(now_us, clock.now_us() // MICROSECONDS * MICROSECONDS)
        from_us, until_us = (now_us - job.span_us) // HOUR_US * HOUR_US, now_us
    is_to_be_lived = world.arranged_from_us is not None  # as that of a document was
    if (job.start_us is None or is_to_be_lived) and runner.bank.open_bank_at(from_us):
        arranged_from_us = from_us
    elif is_to_be_lived:
        raise Refused(BANK_NOT_EMPTY)
    elif until_us > exact_us:  # a world that came to nothing has left the bank behind
        runner.bank.move_clock_to(until_us)
    with runner.database.write_session() as session:
        world = world_to_change(session, world.id)
        world.start_us = world.lived_until_us = from_us
        world.arranged_from_us = arranged_from_us
        return _begun(session, job.id, from_us, until_us)


def _begin_advance(runner: WorldRunner, job: Job) -> Job:
    """Fix how far each world lives: by the job's span from where it has lived to, wherever the bank's clock is.

    Raises Refused without a world.
    """
    with runner.database.write_session() as session:
        worlds = repository.living_worlds(session, for_update=True)
        if not worlds:
            raise Refused(NO_WORLD)
        for world in worlds:
            lived_us = _position(world)
            world.advancing_to_us = lived_us + job.span_us if job.to_us is None else max(lived_us, job.to_us)
        shown = next((world for world in worlds if world.id == job.world_id), worlds[-1])
        return _begun(session, job.id, _position(shown), _goal(shown, job))


def _begun(session: Session, job_id: str, from_us: int, until_us: int) -> Job:
    """The job, under way. Raises JobCancelledError for one that was cancelled before it was."""
    job = job_to_change(session, job_id)
    if job.cancel_asked_at is not None:
        raise JobCancelledError
    job.status, job.from_us, job.until_us = JobStatus.RUNNING, from_us, until_us
    return job


def _settle(runner: WorldRunner, job: Job) -> None:
    world = runner.world(job.world_id)
    parties = runner.planner(world).population.parties()
    _show_progress(runner, job, JobStage.PEOPLE)
    password = password_of(world, runner.log_in_secret) or secrets.token_urlsafe(18)
    steps = onboard(runner.database, runner.bank, world, parties, password)
    while True:
        with runner.step_lock:
            runner.world(job.world_id)
            progress_ppm = next(steps, None)
            if progress_ppm is None:
                break
            stage = JobStage.PEOPLE if progress_ppm < PEOPLE_SHARE_PPM else JobStage.ACCOUNTS
            _show_progress(runner, job, stage, progress_ppm)
    _arrange(runner, job, orders=_is_lived(runner, job))


def arrange_all(runner: WorldRunner) -> None:
    """People of worlds that are older than what they are to have at the bank get it before they live on.

    The bank would pay what they arrange at its own time: those of a world that is behind that arrange nothing yet.
    """
    with runner.database.read_session() as session:
        worlds = repository.living_worlds(session)
    for world in worlds:
        if not runner.is_arranged(world) and _has_come_up(runner, world):
            for _ in runner.arrange(world.id):
                pass


def _arrange(runner: WorldRunner, job: Job, *, orders: bool) -> None:
    for done in runner.arrange(job.world_id, orders=orders):
        _show_progress(runner, job, JobStage.ACCOUNTS, ARRIVED_PPM + int(ARRANGED_SHARE_PPM * done))


def _arrive(runner: WorldRunner, job: Job) -> None:
    """Where the bank is as far as the world, people whose past was told arrange payments from now on; an empty bank
    that began for this world, and has come up to the present, goes on with real time."""
    if not _is_lived(runner, job):
        if _has_come_up(runner, runner.world(job.world_id)):
            for _ in runner.arrange(job.world_id):
                pass
    else:
        with runner.step_lock:
            runner.world(job.world_id)
            if runner.bank.clock_runs():
                runner.bank.move_clock_to(clock.now_us() // MICROSECONDS * MICROSECONDS)


def _has_come_up(runner: WorldRunner, world: StoredWorld) -> bool:
    """Whether the world has lived up to the bank's time, but for a day."""
    return world.lived_until_us is None or world.lived_until_us > runner.bank.time_us() - _A_DAY_US


def _is_lived(runner: WorldRunner, job: Job) -> bool:
    """Whether the bank began with the job's world, whose past is lived as the bank's clock goes over it."""
    world = runner.world(job.world_id)
    return world.arranged_from_us is not None and world.arranged_from_us == world.start_us


def _live_through(runner: WorldRunner, job: Job) -> None:
    base_ppm = max(ARRIVED_PPM + ARRANGED_SHARE_PPM if job.kind == JobKind.WORLD else 0, job.progress_ppm)
    _show_progress(runner, job, JobStage.LIVING, base_ppm)
    if job.kind == JobKind.WORLD:
        worlds: Iterable[StoredWorld] = [runner.world(job.world_id)]
        began_us = _position(runner.world(job.world_id)) if _is_lived(runner, job) else job.until_us or 0
    else:
        with runner.database.read_session() as session:
            worlds = repository.living_worlds(session)
        began_us = runner.bank.time_us() // MICROSECONDS * MICROSECONDS
    goals = {world.id: _goal(world, job) for world in worlds}
    lived_us = {world.id: _position(world) for world in worlds}
    left_us = max(1, sum(goals.values()) - sum(lived_us.values()))
    for world_id, step in steps_of(runner, worlds, began_us, goals):
        lived_us[world_id] = step.until_us
        done_us = left_us - sum(goals.values()) + sum(lived_us.values())
        progress_ppm = base_ppm + (WHOLE_PPM - base_ppm) * done_us // left_us
        runner.take(step, world_id, moves_clock=step.until_us > began_us, job=(job.id, progress_ppm))


def _goal(world: StoredWorld, job: Job) -> int:
    """How far a job takes the world."""
    goal_us = job.until_us if job.kind == JobKind.WORLD or world.advancing_to_us is None else world.advancing_to_us
    if goal_us is None:
        message = "a job that has not begun has no time to live through"
        raise ValueError(message)
    return max(goal_us, _position(world))


def steps_of(
    runner: WorldRunner, worlds: Iterable[StoredWorld], began_us: int, goals: Mapping[str, int]
) -> Iterator[tuple[str, Step]]:
    """The steps of all these worlds in order of time, each with its world's id, as far as each one's goal.

    The bank is at `began_us`: what comes before is told, and after it the bank's clock goes along.
    """
    each = [_along(runner, world, began_us, goals[world.id]) for world in worlds]
    return heapq.merge(*each, key=lambda found: found[1].until_us)


def _along(runner: WorldRunner, world: StoredWorld, began_us: int, until_us: int) -> Iterator[tuple[str, Step]]:
    """One world's steps: what it still has to live of the past, and then what comes as the clock moves."""
    planner, position_us = runner.planner(world), _position(world)
    steps = chain(
        told_steps(planner, position_us, min(began_us, until_us)),
        lived_steps(planner, max(position_us, began_us), until_us),
    )
    return ((world.id, step) for step in steps)


def _position(world: StoredWorld) -> int:
    if world.lived_until_us is None:
        message = "a world has no place in time before its first job has begun"
        raise ValueError(message)
    return world.lived_until_us


def _show_progress(runner: WorldRunner, job: Job, stage: JobStage, at_least_ppm: int = 0) -> None:
    with runner.database.write_session() as session:
        shown = job_to_change(session, job.id)
        has_lived = shown.stage == JobStage.LIVING  # a step may be half posted since a kill: it is finished first
        if not (is_cancelled := shown.cancel_asked_at is not None and not has_lived):
            shown.stage = max(shown.stage, stage, key=list(JobStage).index)
            shown.progress_ppm = max(shown.progress_ppm, at_least_ppm)
    if is_cancelled:
        raise JobCancelledError
