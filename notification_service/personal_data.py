"""What the notification service keeps of a person, for an export of their own data. No secret of a webhook, and no
token that was mailed.
"""

from sqlalchemy import and_, not_, select

from notification_service.models import Delivery, Mail, MessagePreference, Notification, WebhookEndpoint, WebhookEvent
from shared.enums import NotificationType
from shared.privacy.personal_data import Section

SECTIONS = (
    Section(
        "notifications",
        "Messages in your inbox, as facts.",
        lambda user_id: select(
            Notification.id,
            Notification.type,
            Notification.created_at,
            Notification.read_at,
            Notification.entry_id.label("transaction_id"),
            Notification.movement,
            Notification.amount_minor,
            Notification.currency,
            Notification.account_id,
            Notification.other_account_id,
            Notification.detail,
        ).where(Notification.user_id == user_id),
        Notification.__table__.c.id,
    ),
    Section(
        "message-preferences",
        "By which ways you want to be told of what, where you have chosen.",
        lambda user_id: select(
            MessagePreference.type, MessagePreference.inbox, MessagePreference.email, MessagePreference.webhook
        ).where(MessagePreference.user_id == user_id),
        MessagePreference.__table__.c.type,
    ),
    Section(
        "mails",
        "E-mails that the bank wrote to you within the last thirty days, as facts.",
        lambda user_id: select(Mail.id, Mail.kind, Mail.address, Mail.facts, Mail.created_at).where(
            Mail.user_id == user_id,
            not_(and_(Mail.kind == NotificationType.ACCOUNT_OPENED, Mail.address.is_not(None))),  # to the bank's owner
        ),
        Mail.__table__.c.id,
    ),
    Section(
        "webhooks",
        "Addresses of yours that the bank tells of events.",
        lambda user_id: select(
            WebhookEndpoint.id,
            WebhookEndpoint.scope,
            WebhookEndpoint.url,
            WebhookEndpoint.description,
            WebhookEndpoint.events,
            WebhookEndpoint.is_enabled,
            WebhookEndpoint.created_at,
        ).where(WebhookEndpoint.user_id == user_id),
        WebhookEndpoint.__table__.c.id,
    ),
    Section(
        "webhook-events",
        "What it kept to tell them.",
        lambda user_id: select(WebhookEvent.id, WebhookEvent.type, WebhookEvent.body, WebhookEvent.created_at).where(
            WebhookEvent.user_id == user_id
        ),
        WebhookEvent.__table__.c.id,
    ),
    Section(
        "webhook-deliveries",
        "What was sent to them, and what came of it.",
        lambda user_id: (
            select(
                Delivery.id,
                Delivery.target_id.label("webhook_id"),
                Delivery.event_id,
                Delivery.status,
                Delivery.attempts,
                Delivery.created_at,
                Delivery.finished_at,
            )
            .join(WebhookEndpoint, WebhookEndpoint.id == Delivery.target_id)
            .where(WebhookEndpoint.user_id == user_id)
        ),
        Delivery.__table__.c.id,
    ),
)
