"""What auth writes down of log-ins and of what staff do with users, each in the commit that makes it so."""

from dataclasses import replace
from typing import Any

from flask_sqlalchemy.session import Session

from auth_service.context import Client
from auth_service.login.throttling import FREE_FAILURES
from auth_service.models import User, audit_log
from shared.audit import NOTHING_MORE, Acting, AuditDetails, Subject, acting_now, client_of_header
from shared.audit_enums import AuditAction, AuditResult, AuditSubject

OF_A_USER = ("role", "status")
"""What is said of a user before and after. Names and addresses are personal: they are only said to be others."""


def write(
    db_session: Session,
    action: AuditAction,
    user_id: str | None,
    told: AuditDetails = NOTHING_MORE,
    *,
    by: Acting | None = None,
) -> None:
    """Write down what was done to this user's log-in; None: to that of nobody there is."""
    subject = Subject(AuditSubject.USER, user_id, user_id)
    audit_log.write(db_session.connection(), action, subject, acting_now() if by is None else by, told)


def write_proved(
    db_session: Session,
    action: AuditAction,
    user: User,
    *,
    session_id: str | None = None,
    told: AuditDetails = NOTHING_MORE,
) -> None:
    """The same of somebody who has just proved who they are, and has no token yet."""
    by = replace(acting_now(), user_id=user.id, name=user.username, role=str(user.role), session_id=session_id)
    write(db_session, action, user.id, told, by=by)


def write_failed(
    db_session: Session, client: Client, user_id: str | None, *, error_code: str, failures: int = 0
) -> None:
    """Somebody did not prove who they are; `failures` have been counted so far, and enough of them make others wait.

    Who it was nobody knows: a service that asks for somebody is not them.
    """
    action = AuditAction.LOGIN_LOCKED if failures >= FREE_FAILURES else AuditAction.LOGIN_FAILED
    known, facts = acting_now(), {"failures": failures} if failures else None
    by = Acting(
        channel=known.channel,
        address=client.address,
        client=client_of_header(client.user_agent),
        request_id=known.request_id,
    )
    write(
        db_session, action, user_id, AuditDetails(after=facts, result=AuditResult.REFUSED, error_code=error_code), by=by
    )


def facts_of(user: User) -> dict[str, Any]:
    """What the trail says of a user."""
    return {name: getattr(user, name) for name in OF_A_USER}
