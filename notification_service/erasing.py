"""Forgetting a person: inbox, mails, webhooks, and what was told of them to the bank's own webhooks."""

from collections.abc import Sequence
from functools import partial

from flask import Flask
from flask_sqlalchemy.session import Session
from sqlalchemy import select

from notification_service.context import NotificationContext
from notification_service.delivery import outbox
from notification_service.email import people
from notification_service.models import Delivery, Mail, MessagePreference, Notification, WebhookEndpoint, WebhookEvent
from shared.erasure import install_erasure
from shared.row_seals import delete_rows

_AT_ONCE = 1000


def install(app: Flask, context: NotificationContext) -> None:
    """The call by which auth has us forget somebody. Before `seal`."""
    install_erasure(app, partial(erase, context))


def erase(context: NotificationContext, user_id: str) -> None:
    """Forget this person in one commit, after all that was told of them until now has been taken in.

    Raises Refused (503) while a service is away that may yet have something to tell.
    """
    for feed in context.feeds.values():
        feed.catch_up()
    with context.database.write_session() as session:
        for endpoint in session.scalars(select(WebhookEndpoint.id).where(WebhookEndpoint.user_id == user_id)).all():
            outbox.forget_target(session, endpoint)
        delete_rows(session, WebhookEndpoint, WebhookEndpoint.user_id == user_id)
        for model in (WebhookEvent, Mail):
            ids = session.scalars(select(model.id).where(model.user_id == user_id)).all()
            _forget_deliveries(session, ids)
            delete_rows(session, model, model.user_id == user_id)
        for model in (Notification, MessagePreference):
            delete_rows(session, model, model.user_id == user_id)
        for addressee in people.addressees(session, [user_id], for_update=True).values():
            addressee.is_written_to = 0


def _forget_deliveries(session: Session, event_ids: Sequence[str]) -> None:
    """What is queued behind one another is all of the same person, so that nothing is left to wait for it."""
    for start in range(0, len(event_ids), _AT_ONCE):
        some = Delivery.event_id.in_(event_ids[start : start + _AT_ONCE])
        outbox.forget(session, session.scalars(select(Delivery.id).where(some)).all())
