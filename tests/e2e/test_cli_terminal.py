"""The command at a terminal: passwords that nobody sees, the rule before they are typed, and Ctrl-C."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.session_file import Session, SessionFile
from shared.identifiers import new_id
from tests.auth_bank import open_auth
from tests.bank_processes import wait_until
from tests.e2e.terminal import Terminal, terminal
from tests.holds import figures, placed
from tests.ledgers import open_ledger
from tests.live_services import serving
from tests.scripted_server import Conversation, scripted

PASSWORD = "a quiet brass kettle"
REGISTER = ("register", "ada", "--email", "ada@example.org")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of a real auth whose passwords have fourteen characters at least."""
    folder = tmp_path / "auth"
    folder.mkdir()
    with open_auth(folder, password_min_length=14) as auth, serving(auth.app) as address:
        yield address


def type_passwords(asked: Terminal, first: str, second: str) -> None:
    asked.expect("Password: ")
    asked.type(first)
    asked.expect("Repeat for confirmation: ")
    asked.type(second)


def test_a_new_password_is_typed_twice_unseen_and_its_length_is_told_first(url: str, tmp_path: Path) -> None:
    with terminal(tmp_path, url, *REGISTER) as asked:
        asked.expect("14 to 128 characters")
        assert "Password:" not in asked.shown.partition("14 to 128")[0]
        type_passwords(asked, PASSWORD, PASSWORD + "s")
        asked.expect("do not match")
        type_passwords(asked, PASSWORD, PASSWORD)
        asked.expect("Welcome")
        assert asked.end() == 0
        assert PASSWORD not in asked.shown
    with terminal(tmp_path, url, "login", "ada") as asked:
        asked.expect("Password: ")
        asked.type(PASSWORD)
        asked.expect("Logged in as")
        assert asked.end() == 0
        assert PASSWORD not in asked.shown


def test_a_password_that_is_too_short_is_refused_in_a_sentence(url: str, tmp_path: Path) -> None:
    with terminal(tmp_path, url, *REGISTER) as asked:
        type_passwords(asked, "thirteen-long", "thirteen-long")
        asked.expect("must have 14 to 128 characters")
        assert asked.end() == 1


def test_ctrl_c_while_a_password_is_asked_for_ends_without_a_traceback(url: str, tmp_path: Path) -> None:
    with terminal(tmp_path, url, *REGISTER) as asked:
        asked.expect("Password: ")
        asked.type("\x03")
        assert asked.end() != 0
        assert "Aborted" in asked.shown
        assert "Traceback" not in asked.shown
    assert list(tmp_path.glob("session*")) == []


def test_a_bank_that_is_away_is_told_before_anybody_types_a_password(tmp_path: Path) -> None:
    with terminal(tmp_path, "http://127.0.0.1:1", *REGISTER) as asked:
        assert asked.end() == 4
        assert "Password:" not in asked.shown
        assert "Traceback" not in asked.shown


def test_ctrl_c_while_money_moves_says_with_which_key_to_ask_again(tmp_path: Path) -> None:
    def silent(conversation: Conversation) -> None:
        conversation.receive()
        conversation.wait_for_client()

    key, account_id = new_id(), new_id()
    with scripted(silent) as server:
        SessionFile(tmp_path).keep(server.url, Session("bob", "customer", "access", "refresh", 4_000_000_000))
        with terminal(tmp_path, server.url, "deposit", account_id, "12.34", "--idempotency-key", key) as asked:
            wait_until(lambda: bool(server.requests), 60)
            asked.type("\x03")
            assert asked.end() == 130
            assert key in asked.shown
            assert "Traceback" not in asked.shown


def test_whoever_moves_the_clock_is_asked_first_and_sees_how_far_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    folder.mkdir()
    with open_ledger(folder) as ledger, serving(ledger.app) as address:
        account = ledger.open_account(deposit_minor=100_000)
        placed(account, "1.00", expires_in={"hours": 5})
        token = ledger.keys.token(new_id(), role="admin", scope="bank:simulate")
        SessionFile(tmp_path).keep(address, Session("max", "admin", token, "refresh", 4_000_000_000))
        with terminal(tmp_path, address, "clock", "--advance", "1d") as asked:
            asked.expect("Move the bank's clock by 1d? It never goes back.")
            asked.type("n")
            assert asked.end() == 1
        assert figures(account)[2] == "1.00", "nothing fell due, as nothing was moved"
        with terminal(tmp_path, address, "clock", "--advance", "1d") as asked:
            asked.expect("It never goes back.")
            asked.type("y")
            asked.expect("was moved ahead")
            assert asked.end() == 0
        assert figures(account)[2] == "0.00"
