"""A mail server that is busy, drops and dies, and a bank killed at every step: no mail lost, none twice after a 250."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from notification_service.delivery.pace import PER_TARGET
from notification_service.delivery.retries import RetryPolicy
from shared.enums import DeliveryStatus
from shared.identifiers import new_id
from tests.inboxes import InboxUnderTest, Row, open_inbox, payment, registered
from tests.keys import SigningKeys
from tests.mail_servers import DROPPED, OK, MailServerOfTests, mail_server

ROOT = Path(__file__).parents[2]
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


def test_three_hundred_mails_reach_a_server_that_is_busy_drops_and_dies(tmp_path: Path) -> None:
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
        rows = rows_for(owner, 300)
        for start in range(0, len(rows), 50):
            inbox.take_in("journal", rows[start : start + 50])
        wait_until_sent(inbox, 300, 100)
        dying.join()
        inbox.worker.stop()
        check_taken_once(server, 300)
        assert len(server.handed) > 300


DYING = """
import os, signal, sys, time
from pathlib import Path
from notification_service.app import create_app
from notification_service.delivery import outbox
from notification_service.delivery.retries import RetryPolicy
from notification_service.email.receipts import Receipts
from notification_service.email.smtp import MailServer
from notification_service.settings import Settings
from tests.keys import SigningKeys

when, after, url, port, receipts = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), Path(sys.argv[5])
seen = 0

def die(*_):
    global seen
    seen += 1
    if seen > after:
        os.kill(os.getpid(), signal.SIGKILL)

def before(function):
    return lambda *args, **kwargs: (die(), function(*args, **kwargs))[1]

def behind(function):
    return lambda *args, **kwargs: (function(*args, **kwargs), die())[0]

policy = RetryPolicy(first_pause_seconds=0, claim_seconds=1)
server = MailServer("127.0.0.1", port, needs_tls=False)
keys = ("a key of tests", "another key of tests")
settings = Settings(url, *keys, retries=policy, mail_server=server, receipts=receipts)
app = create_app(settings, keys=SigningKeys())
running = app.extensions["context"].deliveries
if when == "in the claim":
    outbox.claim = behind(outbox.claim)
elif when == "after the claim":
    running.attempt = before(running.attempt)
elif when == "before the note":
    Receipts.note = before(Receipts.note)
elif when == "after the 250":
    running.attempt = behind(running.attempt)
elif when == "in the record":
    outbox.finish = behind(outbox.finish)
elif when == "after the record":
    running.turn = behind(running.turn)
running.start()
while True:
    with app.extensions["database"].read() as connection:
        if not connection.exec_driver_sql("SELECT count(*) FROM deliveries WHERE finished_at IS NULL").scalar_one():
            break
    time.sleep(0.05)
running.stop()
"""


def check_after_kills(
    tmp_path: Path, when: str, check: Callable[[MailServerOfTests, int], None], count: int = 30
) -> None:
    owner, keys, receipts = new_id(), SigningKeys(), tmp_path / "receipts"
    with mail_server() as server:
        with open_inbox(tmp_path, keys, mail_server=server.at(), receipts=receipts) as inbox:
            inbox.take_in("people", [registered(1, owner)])
            inbox.take_in("journal", rows_for(owner, count))
            url = inbox.database.engine.url.render_as_string(hide_password=False)

        def run(point: str, after: int) -> int:
            command = [sys.executable, "-c", DYING, point, str(after), url, str(server.at().port), str(receipts)]
            return subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode

        assert run(when, 3) == -9
        assert run(when, 7) == -9
        assert run("never", 0) == 0
        with open_inbox(tmp_path, keys, mail_server=server.at(), receipts=receipts) as inbox:
            wait_until_sent(inbox, count, 1)
    check(server, count)


@pytest.mark.parametrize(
    "when", ["in the claim", "after the claim", "after the 250", "in the record", "after the record"]
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
