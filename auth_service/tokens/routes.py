"""The keys that sign tokens, for administrators: which there are, and another one when they want it."""

from flask_openapi3 import Tag
from flask_sqlalchemy.session import Session

from auth_service.context import context
from auth_service.models import audit_log
from auth_service.tokens.payloads import SigningKeysInUse
from auth_service.tokens.signing_keys import SigningKey
from shared.audit import AuditDetails, Subject, acting_now, audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import reply_of, success
from shared.identity.access import ADMIN, access
from shared.time.clock import now_us, to_wire

blueprint = ServiceBlueprint(
    "signing_keys",
    __name__,
    url_prefix="/api/auth/signing_keys",
    abp_security=SECURED,
    abp_tags=[Tag(name="Signing keys", description="What the bank signs access tokens with.")],
)


@blueprint.get("", responses={"200": reply_of(SigningKeysInUse)}, summary="List signing keys")
@access(ADMIN)
def list_keys_in_use() -> ViewReply:
    return success({"signing_keys": context().keys.described(now_us())})


@blueprint.post("", responses={"201": reply_of(SigningKeysInUse)}, summary="Change signing key")
@access(ADMIN)
@audited(AuditAction.SIGNING_KEY_CHANGED, on=AuditSubject.SIGNING_KEY)
def change_signing_key() -> ViewReply:
    def write_down(db_session: Session, key: SigningKey) -> None:
        told = AuditDetails(after={"signs_from": to_wire(key.signs_from)})
        subject = Subject(AuditSubject.SIGNING_KEY, key.kid)
        audit_log.write(db_session.connection(), AuditAction.SIGNING_KEY_CHANGED, subject, acting_now(), told)

    now = now_us()
    context().keys.change(now, write_down)
    return success({"signing_keys": context().keys.described(now)}), 201
