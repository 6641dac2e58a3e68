"""The inbox."""

from collections.abc import Mapping

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, in_path
from sandbank.types import MarkedRead, Notification, UnreadCount
from sandbank.types.mail import MailboxMessage, MessageSwitches


class Notifications(Resource):
    """`/api/notifications`."""

    def list(
        self, *, unread: bool | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Notification]:
        """A page of my notifications, newest first."""
        return self._client.page("/api/notifications/list", unread=unread, limit=limit, cursor=cursor)

    def unread_count(self, *, timeout_seconds: float | None = None) -> Answer[UnreadCount]:
        """Count my unread notifications."""
        return self._client.get("/api/notifications/unread_count", timeout_seconds=timeout_seconds)

    def read(self, notification_id: str) -> Answer[Notification]:
        """Mark a notification as read."""
        return self._client.post(f"/api/notifications/{in_path(notification_id)}/read")

    def read_all(self) -> Answer[MarkedRead]:
        """Mark all my notifications as read."""
        return self._client.post("/api/notifications/read_all")

    def preferences(self) -> Answer[dict[str, MessageSwitches]]:
        """My notification preferences, by type of message."""
        return self._client.get("/api/notifications/preferences")

    def change_preferences(self, wanted: Mapping[str, Mapping[str, bool]]) -> Answer[dict[str, MessageSwitches]]:
        """Update my notification preferences: `{"large_payment": {"email": False}}`; the others stay as they are."""
        facts = {kind: dict(switches) for kind, switches in wanted.items()}
        return self._client.call("PUT", "/api/notifications/preferences", facts)

    def mailbox(self, *, limit: int | None = None, cursor: str | None = None) -> Page[MailboxMessage]:
        """A page of the mailbox of a bank in development, newest first (administrators)."""
        return self._client.page("/api/notifications/mailbox", limit=limit, cursor=cursor)
