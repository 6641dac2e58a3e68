"""Messages and mails have ids that sort by time, of what happens since; what was told before is told no second time."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

from notification_service.inbox.rules import message_id
from notification_service.models import InboxState, Mail, Notification
from shared.identifiers import derived_id, is_ordered, new_id
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.row_seals import use_key
from shared.time import clock
from tests import databases
from tests.inboxes import InboxUnderTest, open_inbox, payment, registered, user_event

pytestmark = pytest.mark.every_database
_MINUTE_US = 60_000_000


def _ids(inbox: InboxUnderTest) -> tuple[list[str], list[str]]:
    """Those of all messages and of all mails, in their order."""
    with inbox.database.read_session() as session:
        messages = session.scalars(select(Notification.id).order_by(Notification.id)).all()
        return list(messages), list(session.scalars(select(Mail.id).order_by(Mail.id)))


def _begin_at(inbox: InboxUnderTest, since: int | None) -> None:
    with inbox.database.write_session() as session:
        session.scalars(select(InboxState).with_for_update()).one().ids_ordered_since = since


def test_ids_sort_as_what_they_tell_of(tmp_path: Path) -> None:
    ada = new_id()
    with open_inbox(tmp_path) as inbox:
        inbox.take_in("people", [registered(1, ada)])
        rows = [payment(position, new_id(), ada, position) for position in range(1, 40)]
        for number, row in enumerate(rows):
            row["id"] = f"0190a8c0-{number:04x}-7a00-8000-3c1f5e9b7d42"
        inbox.take_in("journal", rows)
        messages, mails = _ids(inbox)
        assert len(messages) == len(mails) == 39
        for ids in (messages, mails):
            assert [(made[:13], is_ordered(made)) for made in ids] == [(row["id"][:13], True) for row in rows]
        shown = inbox.listed(ada, "?limit=50")
        assert {row["id"] for row in shown} == set(messages)


@pytest.mark.parametrize("feed", ["journal", "users"])
def test_what_was_told_before_an_update_keeps_its_ids_and_is_told_once(tmp_path: Path, feed: str) -> None:
    ada = new_id()
    rows = [
        payment(position, new_id(), ada, 100) if feed == "journal" else user_event(position, "password_changed", ada)
        for position in (1, 2)
    ]
    with open_inbox(tmp_path) as inbox:
        inbox.take_in("people", [registered(1, ada)])
        _begin_at(inbox, None)  # as the release before did
        inbox.take_in(feed, rows)
        former = sorted(message_id(row["id"], ada) for row in rows)
        assert _ids(inbox) == (former, sorted(derived_id(one, "mail") for one in former))
        _begin_at(inbox, clock.now_us() + _MINUTE_US)  # as the migration does
        inbox.take_in(feed, [{**row, "position": row["position"] + 2} for row in rows])
        assert _ids(inbox) == (former, sorted(derived_id(one, "mail") for one in former))
        _begin_at(inbox, clock.now_us() - _MINUTE_US)
        later = payment(5, new_id(), ada, 1) if feed == "journal" else user_event(5, "password_changed", ada)
        for position in (5, 6):
            inbox.take_in(feed, [{**later, "position": position}])
        messages, mails = _ids(inbox)
        assert (len(messages), len(mails)) == (3, 3)
        assert [one for one in messages + mails if is_ordered(one)] == [
            next(one for one in ids if one[:13] == later["id"][:13]) for ids in (messages, mails)
        ]


@pytest.mark.parametrize("has_read", [False, True])
def test_a_new_inbox_begins_with_such_ids_and_an_updated_one_later(tmp_path: Path, has_read: bool) -> None:
    database = Database.at(databases.url_of(tmp_path / "inbox.db"))
    use_key(database, "a key of tests")
    migrate(database, "notification_service", to="0010")
    if has_read:
        with database.write() as connection:
            connection.execute(text("UPDATE feed_positions SET position = 7 WHERE feed = 'journal'"))
    before = clock.now_us()
    migrate(database, "notification_service")
    with database.read() as connection:
        since = connection.execute(text("SELECT ids_ordered_since FROM inbox_state")).scalar_one()
    database.close()
    assert (since == 0) is not has_read
    if has_read:
        assert before + 10 * _MINUTE_US <= since <= clock.now_us() + 10 * _MINUTE_US
    with open_inbox(tmp_path) as inbox:  # which proves its seals
        assert inbox.unread(new_id()) == 0
