"""What the routes and use cases of the notification service work with."""

from dataclasses import dataclass

from flask import current_app

from notification_service.inbox.consumers import InboxConsumer
from shared.database import Database
from shared.feeds import FeedConsumer, are_taken_in


@dataclass(frozen=True)
class NotificationContext:
    """Our database, and by feed what fills it and what pulls it."""

    database: Database
    consumers: dict[str, InboxConsumer]
    feeds: dict[str, FeedConsumer]
    is_production: bool

    def is_following(self) -> bool:
        """Whether what the feeds say can be taken in."""
        return are_taken_in(self.feeds.values())


def context() -> NotificationContext:
    """That of the app being served."""
    found: NotificationContext = current_app.extensions["context"]
    return found
