"""What the routes and use cases of the notification service work with."""

from dataclasses import dataclass

from flask import current_app

from notification_service.inbox.consumers import InboxConsumer
from shared.database import Database


@dataclass(frozen=True)
class NotificationContext:
    """Our database, and by feed the consumers that fill it."""

    database: Database
    consumers: dict[str, InboxConsumer]
    is_production: bool


def context() -> NotificationContext:
    """That of the app being served."""
    found: NotificationContext = current_app.extensions["context"]
    return found
