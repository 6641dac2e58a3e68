"""E-mail from a feed's row to a mail server that wants STARTTLS and a log-in: to whom, saying what, failing how."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from notification_service.delivery.retries import RetryPolicy
from notification_service.delivery.worker import Claim
from notification_service.email import message_builder, smtp
from notification_service.email.smtp import MailServer, send
from shared.enums import DeliveryStatus
from shared.identifiers import new_id
from shared.time import clock
from tests.certificates import certificate_of
from tests.inboxes import (
    DAY_US,
    InboxUnderTest,
    account_opened,
    card_declined,
    open_inbox,
    payment,
    registered,
    user_event,
)
from tests.mail_servers import DROPPED, OK, PASSWORD, USERNAME, MailServerOfTests, mail_server

pytestmark = pytest.mark.databases_in_turn
AT_ONCE = RetryPolicy(first_pause_seconds=0)
ADA = "0190a8c0-5f00-7a00-8000-00000000000a"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServerOfTests]:
    certificate = certificate_of(tmp_path, "localhost")
    trusted = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(smtp, "trusting_context", lambda: trusted)
    with mail_server(certificate) as opened:
        yield opened


@contextmanager
def mailing(tmp_path: Path, server: MailServer | None, **settings: Any) -> Iterator[InboxUnderTest]:
    """An inbox that knows Ada and has this mail server."""
    options = {"retries": AT_ONCE, "receipts": tmp_path / "receipts", **settings}
    with open_inbox(tmp_path, mail_server=server, **options) as opened:
        opened.take_in("people", [registered(1, ADA)])
        yield opened


@pytest.fixture
def inbox(tmp_path: Path, server: MailServerOfTests) -> Iterator[InboxUnderTest]:
    with mailing(tmp_path, server.at(), owner_email="owner@example.org") as opened:
        yield opened


def states(inbox: InboxUnderTest) -> list[tuple[str, int]]:
    with inbox.database.read() as connection:
        query = "SELECT status, attempts FROM deliveries WHERE channel = 'email' ORDER BY position"
        return [(str(row[0]), int(row[1])) for row in connection.exec_driver_sql(query)]


def problems(inbox: InboxUnderTest) -> list[str]:
    with inbox.database.read() as connection:
        query = "SELECT problem FROM delivery_attempts ORDER BY delivery_id, number"
        return [str(row[0]) for row in connection.exec_driver_sql(query)]


def attempt_once(inbox: InboxUnderTest, claims: Sequence[Claim] | None = None) -> list[Claim]:
    """Make one try at what is due, or at these claims, and record it; what was claimed with that."""
    for claim in inbox.worker.turn() if claims is None else claims:
        inbox.worker.keep(inbox.worker.attempt(claim))
    return inbox.worker.turn()


def test_money_received_is_told_by_mail_over_tls_and_with_a_log_in(
    inbox: InboxUnderTest, server: MailServerOfTests
) -> None:
    row = payment(1, new_id(), ADA, 123_456, description="Rent & <b>heating</b>")
    inbox.take_in("journal", [row])
    assert inbox.deliver() == 1
    (handed,) = server.handed
    assert (handed.address, handed.sender) == ("ada@example.org", "no-reply@sandbank.example")
    assert (handed.is_secure, handed.username) == (True, USERNAME)
    assert handed.mail["Subject"] == "You received 1,234.56 EUR"
    assert handed.mail["To"] == "Ada Lovelace <ada@example.org>"
    assert handed.mail["From"] == "Sandbank <no-reply@sandbank.example>"
    assert handed.mail["Auto-Submitted"] == "auto-generated"
    text, html = handed.part("plain"), handed.part("html")
    for words in (text, html):
        assert "Hello Ada Lovelace," in words
        assert f"http://127.0.0.1:5000/transactions/{row['id']}" in words
    assert "Rent & <b>heating</b>" in text
    assert "Rent &amp; &lt;b&gt;heating&lt;/b&gt;" in html
    assert states(inbox) == [("delivered", 1)]


def test_each_message_that_belongs_on_paper_is_mailed_and_no_other(
    inbox: InboxUnderTest, server: MailServerOfTests
) -> None:
    inbox.take_in("accounts", [account_opened(1, ADA)])
    inbox.take_in("journal", [payment(1, ADA, new_id(), 200_000), payment(2, ADA, new_id(), 100),
                              payment(3, ADA, None, 5, movement="fee")])  # fmt: skip
    inbox.take_in("holds", [card_declined(1, ADA)])
    logged_in = {"username": "ada", "session_id": new_id(), "user_agent": "", "address": "127.0.0.1"}
    inbox.take_in("users", [
        user_event(1, "user_logged_in", ADA, new_device=True, **logged_in),
        user_event(2, "user_logged_in", ADA, new_device=False, **logged_in),
        user_event(3, "password_changed", ADA, address="127.0.0.1"),
        user_event(4, "email_changed", ADA, old_email="old@example.org", new_email="ada@example.org"),
    ])  # fmt: skip
    inbox.deliver()
    assert sorted((one.address, str(one.mail["Subject"])) for one in server.taken) == [
        ("ada@example.org", "A card payment of 1.00 EUR was declined"),
        ("ada@example.org", "Large payment of 2,000.00 EUR"),
        ("ada@example.org", "Log-in from a new device"),
        ("ada@example.org", "Your checking account is open"),
        ("ada@example.org", "Your e-mail address was changed"),
        ("ada@example.org", "Your password was changed"),
        ("old@example.org", "Your e-mail address was changed"),
        ("owner@example.org", "A new account was opened"),
    ]
    (to_owner,) = [one for one in server.taken if one.address == "owner@example.org"]
    assert "Ada Lovelace has opened a checking account ending in 3000, in EUR." in to_owner.part("plain")
    assert "Hello," in to_owner.part("plain")
    assert len({one.id for one in server.taken}) == 8


def test_a_failed_standing_order_is_mailed(inbox: InboxUnderTest, server: MailServerOfTests) -> None:
    facts = {"account_id": new_id(), "user_id": ADA, "happened_at": clock.to_wire(clock.now_us()), "amount_minor": 700,
             "currency": "EUR", "kind": "standing_order", "error_code": "INSUFFICIENT_FUNDS", "due_on": "2026-11-20",
             "description": "Rent"}  # fmt: skip
    row = {"position": 1, "id": new_id(), "type": "order_failed", "occurred_at": facts["happened_at"], "data": facts}
    inbox.take_in("holds", [row])
    inbox.deliver()
    assert [one.mail["Subject"] for one in server.taken] == ["A payment of 7.00 EUR was not made"]


def test_nobody_is_mailed_who_is_unknown_or_made_up_until_somebody_logs_in_as_them(tmp_path: Path) -> None:
    stranger, made_up = new_id(), new_id()
    with mailing(tmp_path, None) as inbox:
        inbox.take_in("people", [registered(2, made_up, "made.up@example.org", synthetic=True)])
        inbox.take_in("journal", [payment(1, None, stranger, 5), payment(2, None, made_up, 5)])
        assert inbox.mailbox().json["data"] == []
        inbox.take_in("people", [user_event(3, "user_logged_in", made_up)])
        inbox.take_in("journal", [payment(3, None, made_up, 7)])
        (lying,) = inbox.mailbox().json["data"]
    assert (lying["to"], lying["subject"], lying["delivery"]) == ("made.up@example.org", "You received 0.07 EUR", None)


def test_mail_goes_where_the_person_has_it_when_it_is_sent(inbox: InboxUnderTest, server: MailServerOfTests) -> None:
    inbox.take_in("journal", [payment(1, None, ADA, 5)])
    changed = registered(2, ADA, "new@example.org", full_name="Ada King")
    inbox.take_in("people", [{**changed, "type": "user_updated"}])
    inbox.deliver()
    assert [one.mail["To"] for one in server.taken] == ["Ada King <new@example.org>"]


def test_a_feed_read_again_mails_nothing_again_and_what_is_old_not_at_all(
    inbox: InboxUnderTest, server: MailServerOfTests
) -> None:
    then = clock.now_us() - 8 * DAY_US
    rows = [payment(1, None, ADA, 500), payment(2, None, ADA, 600, effective_at_us=then, booked_at_us=then)]
    inbox.take_in("journal", rows)
    inbox.deliver()
    inbox.consumer("journal").reader.begin_anew()
    inbox.take_in("journal", rows)
    inbox.deliver()
    assert len(inbox.listed(ADA)) == 2
    assert [one.mail["Subject"] for one in server.handed] == ["You received 5.00 EUR"]


def test_a_server_that_cannot_take_it_now_is_asked_again_with_the_same_mail(
    inbox: InboxUnderTest, server: MailServerOfTests
) -> None:
    answers = ["451 later", DROPPED, "452 full", OK]
    server.answer = lambda number: answers[number - 1]
    inbox.take_in("journal", [payment(1, None, ADA, 5)])
    inbox.deliver()
    assert [one.answer for one in server.handed] == answers
    assert len({(one.id, one.content) for one in server.handed}) == 1
    assert states(inbox) == [("delivered", 4)]
    assert problems(inbox) == [
        "the mail server answered 451",
        "the mail server ended the connection, or did not answer in time",
        "the mail server answered 452",
        "",
    ]


@pytest.mark.parametrize("at_address", [True, False])
def test_a_mail_refused_for_good_is_given_up_at_once_and_holds_no_other_up(
    inbox: InboxUnderTest, server: MailServerOfTests, at_address: bool
) -> None:
    bob = new_id()
    inbox.take_in("people", [registered(2, bob, "bob@example.org")])
    if at_address:
        server.of_address = lambda address: "550 no such mailbox" if address.startswith("ada") else OK
    else:
        server.answer = lambda number: "554 no" if number == 1 else OK
    inbox.take_in("journal", [payment(1, None, ADA, 5)])
    inbox.take_in("journal", [payment(2, None, bob, 6)])
    inbox.deliver()
    assert states(inbox) == [("failed", 1), ("delivered", 1)]
    assert [one.address for one in server.taken] == ["bob@example.org"]


def test_a_server_that_is_away_gets_it_when_it_is_back(tmp_path: Path, server: MailServerOfTests) -> None:
    with mailing(tmp_path, server.at()) as inbox:
        server.stop()
        inbox.take_in("journal", [payment(1, None, ADA, 5)])
        again = attempt_once(inbox)
        assert problems(inbox) == ["no connection: connection refused"]
        server.start()
        attempt_once(inbox, again)
        assert (len(server.taken), states(inbox)) == (1, [("delivered", 2)])


def test_with_a_wrong_log_in_it_waits_and_the_password_stands_nowhere(
    tmp_path: Path, server: MailServerOfTests, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "a planted secret"
    with mailing(tmp_path, server.at(password=secret), retries=RetryPolicy()) as inbox:
        inbox.take_in("journal", [payment(1, None, ADA, 5)])
        attempt_once(inbox)
        assert (server.refused_log_ins > 0, server.handed) == (True, [])
        assert problems(inbox) == ["the mail server answered 535"]
        assert states(inbox) == [("due", 1)]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert secret not in "".join(capsys.readouterr())
    assert secret not in repr(server.at(password=secret))


def test_without_tls_a_log_in_is_never_sent(tmp_path: Path) -> None:
    with mail_server() as plain:
        with mailing(tmp_path, plain.at(username=USERNAME, password=PASSWORD, needs_tls=True)) as inbox:
            inbox.take_in("journal", [payment(1, None, ADA, 5)])
            attempt_once(inbox)
            assert problems(inbox) == ["the mail server offers no STARTTLS, or no log-in that the bank knows"]
        assert plain.handed == []


def test_a_server_that_cannot_prove_its_name_gets_nothing(
    tmp_path: Path, server: MailServerOfTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "trusting_context", ssl.create_default_context)
    with mailing(tmp_path, server.at()) as inbox:
        inbox.take_in("journal", [payment(1, None, ADA, 5)])
        attempt_once(inbox)
        assert problems(inbox) == ["no secure connection: CERTIFICATE_VERIFY_FAILED"]
    assert server.handed == []


def test_a_server_that_hangs_up_instead_of_saying_goodbye_has_the_mail(tmp_path: Path) -> None:
    with mail_server(hangs_up=True) as rude, mailing(tmp_path, rude.at()) as inbox:
        inbox.take_in("journal", [payment(1, None, ADA, 5)])
        inbox.deliver()
        assert (len(rude.handed), states(inbox)) == (1, [("delivered", 1)])


def test_what_was_taken_but_never_recorded_is_not_sent_again(tmp_path: Path) -> None:
    lapsing = RetryPolicy(first_pause_seconds=0, claim_seconds=0)
    with mail_server() as plain, mailing(tmp_path, plain.at(), retries=lapsing) as inbox:
        inbox.take_in("journal", [payment(1, None, ADA, 5)])
        for claim in inbox.worker.turn():
            inbox.worker.attempt(claim)  # and its record is lost
        time.sleep(0.01)
        inbox.deliver()
        assert (len(plain.handed), states(inbox)) == (1, [("delivered", 1)])


def test_a_server_that_drips_is_left_in_time() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                while True:
                    connection.sendall(b"2")
                    time.sleep(0.05)
            except OSError:
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    server = MailServer("127.0.0.1", listener.getsockname()[1], needs_tls=False)
    outcome = send(
        server, sender="a@b.example", address="ada@example.org", content=b"x", on_taken=pytest.fail, longest_seconds=0.5
    )
    assert time.monotonic() - began < 3
    assert outcome.problem != ""
    listener.close()
    thread.join(timeout=5)


INJECTED = "Ada\r\nBcc: everybody@example.org\r\n\r\n<script>alert(1)</script>\n.\r\nQUIT\u2028X-Evil: 1\x01"


def test_nothing_that_people_write_becomes_a_header_or_a_command(
    inbox: InboxUnderTest, server: MailServerOfTests
) -> None:
    changed = registered(2, ADA, full_name=INJECTED)
    inbox.take_in("people", [{**changed, "type": "user_updated"}])
    inbox.take_in("accounts", [account_opened(1, ADA, nickname=INJECTED)])
    inbox.take_in("journal", [payment(1, None, ADA, 5, description=INJECTED)])
    inbox.deliver()
    assert len(server.taken) == 3
    usual = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    for one in server.taken:
        assert set(one.mail.keys()) - {"X-Peer", "X-MailFrom", "X-RcptTo"} == usual
        assert "<script" not in one.part("html")
        assert one.address in ("ada@example.org", "owner@example.org")


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nRCPT TO:<x@y.example>", "a b@c.example", "a@b.example>", "ä@b.example"]
)
def test_what_is_no_address_is_written_to_no_server(
    inbox: InboxUnderTest, server: MailServerOfTests, address: str
) -> None:
    inbox.take_in("people", [{**registered(2, ADA, address), "type": "user_updated"}])
    inbox.take_in("journal", [payment(1, None, ADA, 5)])
    inbox.deliver()
    assert (server.handed, states(inbox)) == ([], [("failed", 1)])


def test_without_a_server_mail_lies_in_the_mailbox_of_a_bank_in_development(tmp_path: Path) -> None:
    with mailing(tmp_path, None) as inbox:
        for number in range(1, 4):
            inbox.take_in("journal", [payment(number, None, ADA, number)])
        assert inbox.deliver() == 0
        first = inbox.mailbox("?limit=2").json
        rest = inbox.mailbox(f"?limit=2&cursor={first['next_cursor']}").json
        subjects = [mail["subject"] for mail in (*first["data"], *rest["data"])]
        assert subjects == [f"You received 0.0{number} EUR" for number in (3, 2, 1)]
        mail = first["data"][0]
        assert (mail["to"], mail["delivery"]) == ("ada@example.org", None)
        assert "Hello Ada Lovelace," in mail["text"]
        assert mail["html"].startswith("<!DOCTYPE html>")
        for role in ("customer", "employee"):
            assert inbox.mailbox(role=role).status_code == 403


def test_with_a_server_the_mailbox_says_how_far_each_is(inbox: InboxUnderTest) -> None:
    inbox.take_in("journal", [payment(1, None, ADA, 5)])
    assert [mail["delivery"] for mail in inbox.mailbox().json["data"]] == [DeliveryStatus.DUE]
    inbox.deliver()
    assert [mail["delivery"] for mail in inbox.mailbox().json["data"]] == [DeliveryStatus.DELIVERED]


def test_a_bank_in_production_has_no_mailbox_and_without_a_server_no_mail(tmp_path: Path) -> None:
    with mailing(tmp_path, None, is_production=True) as inbox:
        inbox.take_in("journal", [payment(1, None, ADA, 5)])
        reply = inbox.mailbox()
        assert (reply.status_code, reply.json["error_code"]) == (403, "ONLY_IN_DEVELOPMENT")
        with inbox.database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM mails").scalar_one() == 0


def test_a_reset_forgets_mails_and_auths_reset_the_customers(tmp_path: Path) -> None:
    with mailing(tmp_path, None) as inbox:
        staff = new_id()
        inbox.take_in("people", [registered(2, staff, "staff@example.org", role="admin")])
        inbox.take_in("journal", [payment(1, None, ADA, 5)])
        assert inbox.reset().status_code == 200
        assert inbox.mailbox().json["data"] == []
        inbox.take_in("people", [{**user_event(3, "bank_reset", ""), "data": {"customers": 1}}])
        with inbox.database.read() as connection:
            assert list(connection.exec_driver_sql("SELECT email FROM addressees").scalars()) == ["staff@example.org"]


def test_a_subject_is_one_line_and_not_endless() -> None:
    assert message_builder.one_line("a\r\nb\u2028c\x7f") == "a b c"
    assert len(message_builder.one_line("x" * 5000)) == 200
