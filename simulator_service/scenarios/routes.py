"""The HTTP of scenarios, for administrators: what kinds there are, injecting one, and what was injected."""

from typing import Any

from flask import make_response
from flask_openapi3 import Tag

from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.idempotency import idempotency_key, takes_idempotency_key
from shared.http.pagination import ListQuery
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import ADMIN, access, current_identity
from shared.network.http_client import REPLAYED_HEADER
from shared.time.clock import to_wire
from simulator_service import repository
from simulator_service.context import context
from simulator_service.models import StoredScenario
from simulator_service.refusals import NO_WORLD, TOO_FEW_PEOPLE
from simulator_service.scenarios.catalogue import BENIGN, BY_NAME, KINDS, Kind
from simulator_service.scenarios.injecting import Key, Wanted, inject
from simulator_service.scenarios.payloads import (
    PARTIES_SHOWN,
    Scenario,
    ScenarioInjection,
    ScenarioKinds,
    ScenarioRequest,
)

blueprint = ServiceBlueprint(
    "scenarios",
    __name__,
    url_prefix="/api/simulator/scenarios",
    abp_security=SECURED,
    abp_tags=[Tag(name="Scenarios", description="What happens in a world beside its people's plans, with labels.")],
)


@blueprint.post("", responses={"201": reply_of(ScenarioInjection)}, summary="Inject scenario")
@access(ADMIN)
@audited(AuditAction.SCENARIO_INJECTED, on=AuditSubject.WORLD)
@refuses(NO_WORLD, TOO_FEW_PEOPLE)
@takes_idempotency_key
def inject_scenario(body: ScenarioRequest) -> ViewReply:
    key, caller_id = idempotency_key(), current_identity().user_id
    wanted = Wanted(
        name=body.name,
        seed=body.seed,
        width=body.width,
        is_benign=body.benign,
        look_alikes=0 if body.benign else body.look_alikes,
        world_id=body.world_id,
        starts_us=body.start,
    )
    done = inject(context().runner, wanted, None if key is None else Key(caller_id, key))
    reply = make_response(success({"injected": [_shown(row) for row in done.rows]}), 201)
    if done.is_replayed:
        reply.headers[REPLAYED_HEADER] = "true"
    return reply


@blueprint.get("", responses={"200": list_of(Scenario)}, summary="List injected scenarios, newest first")
@access(ADMIN)
def list_scenarios(query: ListQuery) -> ViewReply:
    with context().database.read_session() as session:
        rows, next_cursor = repository.newest_scenarios(session, query)
        return success_list([_shown(row) for row in rows], next_cursor)


@blueprint.get("/kinds", responses={"200": reply_of(ScenarioKinds)}, summary="List kinds of scenario")
@access(ADMIN)
def list_scenario_kinds() -> ViewReply:
    return success({"kinds": [_kind(kind) for kind in KINDS]})


def _kind(kind: Kind) -> dict[str, Any]:
    return {
        "name": kind.name,
        "label": kind.label,
        "what": kind.what,
        "look_alike": kind.look_alike,
        "counts": kind.counts,
        "least_width": kind.widths[0],
        "most_width": kind.widths[1],
    }


def _shown(row: StoredScenario) -> dict[str, Any]:
    parties = row.parties.splitlines()
    return {
        "id": row.id,
        "world_id": row.world_id,
        "name": row.kind,
        "label": BENIGN if row.is_benign else BY_NAME[row.kind].label,
        "seed": row.seed,
        "width": row.width,
        "begins": to_wire(row.begins_us),
        "ends": to_wire(row.ends_us),
        "events": row.events,
        "party_count": len(parties),
        "parties": parties[:PARTIES_SHOWN],
        "created_at": to_wire(row.created_at),
    }
