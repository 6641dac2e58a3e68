"""Changing one's own password, which ends all other sessions."""

from auth_service import audit, event_feed
from auth_service.context import AuthContext, Client
from auth_service.events import PasswordChanged
from auth_service.login.attempts import prove_password
from auth_service.passwords import reset_repository as resets
from auth_service.passwords import rules as password_rules
from auth_service.passwords.new_passwords import check_new_password
from auth_service.sessions import sessions
from auth_service.users import repository as user_repository
from shared.audit import AuditDetails
from shared.audit_enums import AuditAction
from shared.http.field_problems import invalid
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import WRONG_PASSWORD
from shared.time.clock import now_us


def change_password(
    context: AuthContext, user_id: str, session_id: str | None, *, current: str, new: str, client: Client
) -> int:
    """Change the password and end every other session; how many were ended.

    Raises Refused: 400 when the current password is wrong, 422 when the new one is not good enough, 429 as for
    logging in.
    """
    with context.database.read_session() as db_session:
        user = user_repository.find_user(db_session, user_id)
    if user is None:
        raise Refused(NOT_FOUND)
    check_new_password(context, new, username=user.username, email=user.email, field="new_password")
    prove_password(context, user, current, client)
    if password_rules.normalized(new) == password_rules.normalized(current):
        raise invalid("new_password", "must differ from the current one", code="unchanged")
    with context.hasher.admitted():
        new_hash = context.hasher.hash(new)
    with context.database.write_session() as db_session:
        now = now_us()
        stored = user_repository.find_user(db_session, user_id)
        if stored is None or stored.password_hash != user.password_hash:
            raise Refused(WRONG_PASSWORD)
        stored.password_hash = new_hash
        resets.forget_of(db_session, user_id)
        ended = sessions.end_all(db_session, user_id, reason="password_changed", now=now, except_session=session_id)
        event_feed.publish(db_session, [PasswordChanged(user_id=user_id, address=client.address)], at=now)
        audit.write(db_session, AuditAction.PASSWORD_CHANGED, user_id, AuditDetails(after={"sessions_ended": ended}))
    context.verifier.refresh_revocations()
    return ended
