"""The shapes of what the bank says of e-mail, and of by which ways it tells somebody something."""

from typing import TypedDict

from sandbank.types.webhooks import DeliveryStatus


class MessageSwitches(TypedDict):
    """By which ways somebody is told of one thing; `webhook`: by their own webhooks."""

    inbox: bool
    email: bool
    webhook: bool


class MailboxMessage(TypedDict):
    """A mail of a bank in development; `delivery` says how far it is, where there is a mail server."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    link: str
    delivery: DeliveryStatus | None
    created_at: str
