"""The inbox's public HTTP: parse, call, render."""

from collections.abc import Sequence
from typing import Any

from flask_openapi3 import Tag
from flask_sqlalchemy.session import Session

from notification_service.context import context
from notification_service.inbox import repository
from notification_service.inbox.messages import message_of
from notification_service.inbox.payloads import InboxQuery, MarkedRead, Notification, NotificationPath, UnreadCount
from notification_service.inbox.rules import NewNotification
from notification_service.models import Notification as StoredNotification
from shared.contract.blueprint import ServiceBlueprint
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identifiers import is_id
from shared.identity.access import PRIVATE, access, current_identity
from shared.refusals import NOT_FOUND, Refused
from shared.time import clock

blueprint = ServiceBlueprint(
    "notifications",
    __name__,
    url_prefix="/api/notifications",
    abp_security=SECURED,
    abp_tags=[Tag(name="Notifications", description="What the bank tells a person: the inbox.")],
)


@blueprint.get("/list", responses={"200": list_of(Notification)}, summary="List my notifications, newest first")
@access(PRIVATE)
def list_notifications(query: InboxQuery) -> ViewReply:
    with context().database.read_session() as session:
        rows, next_cursor = repository.page(session, current_identity().user_id, query, unread_only=query.unread)
        return success_list(_rendered(session, rows), next_cursor)


@blueprint.get("/unread_count", responses={"200": reply_of(UnreadCount)}, summary="Count unread notifications")
@access(PRIVATE)
def count_unread_notifications() -> ViewReply:
    with context().database.read_session() as session:
        return success({"unread_count": repository.count_unread(session, current_identity().user_id)})


@blueprint.post(
    "/<notification_id>/read", responses={"200": reply_of(Notification)}, summary="Mark notification as read"
)
@access(PRIVATE)
def mark_notification_read(path: NotificationPath) -> ViewReply:
    user_id, notification_id = current_identity().user_id, path.notification_id
    if not is_id(notification_id):
        raise Refused(NOT_FOUND)
    with context().database.write_session() as session:
        row = repository.one(session, user_id, notification_id)
        if row is None:
            raise Refused(NOT_FOUND)
        if row.read_at is None:
            row.read_at = _bank_now(session)
        return success(_rendered(session, [row])[0])


@blueprint.post("/read_all", responses={"200": reply_of(MarkedRead)}, summary="Mark all notifications as read")
@access(PRIVATE)
def mark_all_notifications_read() -> ViewReply:
    with context().database.write_session() as session:
        unread, now = repository.unread(session, current_identity().user_id), _bank_now(session)
        for row in unread:
            row.read_at = now
    return success({"marked_read": len(unread)})


def _bank_now(session: Session) -> int:
    return clock.now_us() + repository.clock_ahead_us(session)


def _rendered(session: Session, rows: Sequence[StoredNotification]) -> list[dict[str, Any]]:
    ids = {named for row in rows for named in (row.account_id, row.other_account_id) if named}
    accounts = repository.known_accounts(session, ids)
    rendered = []
    for row in rows:
        said = message_of(NewNotification(*(getattr(row, name) for name in NewNotification._fields)), accounts)
        rendered.append(
            {
                "id": row.id,
                "type": row.type,
                "title": said.title,
                "body": said.body,
                "link": said.link,
                "created_at": clock.to_wire(row.created_at),
                "read_at": None if row.read_at is None else clock.to_wire(row.read_at),
            }
        )
    return rendered
