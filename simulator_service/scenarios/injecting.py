"""Injecting a scenario: it is stored, and happens as the world lives on. Nobody has lived yet where it begins.

How far a world's steps may have begun to post is stored before they do (`posting_until_us`); a scenario begins after
that: so what was posted stays as it was planned, whichever process injects and whatever becomes of the step.
"""

import json
import secrets
from hashlib import sha256
from typing import NamedTuple

from flask_sqlalchemy.session import Session
from sqlalchemy.exc import IntegrityError

from shared.audit import AuditDetails, Subject, acting_now
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import WorldStatus
from shared.http.field_problems import invalid
from shared.identifiers import new_id
from shared.refusals import IDEMPOTENCY_KEY_REUSED, NOT_FOUND, UNAVAILABLE, Refused
from shared.time import clock
from simulator_service import repository
from simulator_service.models import InjectionKey, StoredScenario, StoredWorld, audit_log
from simulator_service.posting.world_runner import WorldRunner
from simulator_service.refusals import NO_WORLD, TOO_FEW_PEOPLE
from simulator_service.scenarios.catalogue import BY_NAME, Kind
from simulator_service.scenarios.draft import DAY_US, Instance, TooFewPeopleError, midnight_after
from simulator_service.scenarios.story import story_of
from simulator_service.streams.randomness import draw_below, stream_key

_SEEDS = 2**31
_ATTEMPTS = 5
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


class Key(NamedTuple):
    """The idempotency key that a request came with, and whose request it is."""

    caller_id: str
    text: str

    @property
    def name(self) -> str:
        """What is stored of it."""
        return sha256(json.dumps(self).encode()).hexdigest()


class Injected(NamedTuple):
    """What was injected: the scenario, then its look-alikes. `is_replayed`: an earlier request with this key did it."""

    rows: list[StoredScenario]
    is_replayed: bool


class _Place(NamedTuple):
    """Where an injection comes in: after how many others of the world, and when it begins."""

    world: StoredWorld
    after_number: int
    begins_us: int


def inject(runner: WorldRunner, wanted: Wanted, key: Key | None) -> Injected:
    """Store the scenario and its look-alikes, in one commit; with a key once, however often it is asked for.

    They are told before that commit, which stands in nobody's way, and again should the world have lived on meanwhile.
    Raises Refused: no such world, too few people, a width or a start that cannot be, a key that was used for something
    else, and (503) a world that lives on faster than that.
    """
    kind, seed = BY_NAME[wanted.name], secrets.randbelow(_SEEDS) if wanted.seed is None else wanted.seed
    if wanted.width is not None and not kind.widths[0] <= wanted.width <= kind.widths[1]:
        least, most = kind.widths
        raise invalid("width", f"must be {least} to {most}", code="not_that_wide", least=least, most=most)
    for attempt in range(_ATTEMPTS):
        with runner.database.read_session() as session:
            if (known := _known(session, wanted, key)) is not None:
                return known
            place = _place(session, wanted, days_later=attempt)
        rows = _told(runner, place, wanted, seed)
        try:
            with runner.database.write_session() as session:
                if (known := _known(session, wanted, key)) is not None:
                    return known
                if _still_holds(session, place, wanted):
                    repository.add_scenarios(session, rows, _used(key, wanted, rows))
                    _write(session, wanted, seed, place.world.id)
                    return Injected(rows, is_replayed=False)
        except IntegrityError:  # another process took the number or the key
            if attempt == _ATTEMPTS - 1:
                raise
    raise Refused(UNAVAILABLE, "The world lives on too fast for this scenario; stop live mode, or name a later start.")


def _known(session: Session, wanted: Wanted, key: Key | None) -> Injected | None:
    """What an earlier request with the key has injected. Raises Refused where it asked for something else."""
    found = None if key is None else repository.injection_key(session, key.name)
    if found is None:
        return None
    if found.request_hash != _hash(wanted):
        raise Refused(IDEMPOTENCY_KEY_REUSED)
    return Injected(repository.injected_under(session, found), is_replayed=True)


