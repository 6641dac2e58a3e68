"""The HTTP of faults: administrators of a bank in development add and remove them, the gateway reads and counts."""

from typing import Any

from flask_openapi3 import Tag

from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.faults import FAULTS_PATH
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import SIMULATION, access, service_only
from shared.refusals import Refused
from shared.service_refusals import ONLY_IN_DEVELOPMENT
from shared.time.clock import to_wire
from simulator_service.context import context
from simulator_service.faults import acts, payloads
from simulator_service.faults.payloads import FaultIdPath, FaultRequest, FaultsRemoved
from simulator_service.faults.registry import Fault
from simulator_service.refusals import TOO_MANY_FAULTS

PROVOKE_SCOPE = "faults:provoke"
"""Of the gateway alone, which provokes them."""

blueprint = ServiceBlueprint(
    "faults",
    __name__,
    url_prefix=FAULTS_PATH,
    abp_security=SECURED,
    abp_tags=[
        Tag(
            name="Faults",
            description="What goes wrong on purpose with requests to a bank in development (docs/faults).",
        )
    ],
)
internal = ServiceBlueprint("provoked_faults", __name__, url_prefix="/internal/faults", doc_ui=False)


@blueprint.post("", responses={"201": reply_of(payloads.ProvokedFault)}, summary="Inject fault")
@access(SIMULATION)
@audited(AuditAction.FAULT_ADDED, on=AuditSubject.FAULT)
@refuses(ONLY_IN_DEVELOPMENT, TOO_MANY_FAULTS)
def add_fault(body: FaultRequest) -> ViewReply:
    here = context()
    if here.settings.is_production:
        raise Refused(ONLY_IN_DEVELOPMENT)
    return success(_shown(acts.add(here.database, here.faults, body))), 201


@blueprint.get("", responses={"200": list_of(payloads.ProvokedFault)}, summary="List faults, oldest first")
@access(SIMULATION)
def list_faults() -> ViewReply:
    return success_list([_shown(fault) for fault in context().faults.all()])


@blueprint.delete("", responses={"200": reply_of(FaultsRemoved)}, summary="Delete all faults")
@access(SIMULATION)
@audited(AuditAction.FAULT_REMOVED, on=AuditSubject.FAULT)
def remove_faults() -> ViewReply:
    return success({"removed": acts.remove_all(context().database, context().faults)})


@blueprint.delete("/<fault_id>", responses={"200": reply_of(FaultsRemoved)}, summary="Delete fault")
@access(SIMULATION)
@audited(AuditAction.FAULT_REMOVED, on=AuditSubject.FAULT)
def remove_fault(path: FaultIdPath) -> ViewReply:
    acts.remove(context().database, context().faults, path.fault_id)
    return success({"removed": 1})


@internal.get("")
@access(service_only(PROVOKE_SCOPE))
def list_provoked_faults() -> ViewReply:
    return success([_shown(fault) for fault in context().faults.all() if fault.times_left != 0])


@internal.post("/<fault_id>/claim")
@access(service_only(PROVOKE_SCOPE))
def claim_fault(path: FaultIdPath) -> ViewReply:
    return success({"claimed": context().faults.claim(path.fault_id)})


def _shown(fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "path": fault.path,
        "kind": fault.kind,
        "method": fault.method,
        "probability": fault.probability,
        "milliseconds": fault.milliseconds,
        "status": fault.status,
        "times": fault.times,
        "times_left": fault.times_left,
        "user_id": fault.user_id,
        "created_at": to_wire(fault.created_at),
    }
