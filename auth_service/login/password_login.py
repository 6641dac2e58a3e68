"""Logging in, with a password."""

from flask_sqlalchemy.session import Session

from auth_service import audit, event_feed
from auth_service.context import AuthContext, Client
from auth_service.events import UserLoggedIn
from auth_service.login import repository
from auth_service.login.attempts import is_right_password
from auth_service.models import User
from auth_service.refusals import INVALID_CREDENTIALS, USER_DISABLED
from auth_service.sessions import sessions
from auth_service.sessions.sessions import TokenPair
from auth_service.users import repository as user_repository
from shared.audit import AuditDetails
from shared.audit_enums import AuditAction
from shared.enums import UserStatus
from shared.refusals import Refused
from shared.time.clock import now_us


def log_in(context: AuthContext, name: str, password: str, client: Client) -> tuple[User, TokenPair]:
    """Open a session for whoever knows the password.

    Raises Refused: 401 (the same for a wrong name and a wrong password), 403 when the log-in is disabled, 429 when
    guessing has to wait.
    """
    with context.database.read_session() as db_session:
        user = user_repository.find_by_name(db_session, name)
    is_right = is_right_password(context, user, typed_name=name, password=password, client=client)
    if user is None or not is_right:
        raise Refused(INVALID_CREDENTIALS)
    with context.database.write_session() as db_session:
        now = now_us()
        current = user_repository.find_user(db_session, user.id)
        if current is None or current.password_hash != user.password_hash:
            raise Refused(INVALID_CREDENTIALS)
        is_disabled = current.status != UserStatus.ACTIVE
        if is_disabled:
            audit.write_failed(db_session, client, user.id, error_code=USER_DISABLED.code)
        else:
            pair = _open(db_session, context, current, client, now)
    if is_disabled:
        raise Refused(USER_DISABLED)
    context.verifier.refresh_revocations()  # of the oldest session, if there would be too many
    return current, pair


def _open(db_session: Session, context: AuthContext, user: User, client: Client, now: int) -> TokenPair:
    is_new = repository.remember_device(db_session, user.id, client.network, client.user_agent, now)
    session_id, pair = sessions.open_session(db_session, context, user, client, now)
    logged_in = UserLoggedIn(
        user_id=user.id,
        username=user.username,
        session_id=session_id,
        new_device=is_new,
        user_agent=client.user_agent,
        address=client.address,
    )
    event_feed.publish(db_session, [logged_in], at=now)
    told = AuditDetails(after={"new_device": is_new})
    audit.write_proved(db_session, AuditAction.LOGGED_IN, user, session_id=session_id, told=told)
    return pair
