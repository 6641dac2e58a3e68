"""Changing what users are: their own profile, and by administrators their role and status."""

from flask_sqlalchemy.session import Session

from auth_service import audit, bootstrap, event_feed
from auth_service.context import AuthContext, Client
from auth_service.erasure import repository as erasures
from auth_service.events import BankReset, EmailChanged, UserUpdated
from auth_service.login import repository as login_repository
from auth_service.login.attempts import prove_password
from auth_service.models import User
from auth_service.refusals import LAST_ADMIN
from auth_service.sessions import repository as session_repository
from auth_service.sessions import sessions
from auth_service.tokens import revocations
from auth_service.users import repository
from auth_service.users.registration import check_is_no_stand_in
from auth_service.users.rules import leaves_no_admin
from shared.audit import AuditDetails, changed
from shared.audit_enums import AuditAction
from shared.enums import Role, UserStatus
from shared.http.field_problems import invalid
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import NOT_A_SANDBOX, USER_ERASED, WRONG_PASSWORD
from shared.time.clock import MICROSECONDS, now_us


def find_user(context: AuthContext, user_id: str) -> User:
    """The user with this id. Raises Refused (404)."""
    with context.database.read_session() as db_session:
        user = repository.find_user(db_session, user_id)
    if user is None:
        raise Refused(NOT_FOUND)
    return user


def update_profile(
    context: AuthContext,
    user_id: str,
    client: Client,
    *,
    full_name: str | None,
    email: str | None,
    current_password: str | None,
) -> User:
    """Change one's own name or e-mail address; for another address the password proves that it is them.

    Raises Refused: 409 when the address is taken and for who was erased, 422 without a password and for an address
    that is kept, 400 for a wrong password, 429 as for logging in.
    """
    known = find_user(context, user_id)
    if email is not None and email != known.email:
        check_is_no_stand_in(email=email)
        if current_password is None:
            sentence = "must be given to change the e-mail address"
            raise invalid("current_password", sentence, code="missing")
        prove_password(context, known, current_password, client)
    with context.database.write_session() as db_session:
        now = now_us()
        user = repository.find_user(db_session, user_id, for_update=True)
        if user is None:
            raise Refused(NOT_FOUND)
        if user.erased_at is not None:
            raise Refused(USER_ERASED)
        if user.password_hash != known.password_hash or user.email != known.email:
            raise Refused(WRONG_PASSWORD)  # changed by another request meanwhile
        before = user.full_name
        user.full_name, user.email = full_name or user.full_name, email or user.email
        _tell_of_profile(db_session, user, renamed=user.full_name != before, moved=user.email != known.email)
        if db_session.is_modified(user):
            repository.store_changes(db_session, user)
            event_feed.publish(db_session, [UserUpdated.of(user)], at=now)
        if user.email != known.email:
            moved = EmailChanged(user_id=user_id, old_email=known.email, new_email=user.email)
            event_feed.publish(db_session, [moved], at=now)
    return user


def _tell_of_profile(db_session: Session, user: User, *, renamed: bool, moved: bool) -> None:
    """Another address is how a log-in is stolen; for the rest of their own profile customers are nobody's concern."""
    if moved or user.role != Role.CUSTOMER:
        names = [name for name, is_another in (("full_name", renamed), ("email", moved)) if is_another]
        audit.write(db_session, AuditAction.PROFILE_CHANGED, user.id, AuditDetails(after={"changed": names}))


def change_role_or_status(context: AuthContext, user_id: str, *, role: Role | None, status: UserStatus | None) -> User:
    """Change a user's role or status. Tokens that say otherwise are revoked at once; a disabled user is logged out.

    Raises Refused: 404, 409 when no active administrator would be left, for who was erased, and for another role of
    somebody who is being erased.
    """
    with context.database.write_session() as db_session:
        now = now_us()
        other_admins = repository.count_other_active_admins(db_session, user_id)
        user = repository.find_user(db_session, user_id, for_update=True)
        if user is None:
            raise Refused(NOT_FOUND)
        is_leaving = erasures.find(db_session, user_id) is not None
        if user.erased_at is not None or (is_leaving and role not in {None, user.role}):
            raise Refused(USER_ERASED)
        was_admin, before, ended = user.is_active_admin, audit.facts_of(user), 0
        user.role, user.status = role or user.role, status or user.status
        if leaves_no_admin(
            is_active_admin=was_admin, role=user.role, status=user.status, other_active_admins=other_admins
        ):
            raise Refused(LAST_ADMIN)
        if db_session.is_modified(user):
            repository.store_changes(db_session, user)
            event_feed.publish(db_session, [UserUpdated.of(user)], at=now)
            revocations.revoke_users(db_session, [user_id], at=now)
            if user.status != UserStatus.ACTIVE:
                ended = sessions.end_all(db_session, user_id, reason="user_disabled", now=now)
        told = changed(before, audit.facts_of(user))
        after = {**(told.after or {}), **({"sessions_ended": ended} if ended else {})}
        audit.write(db_session, AuditAction.USER_CHANGED, user_id, told._replace(after=after))
    context.verifier.refresh_revocations()
    return user


def empty_the_bank(context: AuthContext) -> int:
    """Delete every customer, with sessions and events; staff and keys stay. How many customers there were.

    Raises Refused (403) in production.
    """
    if context.settings.is_production:
        raise Refused(NOT_A_SANDBOX)
    with context.database.write_session() as db_session:
        now = now_us()
        customers = repository.customer_ids()
        since = now - 2 * context.settings.access_token_seconds * MICROSECONDS
        active = session_repository.users_with_sessions(db_session, customers, since=since)
        revocations.revoke_users(db_session, active, at=now)
        event_feed.delete_events_of(db_session, customers)
        deleted = repository.delete_customers(db_session)
        login_repository.forget_guesses(db_session)
        event_feed.publish(db_session, [BankReset(customers=deleted)], at=now)
    bootstrap.forget_customers(context.settings.data_dir)
    context.verifier.refresh_revocations()
    return deleted
