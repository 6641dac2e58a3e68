"""`sandbank products` against a real account service and ledger: what people read, and what programs get."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.session_file import Session, SessionFile
from shared.identifiers import new_id
from tests.account_bank import AccountBank, account_bank
from tests.live_services import serving
from tests.plans import today

Run = Callable[..., Result]


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def run(bank: AccountBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `sandbank` as a stranger, as ada or as the administrator."""
    with serving(bank.app) as url:
        monkeypatch.setenv("SANDBANK_URL", url)
        monkeypatch.setenv("COLUMNS", "200")
        for name, role, user_id in (("ada", "customer", bank.person()), ("admin", "admin", new_id())):
            session = Session(name, role, bank.keys.token(user_id, role=role), "refresh", int(time.time()) + 600)
            SessionFile(tmp_path / name).keep(url, session)

        def invoke(who: str, *words: str) -> Result:
            return CliRunner().invoke(app, list(words), env={"SANDBANK_CONFIG_DIR": str(tmp_path / who)})

        yield invoke


def asked(run: Run, who: str, *words: str) -> Any:
    done = run(who, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["data"]


def test_everybody_reads_what_is_on_offer(run: Run) -> None:
    shown = run("stranger", "products", "list")
    assert shown.exit_code == 0, shown.output
    for part in ("Checking Plus", "500.00 EUR", "9.90 %", "1.00 to 2.75 %", "savings-plus"):
        assert part in shown.output, shown.output
    terms = run("stranger", "products", "show", "savings-plus")
    for part in ("above 10,000.00 EUR", "2.75 %", "the beginning", "act/365"):
        assert part in terms.output, terms.output
    assert run("stranger", "products", "show", "nothing").exit_code == 1


def test_an_administrator_changes_what_is_named_and_nothing_else(run: Run, bank: AccountBank) -> None:
    day = str(today(bank.ledger) + timedelta(days=3))
    words = ("products", "set", "savings-plus", "--from", day, "--rate", "1.25", "--monthly-fee", "2.50")
    changed = asked(run, "admin", *words)
    before, after = reversed(asked(run, "admin", "products", "show", "savings-plus"))
    assert changed == after
    assert (after["version"], after["valid_from"], after["fees"]["monthly"]) == (2, day, "2.50")
    assert after["interest"] == {**before["interest"], "credit_rate": "1.25"}
    assert after["minimum_balance"] == before["minimum_balance"]
    more = run("admin", "products", "set", "savings-plus", "--notice-days", "90", "--exchange-fee", "1.75")
    assert "90 days" in more.output, more.output
    assert "1.75 %" in more.output, more.output
    kept = asked(run, "admin", "products", "set", "savings-plus", "--name", "Plus")
    assert (kept["notice_days"], kept["fees"]["foreign_exchange"]) == (90, "1.75")
    assert "1.25 % a year" in run("admin", "products", "set", "savings-plus", "--name", "Saver").output
    assert run("ada", "products", "set", "savings", "--rate", "9").exit_code == 1
    assert run("admin", "products", "set", "savings", "--rate", "").exit_code == 1


def test_an_account_is_opened_with_a_product(run: Run) -> None:
    opened = asked(run, "ada", "open", "checking", "--product", "checking-plus")
    assert (opened["product"], opened["overdraft_limit"]) == ("checking-plus", "500.00")


def test_an_account_says_its_notice_as_it_is_opened(run: Run, bank: AccountBank) -> None:
    assert "days" not in run("ada", "open", "savings").output
    terms = {"code": "term", "account_type": "savings", "name": "Term", "notice_days": 90}
    assert bank.products("POST", "", terms).status_code == 201
    assert "90 days" in run("ada", "open", "savings", "--product", "term").output


def test_tiers_day_count_and_period_are_set_and_taken_away(run: Run) -> None:
    words = ("--tier", "5000.00:1.50", "--tier", "20000.00:2.00", "--day-count", "act/360", "--paid", "quarterly")
    interest = asked(run, "admin", "products", "set", "savings", *words)["interest"]
    tiers = [{"above": "5000.00", "rate": "1.50"}, {"above": "20000.00", "rate": "2.00"}]
    assert (interest["tiers"], interest["day_count"], interest["paid"]) == (tiers, "act/360", "quarterly")
    kept = asked(run, "admin", "products", "set", "savings", "--rate", "1.00")["interest"]
    assert kept == {**interest, "credit_rate": "1.00"}
    none = asked(run, "admin", "products", "set", "savings", "--tier", "none")["interest"]
    assert (none["tiers"], none["paid"]) == ([], "quarterly")
    for wrong in ("5000", "5000:", ":2"):
        assert run("admin", "products", "set", "savings", "--tier", wrong).exit_code == 1
    assert run("admin", "products", "set", "savings", "--paid", "daily").exit_code == 2


def test_a_new_product_is_offered_and_opened(run: Run) -> None:
    words = ("products", "new", "savings-young", "savings", "Young saver", "--rate", "3.00", "--tier", "5000.00:1.00")
    made = asked(run, "admin", *words, "--monthly-fee", "0.50", "--notice-days", "30")
    assert (made["code"], made["version"], made["notice_days"], made["fees"]["monthly"]) == (
        "savings-young",
        1,
        30,
        "0.50",
    )
    assert made["interest"]["tiers"] == [{"above": "5000.00", "rate": "1.00"}]
    assert "Young saver" in run("stranger", "products", "list").output
    assert asked(run, "ada", "open", "savings", "--product", "savings-young")["product"] == "savings-young"
    assert run("ada", *words).exit_code == 1
    assert run("admin", *words).exit_code == 1, "there is one of that code"
    plain = asked(run, "admin", "products", "new", "checking-plain", "checking", "Plain")
    assert plain["interest"]["tiers"] == []


def test_rates_are_read_day_by_day_and_their_sources_by_administrators(run: Run) -> None:
    days = asked(run, "ada", "rates", "--history", "usd", "--days", "5")
    assert {"day", "rate"} == set(days[0])
    assert days[0]["day"] in run("ada", "rates", "--history", "USD", "--days", "5").output
    sources = run("admin", "rates", "--sources")
    assert sources.exit_code == 0, sources.output
    assert "Bank of England" in sources.output
    for option in ("--sources", "--refresh"):
        assert run("ada", "rates", option).exit_code == 1


def test_what_a_credit_card_lends_and_when_it_is_billed_is_set(run: Run) -> None:
    checking, other = (asked(run, "ada", "open", "checking")["id"] for _ in range(2))
    card = asked(run, "ada", "cards", "new-credit", checking, "--limit", "500.00", "--billing-day", "15")
    words = ("cards", "set", card["id"], "--credit-limit", "400.00", "--billing-day", "20", "--settled-from", other)
    changed = asked(run, "ada", *words)
    facts = ("credit_limit", "billing_day", "settlement_account_id")
    assert [changed[name] for name in facts] == ["400.00", 20, other]
    assert run("ada", "cards", "set", card["id"], "--billing-day", "29").exit_code == 2
    key = ("--idempotency-key", "give-it-up", "--yes")
    first = asked(run, "ada", "cards", "cancel", card["id"], *key)
    assert asked(run, "ada", "cards", "cancel", card["id"], *key) == first
    assert first["status"] == "cancelled"
