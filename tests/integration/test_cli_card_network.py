"""`sandbank card-network` against a real ledger: what shops do without having asked, and what is disputed."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.session_file import Session, SessionFile
from tests.cards import TestCard
from tests.ledgers import LedgerUnderTest
from tests.live_services import serving

Run = Callable[..., Result]


@pytest.fixture
def card(ledger: LedgerUnderTest) -> TestCard:
    return TestCard(ledger.open_account(deposit_minor=10_000))


@pytest.fixture
def run(card: TestCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `sandbank` as the card's holder or as whoever stands for shops."""
    keys = card.ledger.keys
    with serving(card.ledger.app) as url:
        monkeypatch.setenv("SANDBANK_URL", url)
        monkeypatch.setenv("COLUMNS", "200")
        tokens = {
            "ada": keys.token(card.account.owner_id),
            "shop": keys.token("acquirer", role="service", scope="cards:acquire"),
        }
        for name, token in tokens.items():
            SessionFile(tmp_path / name).keep(url, Session(name, name, token, "refresh", int(time.time()) + 600))

        def invoke(who: str, *words: str) -> Result:
            done = CliRunner().invoke(app, ["card-network", *words], env={"SANDBANK_CONFIG_DIR": str(tmp_path / who)})
            assert done.exit_code == 0, done.output
            return done

        yield invoke


def asked(run: Run, who: str, *words: str) -> Any:
    return json.loads(run(who, *words, "--json").stdout)["data"]


def test_a_shop_collects_and_gives_back_without_having_asked(run: Run, card: TestCard) -> None:
    shop = ("--merchant", "Toll Road", "--mcc", "4784")
    taken = asked(run, "shop", "clear", card.id, "3.20", *shop, "--idempotency-key", "k")
    assert (taken["amount"], taken["description"], taken["balance_after"]) == ("3.20", "Toll Road", "96.80")
    assert asked(run, "shop", "clear", card.id, "3.20", *shop, "--idempotency-key", "k") == taken
    given = asked(run, "shop", "refund-card", card.id, "5.00", *shop)
    assert (given["type"], given["amount"]) == ("card_refund", "5.00")
    assert card.account.balance_minor == 10_000 - 320 + 500
    assert "1.00 EUR" in run("shop", "clear", card.id, "1.00", *shop).output
    card.ledger.check()


def test_what_is_disputed_is_listed_and_what_happened_to_a_payment_is_shown(run: Run, card: TestCard) -> None:
    paid = card.authorized("40.00", capture=True)["id"]
    disputed = asked(run, "ada", "dispute", paid, "Never been there")
    for words in ((), ("--status", "open"), (card.account.account_id,)):
        assert asked(run, "ada", "disputes", *words) == [disputed]
    assert asked(run, "ada", "disputes", "--status", "won") == []
    assert "Never been there" in run("ada", "disputes").output
    shown = run("ada", "show", paid).output
    assert all(word in shown for word in ("approved", "captured", "disputed", "40.00 EUR")), shown
    assert asked(run, "ada", "show", paid)["id"] == paid
