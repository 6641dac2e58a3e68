"""Logging in, with a password."""

from auth_service import event_feed
from auth_service.context import AuthContext, Client
from auth_service.events import UserLoggedIn
from auth_service.login import repository
from auth_service.login.attempts import is_right_password
from auth_service.models import User
from auth_service.refusals import INVALID_CREDENTIALS, USER_DISABLED
from auth_service.sessions import sessions
from auth_service.sessions.sessions import TokenPair
from auth_service.users import repository as user_repository
from shared.clock import now_us
from shared.enums import UserStatus
from shared.refusals import Refused


def sign_in(context: AuthContext, name: str, password: str, client: Client) -> tuple[User, TokenPair]:
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
        if current.status != UserStatus.ACTIVE:
            raise Refused(USER_DISABLED)
        is_new = repository.remember_device(db_session, user.id, client.network, client.user_agent, now)
        session_id, pair = sessions.open_session(db_session, context, current, client, now)
        logged_in = UserLoggedIn(
            user_id=user.id,
            username=user.username,
            session_id=session_id,
            new_device=is_new,
            user_agent=client.user_agent,
            address=client.address,
        )
        event_feed.publish(db_session, [logged_in], at=now)
    context.verifier.refresh_revocations()  # of the oldest session, if there would be too many
    return current, pair
