"""Changing what users are: their own profile, and by administrators their role and status."""

from dataclasses import replace

from sqlalchemy import Connection

from auth_service import bootstrap, events, repository, session_repository, sessions
from auth_service.context import AuthContext
from auth_service.refusals import LAST_ADMIN, NOT_A_SANDBOX
from auth_service.users import User, leaves_no_admin
from shared.clock import MICROSECONDS, now_us
from shared.enums import Role, UserEventType, UserStatus
from shared.refusals import NOT_FOUND, Refused


def find_user(context: AuthContext, user_id: str) -> User:
    """The user with this id. Raises Refused (404)."""
    with context.database.read() as connection:
        user = repository.find_user(connection, user_id)
    if user is None:
        raise Refused(NOT_FOUND)
    return user


def update_profile(context: AuthContext, user_id: str, *, full_name: str | None, email: str | None) -> User:
    """Change one's own name or e-mail address. Raises Refused (409) when the address is taken."""
    with context.database.write() as connection:
        user = repository.find_user(connection, user_id)
        if user is None:
            raise Refused(NOT_FOUND)
        changed = replace(user, full_name=full_name or user.full_name, email=email or user.email)
        if changed != user:
            repository.update_user(connection, changed)
            _publish_update(connection, changed, now := now_us())
            if changed.email != user.email:
                told = {"old_email": user.email, "new_email": changed.email}
                events.publish(connection, UserEventType.EMAIL_CHANGED, user_id=user_id, at=now, **told)
    return changed


def change_role_or_status(context: AuthContext, user_id: str, *, role: Role | None, status: UserStatus | None) -> User:
    """Change a user's role or status. Tokens that say otherwise are revoked at once; a disabled user is signed out.

    Raises Refused: 404, 409 when no active administrator would be left.
    """
    with context.database.write() as connection:
        now = now_us()
        user = repository.find_user(connection, user_id)
        if user is None:
            raise Refused(NOT_FOUND)
        changed = replace(user, role=role or user.role, status=status or user.status)
        other_admins = repository.count_other_active_admins(connection, user_id)
        if leaves_no_admin(user, role=changed.role, status=changed.status, other_active_admins=other_admins):
            raise Refused(LAST_ADMIN)
        if changed != user:
            repository.update_user(connection, changed)
            _publish_update(connection, changed, now)
            events.revoke_users(connection, [user_id], at=now)
            if changed.status != "active":
                sessions.end_all(connection, user_id, reason="user_disabled", now=now)
    context.verifier.refresh_revocations()
    return changed


def empty_the_bank(context: AuthContext) -> int:
    """Delete every customer, with sessions and events; staff and keys stay. How many customers there were.

    Raises Refused (403) in production.
    """
    if context.settings.is_production:
        raise Refused(NOT_A_SANDBOX)
    with context.database.write() as connection:
        now = now_us()
        customers = repository.customer_ids()
        since = now - 2 * context.settings.access_token_seconds * MICROSECONDS
        active = session_repository.users_with_sessions(connection, customers, since=since)
        events.revoke_users(connection, active, at=now)
        events.delete_events_of(connection, customers)
        deleted = repository.delete_customers(connection)
        repository.forget_guesses(connection)
        events.publish_all(connection, "bank_reset", [{"customers": deleted}], at=now)
    bootstrap.forget_customers(context.settings.data_dir)
    context.verifier.refresh_revocations()
    return deleted


def _publish_update(connection: Connection, user: User, now: int) -> None:
    events.publish(connection, "user_updated", user_id=user.id, at=now, **events.user_facts(user))
