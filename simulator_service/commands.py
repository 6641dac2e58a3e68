"""What an administrator asks of the simulator: a new world, more time, a living bank, an empty one."""

from datetime import UTC, date, datetime, time
from typing import NamedTuple

from flask_sqlalchemy.session import Session

from shared.audit import AuditDetails, Subject, acting_now
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import JobKind, JobStage, JobStatus, WorldStatus
from shared.http.field_problems import invalid
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, Refused
from shared.storage.database import Database
from shared.time import clock
from shared.time.clock import MICROSECONDS
from simulator_service import repository
from simulator_service.log_ins import new_salt, seeded_salt
from simulator_service.models import Job, StoredWorld, audit_log
from simulator_service.payloads import MAX_DAYS
from simulator_service.planning.planned_event import EMPTY_LOG_SHA256, HOUR_US
from simulator_service.refusals import JOB_IS_OVER, NO_WORLD

DAY_US = 24 * HOUR_US


class WantedWorld(NamedTuple):
    """A world to be made. Without a start its history ends now, and an empty bank begins with it.

    `number` and `is_lived` are of one that is made again: what it was called by, and whether the bank began with it.
    `is_seeded`: its ids and its password follow from its seed.
    """

    seed: int
    customers: int
    preset: str
    currency: str
    span_us: int
    start_us: int | None = None
    number: int | None = None
    is_lived: bool = False
    is_seeded: bool = False


def request_world(
    database: Database,
    *,
    seed: int,
    customers: int,
    days: int,
    preset: str,
    currency: str,
    start: date | None,
    is_seeded: bool = False,
) -> Job:
    """Store a new world beside what the bank holds, and the job that will make it. Those before it live on.

    `is_seeded`: its ids and its password follow from its seed.
    """
    start_us = None if start is None else clock.from_datetime(datetime.combine(start, time.min, UTC))
    span_us = days * DAY_US
    wanted = WantedWorld(seed, customers, preset, currency, span_us=span_us, start_us=start_us, is_seeded=is_seeded)
    return store_world(database, wanted)


def store_world(database: Database, wanted: WantedWorld) -> Job:
    """Store a world that is wanted, and the job that will make it."""
    now_us = clock.now_us()
    with database.write_session() as session:
        number = wanted.number or repository.next_world_number(session)
        world = StoredWorld(
            id=new_id(),
            number=number,
            seed=wanted.seed,
            customers=wanted.customers,
            preset=wanted.preset,
            currency=wanted.currency,
            log_in_salt=seeded_salt(wanted.seed, number) if wanted.is_seeded else new_salt(),
            status=WorldStatus.MAKING,
            start_us=None,
            lived_until_us=None,
            posted=0,
            refused=0,
            plan_sha256=EMPTY_LOG_SHA256,
            live_speed=None,
            created_at=now_us,
            arranged_from_us=wanted.start_us if wanted.is_lived else None,
            advancing_to_us=None,
            posting_until_us=None,
        )
        repository.add_world(session, world)
        span_us = wanted.span_us
        job = _new_job(JobKind.WORLD, world.id, span_us=span_us, start_us=wanted.start_us, now_us=now_us)
        repository.add_job(session, job)
        asked = {name: getattr(wanted, name) for name in ("seed", "customers", "preset", "currency")}
        asked["days"] = span_us // DAY_US
        _write(session, AuditAction.WORLD_REQUESTED, world.id, {**asked, "job_id": job.id})
    return job


def request_advance(database: Database, *, span_us: int = 0, to_us: int | None = None) -> Job:
    """Store a job that lets every world live on by a span from where it has lived to, or until an instant.

    The bank's clock goes along where it is not there yet. Raises Refused without a world, and for an instant that is
    too far from where one of them is.
    """
    with database.write_session() as session:
        worlds = repository.worlds_of_bank(session)
        if not worlds:
            raise Refused(NO_WORLD)
        behind_us = min((one.lived_until_us for one in worlds if one.lived_until_us is not None), default=to_us or 0)
        if to_us is not None and to_us - behind_us > MAX_DAYS * DAY_US:
            raise invalid("to", f"must be at most {MAX_DAYS} days ahead", code="too_far_ahead", days=MAX_DAYS)
        job = _new_job(JobKind.ADVANCE, worlds[0].id, span_us=span_us, start_us=None, now_us=clock.now_us())
        job.to_us = None if to_us is None else to_us // MICROSECONDS * MICROSECONDS
        repository.add_job(session, job)
        span = {"seconds": span_us // MICROSECONDS} if to_us is None else {"to": clock.to_wire(to_us)}
        asked = {**span, "job_id": job.id}
        _write(session, AuditAction.WORLD_ADVANCED, worlds[0].id, asked)
    return job


def cancel_job(database: Database, job_id: str) -> Job:
    """Have a job stop after its present step; one that has not begun is cancelled at once.

    Raises Refused for one that does not exist, or is over.
    """
    with database.write_session() as session:
        job = repository.job(session, job_id, for_update=True)
        if job is None:
            raise Refused(NOT_FOUND)
        if job.status not in (JobStatus.QUEUED, JobStatus.RUNNING):
            raise Refused(JOB_IS_OVER)
        job.cancel_asked_at = clock.now_us()
        if job.status == JobStatus.QUEUED:
            job.status, job.finished_at = JobStatus.CANCELLED, job.cancel_asked_at
            world = repository.world(session, job.world_id, for_update=True)
            if world is not None and job.kind == JobKind.WORLD:
                world.status = WorldStatus.FAILED
        _write(session, AuditAction.JOB_CANCELLED, job.world_id, {"job_id": job.id})
    return job


def set_live(database: Database, *, running: bool, speed: int) -> None:
    """Let all worlds go on by themselves, or stop them; survives a restart. Raises Refused without a world."""
    with database.write_session() as session:
        worlds = repository.worlds_of_bank(session, for_update=True)
        if not worlds:
            raise Refused(NO_WORLD)
        for world in worlds:
            world.live_speed = speed if running else None
        _write(session, AuditAction.LIVE_MODE_SET, worlds[0].id, {"running": running, "speed": speed})


def _write(session: Session, action: AuditAction, world_id: str, asked: dict[str, object]) -> None:
    """Write down what an administrator asked for, in the commit that takes it on."""
    subject = Subject(AuditSubject.WORLD, world_id)
    audit_log.write(session.connection(), action, subject, acting_now(), AuditDetails(after=asked))


def _new_job(kind: JobKind, world_id: str, *, span_us: int, start_us: int | None, now_us: int) -> Job:
    return Job(
        id=new_id(),
        kind=kind,
        world_id=world_id,
        span_us=span_us // MICROSECONDS * MICROSECONDS,
        start_us=start_us,
        from_us=None,
        until_us=None,
        status=JobStatus.QUEUED,
        stage=JobStage.WAITING,
        progress_ppm=0,
        posted=0,
        refused=0,
        busy_us=0,
        error=None,
        created_at=now_us,
        finished_at=None,
        to_us=None,
        cancel_asked_at=None,
    )
