"""A forgotten password: the token reaches the mail and nothing else, holds once and for half an hour."""

import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from auth_service import models
from auth_service.passwords import password_reset
from shared.services import NOTIFICATION
from shared.time.clock import MICROSECONDS
from tests.auth_bank import ELSEWHERE, HOME, PASSWORD, SECRETS, AuthUnderTest, open_auth
from tests.inboxes import InboxUnderTest, open_inbox

pytestmark = pytest.mark.databases_in_turn
NEW = "rough seas on wednesdays"
TOKEN = re.compile(r"/reset_password\?token=([A-Za-z0-9_-]{43})")


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    with open_auth(tmp_path) as opened:
        yield opened


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[InboxUnderTest]:
    with open_inbox(tmp_path, token_key=SECRETS[NOTIFICATION.name]) as opened:
        yield opened


def asked_for(auth: AuthUnderTest) -> int:
    """How many links were made."""
    return len(auth.events("password_reset_requested"))


def ask(auth: AuthUnderTest, email: str = "ada@example.test", address: str = HOME) -> TestResponse:
    reply = auth.call("POST", "/api/auth/forgot_password", {"email": email}, address=address)
    password_reset.work_off(auth.context)
    return reply


def mailed(auth: AuthUnderTest, inbox: InboxUnderTest) -> list[str]:
    """The tokens in the mailbox, after the feed was taken in, newest first."""
    rows = auth.events()
    inbox.take_in("people", rows)
    inbox.take_in("users", rows)
    mails = [mail for mail in inbox.mailbox().json["data"] if mail["subject"] == "Choose a new password"]
    assert all(mail["link"] in mail["text"] and mail["link"] in mail["html"] for mail in mails)
    return [found[1] for mail in mails if (found := TOKEN.search(mail["link"]))]


def reset(auth: AuthUnderTest, token: str, password: str = NEW) -> TestResponse:
    return auth.call("POST", "/api/auth/reset_password", {"token": token, "new_password": password})


def log_in(auth: AuthUnderTest, password: str) -> int:
    status: int = auth.call("POST", "/api/auth/login", {"username": "ada", "password": password}).status_code
    return status


def let_pass(auth: AuthUnderTest, seconds: int) -> None:
    back = seconds * MICROSECONDS
    with auth.context.database.write_session() as session:
        row = models.PasswordReset
        session.execute(update(row).values(created_at=row.created_at - back, expires_at=row.expires_at - back))


def test_a_link_sets_a_new_password_once_and_ends_every_session(auth: AuthUnderTest, inbox: InboxUnderTest) -> None:
    auth.register("ada")
    session = auth.sign_in("ada")
    reply = ask(auth)
    assert (reply.status_code, reply.json["data"]) == (202, {"asked": True})
    (token,) = mailed(auth, inbox)
    done = reset(auth, token)
    assert (done.status_code, done.json["data"]) == (200, {"sessions_ended": 1})
    assert (log_in(auth, PASSWORD), log_in(auth, NEW)) == (401, 200)
    assert auth.call("GET", "/api/auth/profile", headers=session.headers).status_code == 401
    again = reset(auth, token, "calm lakes on thursdays")
    assert (again.status_code, again.json["error_code"]) == (400, "RESET_TOKEN_INVALID")
    assert len(auth.events("password_changed")) == 1


def test_of_two_who_use_it_at_once_one_does(auth: AuthUnderTest, inbox: InboxUnderTest) -> None:
    auth.register("ada")
    ask(auth)
    (token,) = mailed(auth, inbox)
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda number: reset(auth, token, f"{NEW} {number}").status_code, range(4)))
    assert sorted(statuses) == [200, 400, 400, 400]


def test_the_rules_of_passwords_hold_and_a_bad_one_costs_no_token(auth: AuthUnderTest, inbox: InboxUnderTest) -> None:
    auth.register("ada")
    ask(auth)
    (token,) = mailed(auth, inbox)
    for bad in ("short", "password1234", "ada@example.test"):
        reply = reset(auth, token, bad)
        assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, ["new_password"]), bad
    assert reset(auth, token).status_code == 200