def _used(key: Key | None, wanted: Wanted, rows: list[StoredScenario]) -> InjectionKey | None:
    if key is None:
        return None
    return InjectionKey(
        name=key.name,
        request_hash=_hash(wanted),
        world_id=rows[0].world_id,
        first_number=rows[0].number,
        last_number=rows[-1].number,
    )


def _hash(wanted: Wanted) -> str:
    return sha256(json.dumps(wanted).encode()).hexdigest()


def _place(session: Session, wanted: Wanted, *, days_later: int) -> _Place:
    """Where it comes in as of now; later than it could where the world lived on while it was told."""
    world = _world(session, wanted.world_id)
    number = repository.last_scenario_number(session, world.id)
    first_us = _first_us(session, world, wanted)
    if wanted.starts_us is None:
        return _Place(world, number, first_us + days_later * DAY_US)
    begins_us = midnight_after(wanted.starts_us)
    if begins_us < first_us:
        raise invalid("start", f"must be {clock.to_wire(first_us)} or later", code="too_early")
    return _Place(world, number, begins_us)


def _still_holds(session: Session, place: _Place, wanted: Wanted) -> bool:
    """Whether it still comes in there; the world is locked, so that no step begins before this is committed."""
    world = repository.world(session, place.world.id, for_update=True)
    if world is None or world.status != WorldStatus.ALIVE:
        raise Refused(NO_WORLD)
    is_next = repository.last_scenario_number(session, world.id) == place.after_number
    return is_next and _first_us(session, world, wanted) <= place.begins_us


def _world(session: Session, world_id: str | None) -> StoredWorld:
    if world_id is None:
        worlds = repository.living_worlds(session)
        if not worlds:
            raise Refused(NO_WORLD)
        return worlds[-1]
    world = repository.world(session, world_id)
    if world is None:
        raise Refused(NOT_FOUND)
    if world.status != WorldStatus.ALIVE:
        raise Refused(NO_WORLD)
    return world


def _first_us(session: Session, world: StoredWorld, wanted: Wanted) -> int:
    """The first midnight (UTC) of which no step of the world can have posted anything."""
    reached = [world.lived_until_us or 0, world.posting_until_us or 0]
    if wanted.name == _ONE_AFTER_THE_OTHER:
        reached.append(repository.last_end_of(session, world.id, wanted.name) or 0)
    return midnight_after(max(reached))


def _told(runner: WorldRunner, place: _Place, wanted: Wanted, seed: int) -> list[StoredScenario]:
    kind, begins_us, rows = BY_NAME[wanted.name], place.begins_us, []
    for nth, is_benign in enumerate([wanted.is_benign, *[True] * wanted.look_alikes]):
        instance = Instance(
            number=place.after_number + nth + 1,
            name=kind.name,
            is_benign=is_benign,
            seed=seed + nth,
            width=_width(kind, place.world, seed + nth) if wanted.width is None else wanted.width,
            begins_us=begins_us,
        )
        rows.append(_row(runner, place.world, instance))
        if kind.name == _ONE_AFTER_THE_OTHER:
            begins_us = midnight_after(rows[-1].ends_us)
    return rows


def _width(kind: Kind, world: StoredWorld, seed: int) -> int:
    """A usual width; where few people live, the least."""
    least, most = kind.usual
    if world.customers < 3 * most and kind.counts != "per cent of the people":
        return kind.widths[0]
    return least + draw_below(stream_key(seed, kind.name, "width"), 0, most - least + 1)


def _row(runner: WorldRunner, world: StoredWorld, instance: Instance) -> StoredScenario:
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


def _write(session: Session, wanted: Wanted, seed: int, world_id: str) -> None:
    """Write down who injected what, in the commit that stores it."""
    told = {"scenario": wanted.name, "benign": wanted.is_benign, "seed": seed, "look_alikes": wanted.look_alikes}
    subject = Subject(AuditSubject.WORLD, world_id)
    audit_log.write(
        session.connection(), AuditAction.SCENARIO_INJECTED, subject, acting_now(), AuditDetails(after=told)
    )
