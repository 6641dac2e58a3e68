"""The HTTP of the audit trail: parse, look, render."""

from flask import Response
from flask_openapi3 import Tag

from reporting_service.audit import files, queries
from reporting_service.audit.payloads import (
    AuditExportQuery,
    AuditPath,
    AuditQuery,
    AuditRecord,
    AuditVerdict,
)
from reporting_service.audit.verification import SENTENCES, verify
from reporting_service.context import context
from shared.contract.blueprint import ServiceBlueprint
from shared.enums import Role
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.http.route_files import answers_files, file_reply
from shared.identity.access import ADMIN, STAFF, access, current_identity
from shared.refusals import NOT_FOUND, Refused
from shared.time.clock import to_wire

blueprint = ServiceBlueprint(
    "audit",
    __name__,
    url_prefix="/api/audit",
    abp_security=SECURED,
    abp_tags=[Tag(name="Audit", description="What people with power did, and what happened to log-ins.")],
)


@blueprint.get("", responses={"200": list_of(AuditRecord)}, summary="List audit records, newest first")
@access(STAFF)
def list_audit_records(query: AuditQuery) -> ViewReply:
    with context().database.read() as connection:
        return success_list(*queries.page(connection, query, actor_id=_whose()))


@blueprint.get("/verify", responses={"200": reply_of(AuditVerdict)}, summary="Verify audit trail")
@access(ADMIN)
def verify_audit_trail() -> ViewReply:
    found = verify(context().trail)
    fault = None
    if found.fault is not None:
        fault = {"position": found.position, "fault": str(found.fault), "detail": SENTENCES[found.fault]}
    return success(
        {
            "holds": found.holds,
            "records": found.records,
            "first_position": found.first_position,
            "removed_before": to_wire(found.removed_before) if found.removed_before else None,
            "anchored": found.anchored,
            "first_fault": fault,
            "seconds": f"{found.seconds:.3f}",
        }
    )


@blueprint.get("/export", summary="Export audit trail, oldest first")
@access(ADMIN)
@answers_files(*files.CONTENT_TYPES.values())
def export_audit_trail(query: AuditExportQuery) -> Response:
    records = queries.everything(context().database, query)
    return file_reply(
        files.written(records, query.format), files.CONTENT_TYPES[query.format], f"audit-trail.{query.format}"
    )


@blueprint.get("/details/<record_id>", responses={"200": reply_of(AuditRecord)}, summary="Get audit record")
@access(STAFF)
def get_audit_record(path: AuditPath) -> ViewReply:
    with context().database.read() as connection:
        found = queries.one(connection, path.record_id, actor_id=_whose())
    if found is None:
        raise Refused(NOT_FOUND)
    return success(found)


def _whose() -> str | None:
    """Whose acts are seen: an administrator sees everybody's."""
    identity = current_identity()
    return None if identity.role == Role.ADMIN else identity.user_id