def test_it_ends_after_half_an_hour_with_another_password_and_with_another_address(
    auth: AuthUnderTest, inbox: InboxUnderTest
) -> None:
    auth.register("ada")
    session = auth.sign_in("ada")
    ask(auth)
    (late,) = mailed(auth, inbox)
    let_pass(auth, password_reset.TOKEN_SECONDS + 1)
    assert reset(auth, late).status_code == 400
    ask(auth)
    outdated = mailed(auth, inbox)[0]
    change = {"current_password": PASSWORD, "new_password": "calm lakes on thursdays"}
    assert auth.call("POST", "/api/auth/change_password", change, headers=session.headers).status_code == 200
    assert reset(auth, outdated).status_code == 400
    ask(auth)
    elsewhere = mailed(auth, inbox)[0]
    moved = {"email": "ada@elsewhere.example", "current_password": change["new_password"]}
    assert auth.call("PUT", "/api/auth/update_profile", moved, headers=session.headers).status_code == 200
    assert reset(auth, elsewhere).status_code == 400


@pytest.mark.parametrize("email", ["nobody@example.test", "ada", "not an address", "ada@example.test\u2003"])
def test_whoever_is_nobody_is_answered_the_same_and_nothing_comes_of_it(auth: AuthUnderTest, email: str) -> None:
    auth.register("ada")
    known, unknown = ask(auth), auth.call("POST", "/api/auth/forgot_password", {"email": email})
    password_reset.work_off(auth.context)
    assert (known.status_code, known.json["data"]) == (202, {"asked": True})
    if unknown.status_code != 422:  # what is no text at all is told so, whoever asks
        assert (unknown.status_code, unknown.json["data"]) == (202, {"asked": True})
    assert asked_for(auth) == 1


def test_the_answer_takes_the_same_time_for_everybody(auth: AuthUnderTest) -> None:
    """Nothing is looked up before it is given."""
    auth.register("ada")
    taken: dict[str, list[float]] = {"ada@example.test": [], "nobody@example.test": []}
    for _ in range(200):
        for email, seconds in taken.items():
            began = time.perf_counter()
            auth.call("POST", "/api/auth/forgot_password", {"email": email})
            seconds.append(time.perf_counter() - began)
    known, unknown = (statistics.median(seconds) for seconds in taken.values())
    assert abs(known - unknown) < 0.25 * min(known, unknown)


def test_asking_often_mails_once_a_minute_and_from_one_network_not_for_ever(
    auth: AuthUnderTest, inbox: InboxUnderTest
) -> None:
    for name in ("ada", "bob", "eve", "joe", "kim", "lea", "max"):
        auth.register(name)
    for _ in range(3):
        assert ask(auth).status_code == 202
    assert len(mailed(auth, inbox)) == 1
    for name in ("bob", "eve", "joe", "kim", "lea", "max"):
        assert ask(auth, f"{name}@example.test").status_code == 202
    assert asked_for(auth) == 3
    ask(auth, "max@example.test", ELSEWHERE)
    assert asked_for(auth) == 4


def test_a_disabled_person_gets_none(auth: AuthUnderTest) -> None:
    auth.register("ada")
    with auth.context.database.write_session() as session:
        session.execute(update(models.User).values(status="disabled"))
    ask(auth)
    assert asked_for(auth) == 0


def test_the_token_stands_in_no_database_feed_or_log(
    auth: AuthUnderTest, inbox: InboxUnderTest, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    auth.register("ada")
    ask(auth)
    (token,) = mailed(auth, inbox)
    assert token not in str(auth.events())
    assert reset(auth, "wrong " + token).status_code == 400
    assert reset(auth, token).status_code == 200
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if token.encode() in path.read_bytes()]
    assert token not in "".join(capfd.readouterr())


def test_sealed_under_another_secret_it_is_no_link(auth: AuthUnderTest, tmp_path: Path) -> None:
    auth.register("ada")
    ask(auth)
    with open_inbox(tmp_path, token_key="a secret of somebody else") as inbox:
        assert mailed(auth, inbox) == []
