"""Injecting a scenario: it is stored, and happens as the world lives on. Nobody has lived yet where it begins."""

import secrets
from typing import NamedTuple

from flask_sqlalchemy.session import Session

from shared.audit import AuditDetails, Subject, acting_now
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import JobStatus, WorldStatus
from shared.http.field_problems import invalid
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, Refused
from shared.time import clock
from simulator_service import repository
from simulator_service.models import StoredScenario, StoredWorld, audit_log
from simulator_service.posting.world_runner import WorldRunner
from simulator_service.refusals import NO_WORLD, TOO_FEW_PEOPLE
from simulator_service.scenarios.catalogue import BY_NAME, Kind
from simulator_service.scenarios.draft import DAY_US, Instance, TooFewPeopleError
from simulator_service.scenarios.story import story_of
from simulator_service.streams.randomness import draw_below, stream_key

_SEEDS = 2**31
_ONE_AFTER_THE_OTHER = "payroll_failure"
"""It changes what is planned, so that two of it must not meet."""


class Wanted(NamedTuple):
    """What is asked for. None: drawn from the seed, the newest world, the seed itself at random, as soon as can be.

    `look_alikes` is how many benign instances come along. `starts_us`: not before.
    """

    name: str
    seed: int | None
    width: int | None
    is_benign: bool
    look_alikes: int
    world_id: str | None
    starts_us: int | None


def inject(runner: WorldRunner, wanted: Wanted, *, bank_us: int | None) -> list[StoredScenario]:
    """Store the scenario and its look-alikes, in one commit; no step of a world may run meanwhile.

    `bank_us` is the bank's time, where it is known. Raises Refused: no such world, too few people, a width or a start
    that cannot be.
    """
    kind, seed = BY_NAME[wanted.name], secrets.randbelow(_SEEDS) if wanted.seed is None else wanted.seed
    if wanted.width is not None and not kind.widths[0] <= wanted.width <= kind.widths[1]:
        least, most = kind.widths
        raise invalid("width", f"must be {least} to {most}", code="not_that_wide", least=least, most=most)
    with runner.database.write_session() as session:
        world = _world(session, wanted.world_id)
        begins_us = _begins(session, world, wanted, bank_us)
        number = len(repository.scenarios(session, world.id))
        made = []
        for place, is_benign in enumerate([wanted.is_benign, *[True] * wanted.look_alikes]):
            instance = Instance(
                number=number + place + 1,
                name=kind.name,
                is_benign=is_benign,
                seed=seed + place,
                width=_width(kind, world, seed + place) if wanted.width is None else wanted.width,
                begins_us=begins_us,
            )
            row = _told(runner, world, instance)
            repository.add_scenario(session, row)
            made.append(row)
            if kind.name == _ONE_AFTER_THE_OTHER:
                begins_us = _midnight_after(row.ends_us)
        told = {"scenario": kind.name, "benign": wanted.is_benign, "seed": seed, "look_alikes": wanted.look_alikes}
        subject = Subject(AuditSubject.WORLD, world.id)
        audit_log.write(
            session.connection(), AuditAction.SCENARIO_INJECTED, subject, acting_now(), AuditDetails(after=told)
        )
    return made


def _world(session: Session, world_id: str | None) -> StoredWorld:
    if world_id is None:
        worlds = repository.living_worlds(session, for_update=True)
        if not worlds:
            raise Refused(NO_WORLD)
        return worlds[-1]
    world = repository.world(session, world_id, for_update=True)
    if world is None:
        raise Refused(NOT_FOUND)
    if world.status != WorldStatus.ALIVE:
        raise Refused(NO_WORLD)
    return world


def _begins(session: Session, world: StoredWorld, wanted: Wanted, bank_us: int | None) -> int:
    """The first midnight (UTC) that no step of the world can have come to, nor of the job that takes it on."""
    reached = [world.lived_until_us or 0]
    job = repository.job_to_run(session)
    if job is not None and job.status == JobStatus.RUNNING and world.advancing_to_us is not None:
        reached.append(world.advancing_to_us)
    if world.live_speed is not None and bank_us is not None:
        reached.append(bank_us + DAY_US)
    if wanted.name == _ONE_AFTER_THE_OTHER:
        reached += [one.ends_us for one in repository.scenarios(session, world.id) if one.kind == wanted.name]
    first_us = _midnight_after(max(reached))
    if wanted.starts_us is None:
        return first_us
    begins_us = _midnight_after(wanted.starts_us)
    if begins_us < first_us:
        raise invalid("start", f"must be {clock.to_wire(first_us)} or later", code="too_early")
    return begins_us


def _width(kind: Kind, world: StoredWorld, seed: int) -> int:
    """A usual width; where few people live, the least."""
    least, most = kind.usual
    if world.customers < 3 * most and kind.counts != "per cent of the people":
        return kind.widths[0]
    return least + draw_below(stream_key(seed, kind.name, "width"), 0, most - least + 1)


def _told(runner: WorldRunner, world: StoredWorld, instance: Instance) -> StoredScenario:
    try:
        story = story_of(runner.planner(world), instance)
    except TooFewPeopleError as error:
        raise Refused(TOO_FEW_PEOPLE, details={"needed": error.needed, "people": world.customers}) from None
    return StoredScenario(
        id=new_id(),
        world_id=world.id,
        number=instance.number,
        kind=instance.name,
        is_benign=int(instance.is_benign),
        seed=instance.seed,
        width=instance.width,
        begins_us=instance.begins_us,
        ends_us=story.ends_us,
        events=len(story.events),
        parties="\n".join(story.parties),
        created_at=clock.now_us(),
    )


def _midnight_after(moment_us: int) -> int:
    return -(-moment_us // DAY_US) * DAY_US
