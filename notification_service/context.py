"""What the routes and use cases of the notification service work with."""

from dataclasses import dataclass

from flask import current_app

from notification_service.delivery.worker import DeliveryWorker
from notification_service.email.mailing import Mailer
from notification_service.email.people import PeopleReader
from notification_service.inbox.consumers import InboxConsumer
from notification_service.settings import Settings
from notification_service.webhooks.publishing import Publisher
from notification_service.webhooks.secret_vault import SecretVault
from notification_service.webhooks.targets import TargetRules
from shared.events.feeds import FeedConsumer, are_taken_in
from shared.identity.tokens import TokenVerifier
from shared.storage import secret_vault
from shared.storage.database import Database


@dataclass(frozen=True)
class NotificationContext:
    """Our database, by feed what fills it and what pulls it, and what mails and webhooks need."""

    database: Database
    consumers: dict[str, InboxConsumer]
    people: PeopleReader
    feeds: dict[str, FeedConsumer]
    settings: Settings
    publisher: Publisher
    mailer: Mailer
    tokens: secret_vault.SecretVault
    vault: SecretVault
    targets: TargetRules
    deliveries: DeliveryWorker
    verifier: TokenVerifier

    @property
    def is_production(self) -> bool:
        """Whether this bank is not one to play with."""
        return self.settings.is_production

    def is_following(self) -> bool:
        """Whether what the feeds say can be taken in."""
        return are_taken_in(self.feeds.values())


def context() -> NotificationContext:
    """That of the app being served."""
    found: NotificationContext = current_app.extensions["context"]
    return found
