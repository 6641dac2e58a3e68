"""A mail server that is busy, drops and dies, and a bank killed at every step: no mail lost, none twice after a 250."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL

import pytest

from notification_service.delivery.pace import PER_TARGET
from notification_service.delivery.retries import RetryPolicy
from shared.enums import DeliveryStatus
from shared.identifiers import new_id
from tests.inboxes import InboxUnderTest, Row, open_inbox, payment, registered
from tests.keys import SigningKeys
from tests.mail_servers import DROPPED, OK, MailServerOfTests, mail_server
from tests.resilience.dying_deliveries import deliver
from tests.thoroughness import often

pytestmark = pytest.mark.thorough

MAILS = often(120, 300)
AT_ONCE = RetryPolicy(first_pause_seconds=0)


def rows_for(owner: str, count: int) -> list[Row]:
    return [payment(number, None, owner, number) for number in range(1, count + 1)]


def wait_until_sent(inbox: InboxUnderTest, count: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    query = f"SELECT count(*) FROM deliveries WHERE status = '{DeliveryStatus.DELIVERED}'"
    while True:
        with inbox.database.read() as connection:
            if connection.exec_driver_sql(query).scalar_one() == count:
                return
        assert time.monotonic() < until, "not every mail was taken"
        time.sleep(0.1)


def check_taken_once(server: MailServerOfTests, count: int) -> None:
    """Each was answered 250 once, and whatever was handed over again was the same mail."""
    assert Counter(one.id for one in server.taken) == dict.fromkeys({one.id for one in server.taken}, 1)
    assert len(server.taken) == count
    contents: dict[str, bytes] = {}
    for one in server.handed:
        assert contents.setdefault(one.id, one.content) == one.content


def test_every_mail_reaches_a_server_that_is_busy_drops_and_dies(tmp_path: Path) -> None:
    chance, owner = random.Random(10), new_id()
    with (
        mail_server() as server,
        open_inbox(tmp_path, retries=AT_ONCE, mail_server=server.at(), receipts=tmp_path / "receipts") as inbox,
    ):
        server.answer = lambda _: chance.choice((OK, OK, OK, OK, "451 busy", DROPPED, "421 later"))
        inbox.take_in("people", [registered(1, owner)])
        inbox.worker.start()

        def die_for_a_moment() -> None:
            while len(server.handed) < 60:
                time.sleep(0.01)
            server.stop()
            time.sleep(1.0)
            server.start()

        dying = threading.Thread(target=die_for_a_moment)
        dying.start()
        rows = rows_for(owner, MAILS)
        for start in range(0, len(rows), 50):
            inbox.take_in("journal", rows[start : start + 50])
        wait_until_sent(inbox, MAILS, 100)
        dying.join()
        inbox.worker.stop()
        check_taken_once(server, MAILS)
        assert len(server.handed) > MAILS


def check_after_kills(
    tmp_path: Path, when: str, check: Callable[[MailServerOfTests, int], None], count: int = 30
) -> None:
    owner, keys, receipts = new_id(), SigningKeys(), tmp_path / "receipts"
    with mail_server() as server:
        with open_inbox(tmp_path, keys, mail_server=server.at(), receipts=receipts) as inbox:
            inbox.take_in("people", [registered(1, owner)])
            inbox.take_in("journal", rows_for(owner, count))
            url = inbox.database.engine.url.render_as_string(hide_password=False)

        mail = (str(server.at().port), str(receipts))
        assert deliver(tmp_path, when, 3, url, *mail) == -SIGKILL
        assert deliver(tmp_path, when, 7, url, *mail) == -SIGKILL
        assert deliver(tmp_path, "never", 0, url, *mail) == 0
        with open_inbox(tmp_path, keys, mail_server=server.at(), receipts=receipts) as inbox:
            wait_until_sent(inbox, count, 1)
    check(server, count)


@pytest.mark.parametrize(
    "when", ["in the claim", "after the claim", "after the sending", "in the record", "after the record"]
)
def test_a_bank_killed_at_any_step_loses_no_mail_and_sends_none_twice(tmp_path: Path, when: str) -> None:
    """Each sender that a kill cuts off between the server's 250 and its note may send its mail again; no other does."""

    def check(server: MailServerOfTests, count: int) -> None:
        assert len({one.id for one in server.taken}) == count
        twice = [number for number in Counter(one.id for one in server.taken).values() if number > 1]
        assert len(twice) <= 2 * PER_TARGET

    check_after_kills(tmp_path, when, check)


def test_killed_between_the_250_and_the_note_it_comes_again_with_the_same_message_id(tmp_path: Path) -> None:
    """What remains, and the document says so: receivers know it by its Message-ID."""

    def check(server: MailServerOfTests, count: int) -> None:
        assert len({one.id for one in server.taken}) == count
        assert len(server.taken) > count
        assert len({(one.id, one.content) for one in server.taken}) == count

    check_after_kills(tmp_path, "before the note", check)
