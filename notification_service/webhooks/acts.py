"""What staff do with webhooks, as the audit trail keeps it: in the commit that does it, and without any secret.

A webhook of the whole bank tells a program of everything that happens to anybody, so who made it, where it leads and
who changed that is worth knowing. What customers do with their own is not written down.
"""

from flask_sqlalchemy.session import Session

from notification_service.models import WebhookEndpoint, audit_log
from shared.audit import NOTHING_MORE, AuditDetails, Subject, acting_now, changed
from shared.audit_enums import AuditAction, AuditSubject

TAKEN_BACK = "whoever asked had lost the role that it takes"
"""The reason of a record of what was undone at once."""


def write(session: Session, action: AuditAction, endpoint: WebhookEndpoint, told: AuditDetails = NOTHING_MORE) -> None:
    """Write down what whoever makes this request does with a webhook, if they work here."""
    by = acting_now()
    if by.has_power:
        subject = Subject(AuditSubject.WEBHOOK, endpoint.id, endpoint.user_id)
        audit_log.write(session.connection(), action, subject, by, told)


def write_made(session: Session, endpoint: WebhookEndpoint) -> None:
    """That it was made."""
    write(session, AuditAction.WEBHOOK_CREATED, endpoint, AuditDetails(after=shown(endpoint)))


def write_changed(session: Session, endpoint: WebhookEndpoint, before: dict[str, object]) -> None:
    """That it was changed from this to what it is."""
    write(session, AuditAction.WEBHOOK_CHANGED, endpoint, changed(before, shown(endpoint)))


def shown(endpoint: WebhookEndpoint) -> dict[str, object]:
    """What is kept of a webhook: where it leads and what it hears of."""
    return {
        "scope": str(endpoint.scope),
        "url": endpoint.url,
        "events": endpoint.events.split(),
        "enabled": endpoint.is_enabled,
        "chaos": endpoint.chaos is not None,
    }
