"""The simulator's public HTTP, for administrators: parse, call, render."""

from typing import Any

from flask_openapi3 import Tag
from flask_sqlalchemy.session import Session

from sandbank import BankError
from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.enums import JobKind, JobStatus
from shared.http.application import SECURED, ViewReply
from shared.http.field_problems import invalid
from shared.http.pagination import ListQuery
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identifiers import is_id
from shared.identity.access import ADMIN, access
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import NOT_A_SANDBOX
from simulator_service import commands, log_ins, payloads, repository, serializers
from simulator_service.context import context
from simulator_service.models import Job, StoredWorld
from simulator_service.payloads import (
    AdvanceRequest,
    JobPath,
    LiveMode,
    LiveRequest,
    ResetRequest,
    ResetResult,
    Scorecard,
    SimulatorStatus,
    WorldRequest,
)
from simulator_service.planning.planned_event import HOUR_US
from simulator_service.realism import validation
from simulator_service.refusals import JOB_IS_OVER, NO_WORLD

LOG_INS_SHOWN = 5

blueprint = ServiceBlueprint(
    "simulator",
    __name__,
    url_prefix="/api/simulator",
    abp_security=SECURED,
    abp_tags=[Tag(name="Simulator", description="Worlds of people who use the bank, and the time they live in.")],
)


@blueprint.post("/worlds", responses={"202": reply_of(payloads.Job)}, summary="Create world")
@access(ADMIN)
@audited(AuditAction.WORLD_REQUESTED, on=AuditSubject.WORLD)
def create_world(body: WorldRequest) -> ViewReply:
    job = commands.request_world(
        context().database,
        seed=body.seed,
        customers=body.customers,
        days=body.days,
        preset=body.preset,
        currency=context().settings.currency,
        start=body.start_date,
        is_seeded=not context().settings.is_production,
    )
    return _accepted(job)


@blueprint.post("/advance", responses={"202": reply_of(payloads.Job)}, summary="Advance time")
@access(ADMIN)
@audited(AuditAction.WORLD_ADVANCED, on=AuditSubject.WORLD)
@refuses(NO_WORLD)
def advance_world(body: AdvanceRequest) -> ViewReply:
    span_us = (body.days * 24 + body.hours) * HOUR_US
    return _accepted(commands.request_advance(context().database, span_us=span_us, to_us=body.to))


@blueprint.post("/live", responses={"200": reply_of(LiveMode)}, summary="Start or stop live mode")
@access(ADMIN)
@audited(AuditAction.LIVE_MODE_SET, on=AuditSubject.WORLD)
@refuses(NO_WORLD)
def set_live_mode(body: LiveRequest) -> ViewReply:
    commands.set_live(context().database, running=body.running, speed=body.speed)
    context().engine.wake()
    return success({"running": body.running, "speed": body.speed})


@blueprint.get("/jobs", responses={"200": list_of(payloads.Job)}, summary="List jobs, newest first")
@access(ADMIN)
def list_jobs(query: ListQuery) -> ViewReply:
    with context().database.read_session() as session:
        page, next_cursor = repository.newest_jobs(session, query)
        rows = [_job(session, row) for row in page]
    return success_list(rows, next_cursor)


@blueprint.get("/jobs/<job_id>", responses={"200": reply_of(payloads.Job)}, summary="Get job")
@access(ADMIN)
def get_job(path: JobPath) -> ViewReply:
    with context().database.read_session() as session:
        row = repository.job(session, path.job_id) if is_id(path.job_id) else None
        if row is None:
            raise Refused(NOT_FOUND)
        return success(_job(session, row))


@blueprint.post("/jobs/<job_id>/cancel", responses={"202": reply_of(payloads.Job)}, summary="Cancel job")
@access(ADMIN)
@audited(AuditAction.JOB_CANCELLED, on=AuditSubject.WORLD)
@refuses(JOB_IS_OVER)
def cancel_job(path: JobPath) -> ViewReply:
    if not is_id(path.job_id):
        raise Refused(NOT_FOUND)
    commands.cancel_job(context().database, path.job_id)
    with context().database.read_session() as session:
        row = repository.job(session, path.job_id)
        return success(None if row is None else _job(session, row)), 202


@blueprint.get("/status", responses={"200": reply_of(SimulatorStatus)}, summary="Get simulator status")
@access(ADMIN)
def get_simulator_status() -> ViewReply:
    try:
        bank_time = context().clock.time()
    except BankError:  # the bank is away; the simulator's own facts are still worth showing
        bank_time = None
    with context().database.read_session() as session:
        worlds = [_world(session, world) for world in repository.worlds_of_bank(session)]
        job = repository.job_to_run(session)
        speed = repository.live_speed(session)
        return success(
            {
                "bank_time": bank_time,
                "world": worlds[0] if worlds else None,
                "worlds": worlds,
                "live": {"running": speed is not None, "speed": speed or 1},
                "job": _job(session, job) if job else None,
            }
        )


@blueprint.get(
    "/validate", responses={"200": reply_of(Scorecard)}, summary="Check the newest world against published figures"
)
@access(ADMIN)
@refuses(NO_WORLD)
def validate_world() -> ViewReply:
    with context().database.read_session() as session:
        living = repository.living_worlds(session)
        if not living:
            raise Refused(NO_WORLD)
        asked = validation.asked_of(living[-1])
    return success(validation.scorecard_of(asked))


@blueprint.post("/reset", responses={"200": reply_of(ResetResult)}, summary="Reset the bank")
@access(ADMIN)
@audited(AuditAction.BANK_RESET, on=AuditSubject.BANK)
@refuses(NOT_A_SANDBOX)
def reset_bank(body: ResetRequest) -> ViewReply:
    here = context()
    if here.settings.is_production:
        raise Refused(NOT_A_SANDBOX)
    if body.confirm != here.settings.bank_name:
        name = here.settings.bank_name
        raise invalid("confirm", f'must be the bank\'s name, "{name}"', code="not_the_name", name=name)
    with here.engine.held():
        emptied = here.reset.run()
        here.runner.forget()
    here.faults.clear()
    return success({"reset": emptied})


def _accepted(job: Job) -> tuple[dict[str, Any], int]:
    context().engine.wake()
    return success(serializers.job(job, bank_us=None, log_ins=[])), 202


def _world(session: Session, world: StoredWorld) -> dict[str, Any]:
    accounts = repository.residents_with_accounts(session, world.id)
    return serializers.world(world, people=world.customers, accounts=accounts)


def _job(session: Session, row: Job) -> dict[str, Any]:
    world = repository.world(session, row.world_id)
    people: list[dict[str, str]] = []
    if world is not None and row.kind == JobKind.WORLD and row.status == JobStatus.SUCCEEDED:
        people = log_ins.log_ins(session, world, context().settings.log_in_secret, LOG_INS_SHOWN)
    return serializers.job(row, bank_us=world.lived_until_us if world else None, log_ins=people)
