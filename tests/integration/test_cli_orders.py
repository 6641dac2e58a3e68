"""`sandbank payees`, `orders`, `upcoming` and `debits` against a real ledger: what people read and programs get."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.session_file import Session, SessionFile
from tests.ledgers import Holder, LedgerUnderTest
from tests.live_services import serving
from tests.orders import go_to, settled_day

Run = Callable[..., Result]


@pytest.fixture
def ada(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=100_000)


@pytest.fixture
def club(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(holder_name="Chess Club")


@pytest.fixture
def run(
    ledger: LedgerUnderTest, ada: Holder, club: Holder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Runs `sandbank` as ada or as the club."""
    with serving(ledger.app) as url:
        monkeypatch.setenv("SANDBANK_URL", url)
        monkeypatch.setenv("COLUMNS", "200")
        for name, holder in (("ada", ada), ("club", club)):
            token = ledger.keys.token(holder.owner_id, role="customer")
            session = Session(name, "customer", token, "refresh", int(time.time()) + 600)
            SessionFile(tmp_path / name).keep(url, session)

        def invoke(who: str, *words: str) -> Result:
            return CliRunner().invoke(app, list(words), env={"SANDBANK_CONFIG_DIR": str(tmp_path / who)})

        yield invoke


def asked(run: Run, who: str, *words: str) -> Any:
    done = run(who, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["data"]


def test_a_standing_order_to_a_payee_is_placed_paused_resumed_and_cancelled(
    run: Run, ada: Holder, club: Holder, ledger: LedgerUnderTest
) -> None:
    payee = asked(run, "ada", "payees", "add", "Landlord", club.number, "--reference", "Flat 7")
    day = settled_day(ledger, 3)
    words = ("orders", "standing", ada.account_id, payee["id"], "650.00", day.isoformat(), "--frequency", "weekly")
    order = asked(run, "ada", *words, "--idempotency-key", "k1")
    assert (order["recipient"]["name"], order["description"], order["frequency"]) == ("Landlord", "Flat 7", "weekly")
    again = run("ada", *words, "--idempotency-key", "k1")
    assert "nothing happened twice" in again.stdout
    listing = run("ada", "orders", "list").stdout
    assert "Landlord" in listing
    assert "650.00 EUR" in listing
    assert day.isoformat() in listing
    words = ("orders", "change", order["id"], "--amount", "675.00", "--last-on", "2190-01-01", "--rule", "preceding")
    changed = asked(run, "ada", *words)
    assert (changed["amount"], changed["last_on"], changed["execution_rule"]) == ("675.00", "2190-01-01", "preceding")
    assert asked(run, "ada", "orders", "change", order["id"], "--last-on", "never")["last_on"] is None
    for wrong in ((), ("--once", "--frequency", "daily")):
        assert run("ada", "orders", "change", order["id"], *wrong).exit_code == 2
    assert asked(run, "ada", "orders", "pause", order["id"])["status"] == "paused"
    assert "active" in run("ada", "orders", "resume", order["id"]).stdout
    go_to(ledger, day, 12)
    came_of = run("ada", "orders", "show", order["id"]).stdout
    assert "completed" in came_of
    assert "cancelled" in run("ada", "orders", "cancel", order["id"]).stdout
    refused = run("ada", "orders", "pause", order["id"])
    assert (refused.exit_code, "ORDER_ENDED" in refused.output) == (1, True)
    assert asked(run, "ada", "payees", "remove", payee["id"]) == payee


def test_a_payment_on_a_day_is_among_what_will_fall_due_until_it_is_called_off(
    run: Run, ada: Holder, club: Holder, ledger: LedgerUnderTest
) -> None:
    day = settled_day(ledger, 3).isoformat()
    payment = asked(run, "ada", "orders", "once", ada.account_id, club.number, "80.00", day, "-d", "Deposit")
    arriving = asked(run, "ada", "orders", "once", ada.account_id, club.number, "1.00", day, "--get")
    assert (payment["fixed"], arriving["fixed"]) == ("source", "target")
    assert "what arrives" in run("ada", "orders", "cancel", arriving["id"], "--once").stdout
    assert [row["id"] for row in asked(run, "ada", "upcoming")] == [payment["id"]]
    shown = run("ada", "upcoming", "--until", day).stdout
    assert "scheduled payment" in shown
    assert "80.00 EUR" in shown
    assert "Deposit" in run("ada", "orders", "list", "--once").stdout
    later = settled_day(ledger, 9).isoformat()
    changed = asked(run, "ada", "orders", "change", payment["id"], "--once", "--on", later, "--amount", "81.00")
    assert (changed["execute_on"], changed["amount"], changed["description"]) == (later, "81.00", "Deposit")
    assert "nothing to show" in run("ada", "orders", "show", payment["id"], "--once").stdout
    assert "cancelled" in run("ada", "orders", "cancel", payment["id"], "--once").stdout
    assert "nothing to show" in run("ada", "upcoming").stdout


def test_a_name_is_checked_before_it_is_paid(run: Run, club: Holder) -> None:
    assert "somebody of this name" in run("ada", "payees", "check", "chess club", club.number).stdout
    close = run("ada", "payees", "check", "Ches Club", club.number).stdout
    assert "not quite" in close
    assert "Chess Club" in close
    assert "somebody else" in run("ada", "payees", "check", "Bob Stone", club.number).stdout
    nobody = run("ada", "payees", "check", "Bob Stone", "DE89370400440532013000").stdout
    assert "No account of this bank" in nobody


def test_a_mandate_is_asked_for_confirmed_collected_by_and_refunded(
    run: Run, ada: Holder, club: Holder, ledger: LedgerUnderTest
) -> None:
    mandate = asked(run, "club", "debits", "ask", club.account_id, ada.number, "MEMBER-1")
    assert "pending" in run("ada", "debits", "mandates").stdout
    assert "active" in run("ada", "debits", "confirm", mandate["id"]).stdout
    day = settled_day(ledger, 2)
    collection = asked(run, "club", "debits", "collect", mandate["id"], "48.20", day.isoformat(), "-d", "Membership")
    called_off = asked(run, "club", "debits", "collect", mandate["id"], "1.00", day.isoformat())
    assert "returned" in run("ada", "debits", "cancel", called_off["id"]).stdout
    go_to(ledger, day, 7)
    shown = run("ada", "debits", "list").stdout
    assert "Membership" in shown
    assert "MS02" in shown
    assert "refunded" in run("ada", "debits", "refund", collection["id"]).stdout
    assert ada.balance_minor == 100_000
    assert "cancelled" in run("club", "debits", "end", mandate["id"]).stdout
