"""A job from its first step to its last: a world is settled and its history lived, or a world lives on.

Each stage looks at what is stored and goes on from there, so carrying out a half-done job is the same as a new one.
"""

import heapq
import secrets
from collections.abc import Iterator
from itertools import chain

from shared import clock
from shared.clock import MICROSECONDS
from shared.refusals import Refused
from simulator_service import repository
from simulator_service.log_ins import password_of
from simulator_service.planning.planned_event import HOUR_US
from simulator_service.posting.onboarding import ACCOUNTS_SHARE_PPM, PEOPLE_SHARE_PPM, onboard
from simulator_service.posting.steps import Step, history_steps, hourly_steps
from simulator_service.posting.world_runner import WorldGoneError, WorldRunner
from simulator_service.refusals import NO_WORLD
from simulator_service.repository import WHOLE_PPM, Job, StoredWorld


def carry_out(runner: WorldRunner, job: Job) -> None:
    """Do everything that is left of the job and store that it succeeded.

    Raises BankError when the bank says no or stays away, Refused without a world, WorldGoneError after a reset.
    """
    if job.until_us is None:
        job = _begin(runner, job)
    if job.kind == "world":
        _settle(runner, job)
    _live_through(runner, job)
    with runner.database.write() as connection:
        if job.kind == "world":
            repository.change_world(connection, job.world_id, status="alive")
        finished_at = clock.now_us()
        repository.change_job(
            connection, job.id, status="succeeded", stage="done", progress_ppm=WHOLE_PPM, finished_at=finished_at
        )


def fail(runner: WorldRunner, job: Job, sentence: str) -> None:
    """Store that the job came to an end without success; a world that could not be made is no world."""
    with runner.database.write() as connection:
        if job.kind == "world":
            repository.change_world(connection, job.world_id, status="failed")
        repository.change_job(connection, job.id, status="failed", error=sentence, finished_at=clock.now_us())


def _begin(runner: WorldRunner, job: Job) -> Job:
    """Ask the bank the time once, and fix which stretch of it this job lives."""
    world, exact_us = runner.world(job.world_id), runner.bank.time_us()
    now_us = exact_us // MICROSECONDS * MICROSECONDS
    if job.kind == "advance":
        next_second_us = -(-exact_us // MICROSECONDS) * MICROSECONDS  # the clock moves by no less than was asked for
        from_us, until_us = _first_moment(runner, now_us), next_second_us + job.span_us
    elif job.start_us is not None:
        from_us, until_us = job.start_us, job.start_us + job.span_us
        if until_us > now_us:
            runner.bank.move_clock_to(until_us)
    else:
        from_us, until_us = (now_us - job.span_us) // HOUR_US * HOUR_US, now_us
    with runner.database.write() as connection:
        if job.kind == "world":
            repository.change_world(connection, world.id, start_us=from_us, lived_until_us=from_us)
        repository.change_job(connection, job.id, status="running", from_us=from_us, until_us=until_us)
    return _reread(runner, job.id)


def _settle(runner: WorldRunner, job: Job) -> None:
    world = runner.world(job.world_id)
    parties = runner.planner(world).population.parties()
    _change(runner, job.id, stage="people")
    password = password_of(world, runner.log_in_secret) or secrets.token_urlsafe(18)
    steps = onboard(runner.database, runner.bank, world, parties, password)
    while True:
        with runner.step_lock:
            runner.world(job.world_id)
            progress_ppm = next(steps, None)
            if progress_ppm is None:
                return
            stage = "people" if progress_ppm < PEOPLE_SHARE_PPM else "accounts"
            _change(runner, job.id, stage=stage, progress_ppm=progress_ppm)


def _live_through(runner: WorldRunner, job: Job) -> None:
    base_ppm = PEOPLE_SHARE_PPM + ACCOUNTS_SHARE_PPM if job.kind == "world" else 0
    _change(runner, job.id, stage="living", progress_ppm=max(base_ppm, _reread(runner, job.id).progress_ppm))
    if job.until_us is None or job.from_us is None:
        message = "a job that has not begun has no time to live through"
        raise ValueError(message)
    span_us = max(job.until_us - job.from_us, MICROSECONDS)
    for world_id, step in _steps(runner, job, job.until_us):
        lived_ppm = (WHOLE_PPM - base_ppm) * (step.until_us - job.from_us) // span_us
        runner.take(step, world_id, moves_clock=job.kind == "advance", job=(job.id, base_ppm + lived_ppm))


def _steps(runner: WorldRunner, job: Job, until_us: int) -> Iterator[tuple[str, Step]]:
    """What is left to be lived: of a new world its history, else of all worlds together, hour by hour from now on."""
    if job.kind == "world":
        world = runner.world(job.world_id)
        return ((world.id, step) for step in history_steps(runner.planner(world), _position(world), until_us))
    with runner.database.read() as connection:
        worlds = repository.living_worlds(connection)
    began_us = until_us - job.span_us
    each = [_along(runner, world, began_us, until_us) for world in worlds]
    return heapq.merge(*each, key=lambda found: found[1].until_us)


def _along(runner: WorldRunner, world: StoredWorld, began_us: int, until_us: int) -> Iterator[tuple[str, Step]]:
    """One world's steps: what it still has to live of the past, and then each hour as the clock moves."""
    planner, position_us = runner.planner(world), _position(world)
    steps = chain(
        history_steps(planner, position_us, began_us), hourly_steps(planner, max(position_us, began_us), until_us)
    )
    return ((world.id, step) for step in steps)


def _first_moment(runner: WorldRunner, now_us: int) -> int:
    """How far the world has lived that is furthest behind. Raises Refused when none lives."""
    with runner.database.read() as connection:
        worlds = repository.living_worlds(connection)
    if not worlds:
        raise Refused(NO_WORLD)
    return min(now_us, *(_position(world) for world in worlds))


def _position(world: StoredWorld) -> int:
    if world.lived_until_us is None:
        message = "a world has no place in time before its first job has begun"
        raise ValueError(message)
    return world.lived_until_us


def _change(runner: WorldRunner, job_id: str, **changes: object) -> None:
    with runner.database.write() as connection:
        repository.change_job(connection, job_id, **changes)


def _reread(runner: WorldRunner, job_id: str) -> Job:
    with runner.database.read() as connection:
        job = repository.job(connection, job_id)
    if job is None:
        raise WorldGoneError
    return job
