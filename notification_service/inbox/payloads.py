"""The inbox's public requests and replies; OpenAPI shows these models."""

from typing import Literal

from pydantic import Field

from shared.pagination import PageQuery
from shared.payloads import PathModel, ResponseModel


class InboxQuery(PageQuery):
    """Which notifications."""

    unread: bool = Field(False, description="true: only those not read yet")


class NotificationPath(PathModel):
    """A notification named in the path. Any text is accepted here: what is no id names nothing (404)."""

    notification_id: str


class Notification(ResponseModel):
    """Something the bank tells a person; `link` is the page of the web bank that it is about."""

    id: str
    type: Literal["account_opened", "money_received", "large_payment", "new_device_login", "password_changed"]
    title: str
    body: str
    link: str
    created_at: str
    read_at: str | None


class UnreadCount(ResponseModel):
    """How many notifications are not read yet."""

    unread_count: int


class MarkedRead(ResponseModel):
    """How many notifications were unread until now."""

    marked_read: int
