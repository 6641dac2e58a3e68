"""Erasures over HTTP: one's own, and an administrator's of somebody."""

from typing import Any

from flask_openapi3 import Tag

from auth_service.context import context
from auth_service.erasure import erasing
from auth_service.erasure.payloads import EraseMeRequest, EraseUserRequest, ErasureProgress, ErasureStatus
from auth_service.login.attempts import prove_password
from auth_service.login.client_of_request import client_of_request
from auth_service.models import Erasure
from auth_service.refusals import STAFF_NOT_ERASED
from auth_service.users import administration
from auth_service.users.payloads import UserPath
from shared.audit import acting_now, audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import reply_of, success
from shared.identity.access import ADMIN, PRIVATE, access, current_identity
from shared.refusals import NOT_FOUND
from shared.service_refusals import ACCOUNTS_STILL_OPEN, TOO_MANY_ATTEMPTS, WRONG_PASSWORD
from shared.time import clock

blueprint = ServiceBlueprint(
    "erasure",
    __name__,
    url_prefix="/api/auth",
    abp_security=SECURED,
    abp_tags=[Tag(name="Erasure", description="Forgetting a person, and keeping the books.")],
)


@blueprint.post("/erasure", responses={"202": reply_of(ErasureProgress)}, summary="Request erasure of my data")
@access(PRIVATE)
@audited(AuditAction.USER_ERASED, on=AuditSubject.USER)
@refuses(WRONG_PASSWORD, TOO_MANY_ATTEMPTS, ACCOUNTS_STILL_OPEN, STAFF_NOT_ERASED, NOT_FOUND)
def erase_me(body: EraseMeRequest) -> ViewReply:
    user = administration.find_user(context(), current_identity().user_id)
    prove_password(context(), user, body.current_password, client_of_request(context().verifier))
    return success(_shown(erasing.ask(context(), user.id, acting_now()))), 202


@blueprint.post(
    "/users/<user_id>/erasure", responses={"202": reply_of(ErasureProgress)}, summary="Request erasure of a customer"
)
@access(ADMIN)
@audited(AuditAction.USER_ERASED, on=AuditSubject.USER)
@refuses(ACCOUNTS_STILL_OPEN, STAFF_NOT_ERASED)
def erase_user(path: UserPath, body: EraseUserRequest) -> ViewReply:
    return success(_shown(erasing.ask(context(), path.user_id, acting_now(), body.reason))), 202


@blueprint.get("/users/<user_id>/erasure", responses={"200": reply_of(ErasureProgress)}, summary="Get erasure progress")
@access(ADMIN)
def get_erasure(path: UserPath) -> ViewReply:
    return success(_shown(erasing.find(context(), path.user_id)))


def _shown(row: Erasure) -> dict[str, Any]:
    under_way = ErasureStatus.ASKED if row.begun_at is None else ErasureStatus.UNDER_WAY
    return {
        "user_id": row.user_id,
        "status": under_way if row.finished_at is None else ErasureStatus.DONE,
        "remaining": row.remaining.split(),
        "asked_at": clock.to_wire(row.asked_at),
        "finished_at": None if row.finished_at is None else clock.to_wire(row.finished_at),
    }
