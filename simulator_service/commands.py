"""What an administrator asks of the simulator: a new world, more time, a living bank, an empty one."""

import secrets
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection

from shared import clock, services
from shared.clock import MICROSECONDS
from shared.database import Database
from shared.discovery import Discovery
from shared.http_client import ServiceClient
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, Refused
from shared.service_tokens import ServiceToken
from shared.services import Service
from simulator_service import repository
from simulator_service.planning.planned_event import EMPTY_LOG_SHA256, HOUR_US
from simulator_service.refusals import NO_WORLD
from simulator_service.repository import Job, StoredWorld

DAY_US = 24 * HOUR_US
RESET_TIMEOUT_SECONDS = 20.0
_OWNERS = (services.TRANSACTION, services.ACCOUNT, services.AUTH)


def request_world(
    database: Database, *, seed: int, customers: int, days: int, preset: str, currency: str, start: date | None
) -> Job:
    """Store a new world beside what the bank holds, and the job that will make it. The world before stops living."""
    now_us = clock.now_us()
    with database.write() as connection:
        world = StoredWorld(
            id=new_id(),
            number=repository.next_world_number(connection),
            seed=seed,
            customers=customers,
            preset=preset,
            currency=currency,
            password=secrets.token_urlsafe(18),
            status="making",
            start_us=None,
            lived_until_us=None,
            posted=0,
            refused=0,
            plan_sha256=EMPTY_LOG_SHA256,
            live_speed=None,
            created_at=now_us,
        )
        repository.add_world(connection, world)
        start_us = None if start is None else clock.from_datetime(datetime.combine(start, time.min, UTC))
        job = _new_job("world", world.id, span_us=days * DAY_US, start_us=start_us, now_us=now_us)
        repository.add_job(connection, job)
    return job


def request_advance(database: Database, *, span_us: int) -> Job:
    """Store a job that moves the bank clock and lets the current world live along. Raises Refused without a world."""
    with database.write() as connection:
        world = repository.current_world(connection)
        if world is None:
            raise Refused(NO_WORLD)
        job = _new_job("advance", world.id, span_us=span_us, start_us=None, now_us=clock.now_us())
        repository.add_job(connection, job)
    return job


def set_live(database: Database, *, running: bool, speed: int) -> None:
    """Let the current world go on by itself, or stop it; survives a restart. Raises Refused without a world."""
    with database.write() as connection:
        world = repository.current_world(connection)
        if world is None:
            raise Refused(NO_WORLD)
        repository.change_world(connection, world.id, live_speed=speed if running else None)


def reset_bank(database: Database, discovery: Discovery, token: ServiceToken) -> list[str]:
    """Empty the bank; the names of the services that were told to. No step of a world may run meanwhile.

    The ledger goes first, so that nothing is left pointing at what is gone, and the services that only read the others'
    feeds last, so that they take nothing in again; one of these without the route learns of the reset from its feeds.
    Raises Refused when a service cannot be emptied; asking again finishes the rest.
    """
    readers = [service for service in services.BACKENDS if service not in (*_OWNERS, services.SIMULATOR)]
    for service in _OWNERS:
        _empty(service, discovery, token)
    with database.write() as connection:
        repository.clear(connection)
    emptied = [service.name for service in _OWNERS]
    for service in readers:
        try:
            _empty(service, discovery, token)
        except Refused as refused:
            if refused.refusal.status != NOT_FOUND.status:
                raise
        else:
            emptied.append(service.name)
    return emptied


def _empty(service: Service, discovery: Discovery, token: ServiceToken) -> None:
    client = ServiceClient(service, discovery)
    client.call("POST", "/internal/reset", token=token(), payload={}, timeout_seconds=RESET_TIMEOUT_SECONDS)


def log_ins(connection: Connection, world_id: str, people: int) -> list[dict[str, str]]:
    """User name and password of a world's first people, who all share the password of their world."""
    world = repository.world(connection, world_id)
    usernames = repository.usernames_of(connection, world_id, [f"p{number}" for number in range(people)])
    return [] if world is None else [{"username": name, "password": world.password} for name in usernames]


def _new_job(kind: str, world_id: str, *, span_us: int, start_us: int | None, now_us: int) -> Job:
    return Job(
        id=new_id(),
        kind=kind,
        world_id=world_id,
        span_us=span_us // MICROSECONDS * MICROSECONDS,
        start_us=start_us,
        from_us=None,
        until_us=None,
        status="queued",
        stage="waiting",
        progress_ppm=0,
        posted=0,
        refused=0,
        busy_us=0,
        error=None,
        created_at=now_us,
        finished_at=None,
    )
