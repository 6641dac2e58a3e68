"""From messages of the inbox to mails, in the commit that derives the messages.

A mail has an id that follows from its message, so a feed that is read again adds none. What was recorded longer ago
than `MAILED_DAYS` is mailed to nobody: that is less than mails are kept, so no mail is made again that was forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask_sqlalchemy.session import Session

from notification_service.delivery import outbox
from notification_service.delivery.outbox import NewDelivery
from notification_service.delivery.retries import RetryPolicy
from notification_service.email import people, repository
from notification_service.email.source_events import ResetRequested
from notification_service.inbox.rules import NewNotification
from notification_service.preferences.choices import NotificationChoices
from shared.enums import MessageChannel, NotificationType, UserEventType
from shared.events.event_feed import EventRow
from shared.http.json_parsing import render
from shared.identifiers import derived_id, is_ordered, ordered_id
from shared.time import clock
from shared.time.clock import MICROSECONDS

CHANNEL = "email"
SERVER = "mail server"
"""The one target of all mails: it is the server that is asked to take them, and that may be away."""
MAILED_DAYS = 7
TO_OWNER = "to the bank's owner"
PASSWORD_RESET = "password_reset"  # noqa: S105 (a kind of mail)
TO_OLD_ADDRESS = "to the old address"
_RESET = UserEventType.RESET_REQUESTED


class PendingMail(NamedTuple):
    """A message, when what it tells was recorded in real time, and the address it has to reach besides.

    `rule_id` is the id that its rule gave it, by which webhooks know it.
    """

    notification: NewNotification
    rule_id: str
    recorded_at: int
    old_address: str | None = None


@dataclass(frozen=True, slots=True)
class Mailer:
    """`is_on`: mails are made at all; `has_server`: they are sent, and do not only lie in the development mailbox.

    The bank's owner hears at `owner_email`, where there is one, of each account that is opened.
    """

    policy: RetryPolicy
    owner_email: str = ""
    is_on: bool = True
    has_server: bool = False

    def write(self, session: Session, told: Sequence[PendingMail], chosen: NotificationChoices) -> None:
        """Make the mails of these messages that somebody wants by mail, and have them sent."""
        if not self.is_on:
            return
        now_us = clock.now_us()
        since = now_us - MAILED_DAYS * 86_400 * MICROSECONDS
        recent = [one for one in told if one.recorded_at >= since]
        wanted = {one.notification.id for one in recent if _is_wanted(one.notification, chosen)}
        worthy = [one for one in recent if one.notification.id in wanted or self._is_for_owner(one.notification)]
        known = people.addressees(session, {one.notification.user_id for one in worthy})
        written_to = {user_id for user_id, row in known.items() if row.is_written_to}
        rows = [
            row
            for one in worthy
            if one.notification.user_id in written_to
            for row in self._mails(one, now_us, is_wanted=one.notification.id in wanted)
        ]
        self.keep(session, rows)

    def write_resets(self, session: Session, events: Sequence[EventRow]) -> None:
        """Mail the tokens that people have asked for, while they hold; to simulated people too, as somebody asked."""
        if not self.is_on:
            return
        rows = []
        all_asked = [(one, ResetRequested.model_validate(one.data)) for one in events if one.type == _RESET]
        erased = people.erased_among(session, {asked.user_id for _, asked in all_asked})
        for event, asked in all_asked:
            if asked.user_id not in erased:
                row: repository.Row = {
                    "id": derived_id(event.id, "mail"),
                    "user_id": asked.user_id,
                    "kind": PASSWORD_RESET,
                    "address": None,
                    "facts": render({"expires_at": asked.expires_at}),
                    "sealed": asked.sealed,
                    "created_at": clock.now_us(),
                }
                if asked.expires_at > row["created_at"]:
                    rows.append(row)
        self.keep(session, rows)

    def keep(self, session: Session, rows: Sequence[repository.Row]) -> None:
        """Keep the mails that were not kept before, and have them sent."""
        new = repository.add(session, rows)
        if self.has_server:
            # Each is its own order key: a mail that is not taken holds no other one up.
            out = [NewDelivery(CHANNEL, SERVER, str(row["id"]), str(row["id"])) for row in new]
            outbox.enqueue(session, out, self.policy, now_us=clock.now_us())

    def _is_for_owner(self, facts: NewNotification) -> bool:
        """Whether the bank's owner hears of it, whoever else does."""
        return facts.type == NotificationType.ACCOUNT_OPENED and bool(self.owner_email)

    def _mails(self, told: PendingMail, now_us: int, *, is_wanted: bool) -> list[repository.Row]:
        facts = told.notification
        row: repository.Row = {
            "id": mail_id_of(facts.id, "mail"),
            "user_id": facts.user_id,
            "kind": str(facts.type),
            "address": None,
            "facts": render(facts._asdict()),
            "sealed": None,
            "created_at": now_us,
        }
        found = [row] if is_wanted else []
        if self._is_for_owner(facts):
            found.append({**row, "id": mail_id_of(facts.id, TO_OWNER), "address": self.owner_email})
        if told.old_address:
            found.append({**row, "id": mail_id_of(facts.id, TO_OLD_ADDRESS), "address": told.old_address})
        return found


def mail_id_of(message_id: str, what: str) -> str:
    """The id of a mail that follows from a message, and sorts by time where that does."""
    derived = derived_id(message_id, what)
    return ordered_id(message_id, derived) if is_ordered(message_id) else derived


def _is_wanted(facts: NewNotification, chosen: NotificationChoices) -> bool:
    return chosen.wants(facts.user_id, facts.type, MessageChannel.EMAIL)
