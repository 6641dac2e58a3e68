"""`sandbank holds` and `sandbank clock` against a real ledger: what people read, what programs get, and Ctrl-C."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner, Result

from cli import clock as clock_command
from cli.main import app
from cli.session_file import Session, SessionFile
from shared.identifiers import new_id
from tests.holds import figures, hold_of, placed
from tests.ledgers import Holder, LedgerUnderTest
from tests.live_services import serving
from transaction_service.due_work.queue import Due
from transaction_service.holds.expiry import expire_holds

Run = Callable[..., Result]


@pytest.fixture
def ada(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=100_000)


@pytest.fixture
def run(ledger: LedgerUnderTest, ada: Holder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `sandbank` as the customer ada, a clerk or the administrator."""
    with running(ledger, ada.owner_id, tmp_path, monkeypatch) as invoke:
        yield invoke


@contextmanager
def running(ledger: LedgerUnderTest, ada_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The same, at a bank that may have no account."""
    with serving(ledger.app) as url:
        monkeypatch.setenv("SANDBANK_URL", url)
        monkeypatch.setenv("COLUMNS", "200")
        for name, role, user_id, scope in (
            ("ada", "customer", ada_id, ""),
            ("clerk", "employee", new_id(), ""),
            ("admin", "admin", new_id(), "bank:simulate"),
        ):
            token = ledger.keys.token(user_id, role=role, scope=scope)
            session = Session(name, role, token, "refresh", int(time.time()) + 600)
            SessionFile(tmp_path / name).keep(url, session)

        def invoke(who: str, *words: str) -> Result:
            return CliRunner().invoke(app, list(words), env={"SANDBANK_CONFIG_DIR": str(tmp_path / who)})

        yield invoke


def asked(run: Run, who: str, *words: str) -> Any:
    done = run(who, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["data"]


def test_a_hold_is_placed_captured_in_part_and_the_rest_given_back(run: Run, ada: Holder) -> None:
    words = ("holds", "place", ada.account_id, "80.00", "-d", "Hotel deposit", "--days", "5", "--hours", "2")
    hold = asked(run, "clerk", *words)
    span = datetime.fromisoformat(hold["expires_at"]) - datetime.fromisoformat(hold["created_at"])
    assert (hold["status"], hold["amount"], span) == ("pending", "80.00", timedelta(days=5, hours=2))
    taken = run("clerk", "holds", "capture", hold["id"], "30.00", "--more")
    assert taken.exit_code == 0, taken.output
    assert "30.00 EUR" in taken.output
    assert figures(ada) == ("970.00", "920.00", "50.00")
    freed = run("clerk", "holds", "void", hold["id"])
    assert freed.exit_code == 0, freed.output
    assert "voided" in freed.output
    assert figures(ada) == ("970.00", "970.00", "0.00")
    shown = run("ada", "holds", "list")
    for part in ("Holds", "Hotel deposit", "80.00 EUR", "30.00 EUR", hold["id"]):
        assert part in shown.output, shown.output


def test_more_than_is_held_is_taken_only_where_that_is_asked_for(run: Run, ada: Holder) -> None:
    bob = ada.ledger.open_account()
    hold = asked(run, "clerk", "holds", "place", ada.account_id, "50.00")
    over = run("clerk", "holds", "capture", hold["id"], "60.00")
    assert (over.exit_code, "more than" in over.stderr) == (1, True), over.output
    words = ("holds", "capture", hold["id"], "60.00", "--over", "--to", bob.account_id, "-d", "With the tip")
    taken = asked(run, "clerk", *words)
    assert (taken["amount"], taken["description"]) == ("60.00", "With the tip")
    assert (ada.balance_minor, bob.balance_minor) == (94_000, 6_000)


def test_the_same_key_holds_money_once(run: Run, ada: Holder) -> None:
    words = ("holds", "place", ada.account_id, "5.00", "--idempotency-key", "one-hold")
    assert run("clerk", *words).exit_code == 0
    again = run("clerk", *words)
    assert "nothing happened twice" in again.output
    assert figures(ada)[2] == "5.00"


def test_a_list_is_narrowed_and_goes_on(run: Run, ada: Holder) -> None:
    other = ada.ledger.open_account(deposit_minor=1_000)
    kept, gone = placed(ada, "1.00")["id"], placed(ada, "2.00")["id"]
    elsewhere = placed(other, "3.00")["id"]
    assert run("clerk", "holds", "void", gone).exit_code == 0
    assert {one["id"] for one in asked(run, "clerk", "holds", "list")} == {kept, gone, elsewhere}
    assert {one["id"] for one in asked(run, "ada", "holds", "list")} == {kept, gone}
    assert [one["id"] for one in asked(run, "clerk", "holds", "list", ada.account_id, "--status", "pending")] == [kept]
    first = run("ada", "holds", "list", "-n", "1")
    assert "--cursor" in first.stderr
    assert "nothing to show" in run("ada", "holds", "list", "--status", "expired").output


def test_customers_hold_nothing_and_what_is_not_there_is_said(run: Run, ada: Holder) -> None:
    refused = run("ada", "holds", "place", ada.account_id, "1.00")
    assert (refused.exit_code, "employee" in refused.stderr) == (1, True), refused.output
    missing = run("clerk", "holds", "void", new_id())
    assert missing.exit_code == 1
    too_long = run("clerk", "holds", "place", ada.account_id, "1.00", "--days", "500")
    assert (too_long.exit_code, "expires_in" in too_long.stderr) == (1, True), too_long.output


def test_the_clock_goes_where_it_is_told_and_does_what_falls_due(run: Run, ada: Holder) -> None:
    holds = [placed(ada, "1.00", description=f"Hold {n}", expires_in={"days": n + 1})["id"] for n in range(7)]
    before = run("clerk", "clock")
    for part in ("runs with the world's", "What falls due next", "Hold 0", "Hold 4", "a hold expires"):
        assert part in before.output, before.output
    assert "Hold 5" not in before.output, "the next five"
    assert "falls due" not in run("ada", "clock").output, "that is for the people who work here"
    moved = run("admin", "clock", "--advance", "3d12h")
    assert moved.exit_code == 0, moved.output
    assert "was moved ahead" in moved.output
    assert [hold_of(ada, hold_id)["status"] for hold_id in holds] == ["expired"] * 3 + ["pending"] * 4
    day = (datetime.fromisoformat(asked(run, "admin", "clock")["bank_time"]) + timedelta(days=10)).date()
    there = asked(run, "admin", "clock", "--to", day.isoformat())
    assert (there["target_time"], there["due_work"]) == (None, 0)
    assert {hold_of(ada, hold_id)["status"] for hold_id in holds} == {"expired"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--advance", "soon"), 1, "no span of time"),
        (("--advance", "0d"), 1, "no span of time"),
        (("--to", "2020-01-01"), 1, "forward only"),
        (("--to", "31.1.2027"), 1, "advance_to"),
        (("--advance", "200000h", "--to", "2027-01-31"), 2, "give one of"),
        (("--begin-at", "2020-01-01", "--to", "2027-01-31"), 2, "give one of"),
        (("--begin-at", "31.1.2027"), 1, "begin_at"),
        (("--advance", "90000d"), 1, "advance_by.days"),
    ],
)
def test_where_the_clock_cannot_go_is_explained(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    done = run("admin", "clock", *words)
    assert (done.exit_code, said in done.stderr) == (code, True), done.output


def test_a_bank_without_accounts_begins_on_the_day_that_is_said_and_no_other_does(
    ledger: LedgerUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(ledger, new_id(), tmp_path, monkeypatch) as run:
        begun = asked(run, "admin", "clock", "--begin-at", "2024-03-01", "--yes")
        assert begun["bank_time"].startswith("2024-02-29T23:00:"), "where the day begins in the bank's zone"
        assert "2030-12-31" in run("admin", "clock", "--begin-at", "2031-01-01").output
        ledger.open_account()
        refused = run("admin", "clock", "--begin-at", "2020-01-01")
        assert (refused.exit_code, "CLOCK_BACKWARDS" in refused.output) == (1, True), refused.output


def test_only_an_administrator_moves_the_clock(run: Run) -> None:
    for words in (("--advance", "1d"), ("--begin-at", "2027-01-01"), ("--retry",)):
        refused = run("clerk", "clock", *words)
        assert refused.exit_code == 1, words
        assert refused.stderr


def test_what_failed_is_shown_with_its_reason_and_tried_again(run: Run, ada: Holder) -> None:
    def failing(connection: Connection, rows: Sequence[Due]) -> None:
        raise ZeroDivisionError

    worker = ada.ledger.app.extensions["context"].due_worker
    worker._handlers["hold_expiry"] = failing
    hold = placed(ada, "1.00", description="Stuck", expires_in={"hours": 1})["id"]
    moved = run("admin", "clock", "--advance", "2h")
    assert moved.exit_code == 0, moved.output
    for part in ("set aside", "What failed", "Stuck", "ZeroDivisionError", "sandbank clock --retry"):
        assert part in moved.output, moved.output
    worker._handlers["hold_expiry"] = expire_holds
    again = asked(run, "admin", "clock", "--retry")
    assert again["stopped_work"] == 0
    assert hold_of(ada, hold)["status"] == "expired"


def test_ctrl_c_leaves_the_clock_going(run: Run, ada: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = placed(ada, "1.00", expires_in={"hours": 1})["id"]
    worker = ada.ledger.app.extensions["context"].due_worker
    worker.stop()  # it never gets there

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(clock_command, "time", SimpleNamespace(sleep=interrupted))  # of nobody but the command
    done = run("admin", "clock", "--advance", "2h")
    assert (done.exit_code, "The clock goes on" in done.stderr) == (130, True), done.output
    shown = run("admin", "clock")
    for part in ("goes to", "to do until then"):
        assert part in shown.output, shown.output
    worker._is_stopped = False
    worker.work_off()
    assert hold_of(ada, hold)["status"] == "expired"
