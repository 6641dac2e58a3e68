"""The inbox's public requests and replies; OpenAPI shows these models."""

from pydantic import Field

from shared.enums import NotificationType
from shared.http.pagination import ListQuery
from shared.http.payloads import Id, PathId, PathModel, ResponseModel, Timestamp


class InboxQuery(ListQuery):
    """Which notifications."""

    unread: bool = Field(False, description="true: only those not read yet")


class NotificationPath(PathModel):
    """A notification named in the path. Any text is accepted here: what is no id names nothing (404)."""

    notification_id: PathId


class Notification(ResponseModel):
    """Something the bank tells a person; `link` is the page of the web bank that it is about."""

    id: Id
    type: NotificationType
    title: str = Field(examples=["You received 12.34 EUR"])
    body: str = Field(examples=["From Charles Babbage: lunch"])
    link: str = Field(examples=["/transactions/0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"])
    created_at: Timestamp
    read_at: Timestamp | None


class UnreadCount(ResponseModel):
    """How many notifications are not read yet."""

    unread_count: int


class MarkedRead(ResponseModel):
    """How many notifications were unread until now."""

    marked_read: int
