"""Signing in, with a password; and changing it."""

from auth_service import event_feed, login_attempts, passwords, repository, sessions
from auth_service.context import AuthContext, Client
from auth_service.events import PasswordChanged, UserLoggedIn
from auth_service.models import User
from auth_service.refusals import INVALID_CREDENTIALS, USER_DISABLED, WRONG_PASSWORD
from auth_service.sessions import TokenPair
from shared.clock import now_us
from shared.field_problems import invalid, invalid_fields
from shared.refusals import NOT_FOUND, Refused


def sign_in(context: AuthContext, name: str, password: str, client: Client) -> tuple[User, TokenPair]:
    """Open a session for whoever knows the password.

    Raises Refused: 401 (the same for a wrong name and a wrong password), 403 when the log-in is disabled, 429 when
    guessing has to wait.
    """
    with context.database.read_session() as db_session:
        user = repository.find_by_name(db_session, name)
    is_right = login_attempts.is_right_password(context, user, typed_name=name, password=password, client=client)
    if user is None or not is_right:
        raise Refused(INVALID_CREDENTIALS)
    with context.database.write_session() as db_session:
        now = now_us()
        current = repository.find_user(db_session, user.id)
        if current is None or current.password_hash != user.password_hash:
            raise Refused(INVALID_CREDENTIALS)
        if current.status != "active":
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


def change_password(
    context: AuthContext, user_id: str, session_id: str | None, *, current: str, new: str, client: Client
) -> int:
    """Change the password and end every other session; how many were ended.

    Raises Refused: 400 when the current password is wrong, 422 when the new one is not good enough, 429 as for
    signing in.
    """
    with context.database.read_session() as db_session:
        user = repository.find_user(db_session, user_id)
    if user is None:
        raise Refused(NOT_FOUND)
    check_new_password(context, new, username=user.username, email=user.email, field="new_password")
    if not login_attempts.is_right_password(context, user, typed_name=user.username, password=current, client=client):
        raise Refused(WRONG_PASSWORD)
    if passwords.normalized(new) == passwords.normalized(current):
        raise invalid("new_password", "must differ from the current one", code="unchanged")
    with context.hasher.admitted():
        new_hash = context.hasher.hash(new)
    with context.database.write_session() as db_session:
        now = now_us()
        stored = repository.find_user(db_session, user_id)
        if stored is None or stored.password_hash != user.password_hash:
            raise Refused(WRONG_PASSWORD)
        stored.password_hash = new_hash
        ended = sessions.end_all(db_session, user_id, reason="password_changed", now=now, except_session=session_id)
        event_feed.publish(db_session, [PasswordChanged(user_id=user_id, address=client.address)], at=now)
    context.verifier.refresh_revocations()
    return ended


def check_new_password(
    context: AuthContext, password: str, *, username: str = "", email: str = "", field: str = "password"
) -> None:
    """Raises Refused (422, naming the field) for a password that is not good enough."""
    names = (username, email, email.partition("@")[0]) if email else ()
    problem = passwords.problem(password, min_length=context.settings.password_min_length, names=names)
    if problem is not None:
        raise invalid_fields({field: problem})
