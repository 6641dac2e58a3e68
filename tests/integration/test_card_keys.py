"""A bank whose card keys were lost does not start with new ones: nobody would be shown their card, nor could pay."""

from pathlib import Path

import pytest

import account_service.settings
import transaction_service.settings
from account_service import app as account_app
from shared.settings import MissingSettingError
from tests import databases
from tests.account_bank import account_bank
from tests.cards import TestCard
from tests.keys import SigningKeys
from tests.ledgers import open_ledger
from transaction_service import app as ledger_app
from transaction_service.cards.card_secrets import CardSecrets

pytestmark = pytest.mark.databases_in_turn


def _start_accounts(folder: Path, card_key: str) -> str:
    """The key that the service has then."""
    settings = account_service.settings.Settings(databases.url_of(folder / "accounts.db"), card_key=card_key)
    made = account_app.create_app(settings, keys=SigningKeys(), token=lambda: "none")
    made.extensions["context"].database.close()
    return str(made.extensions["context"].settings.card_key)


def _start_ledger(folder: Path, card_key: str) -> str:
    url = databases.url_of(folder / "ledger.db")
    settings = transaction_service.settings.Settings(url, reconcile_seconds=0, card_key=card_key)
    made = ledger_app.create_app(settings, keys=SigningKeys())
    context = made.extensions["context"]
    context.close()
    context.database.close()
    return card_key if context.card_secrets.key_digest == CardSecrets(card_key).key_digest else ""


def test_sealed_cards_are_opened_by_the_key_of_the_start_or_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with account_bank(tmp_path, monkeypatch) as bank:
        user_id = bank.person("Jane Doe")
        bank.card(user_id, str(bank.opened(user_id)["id"]))
        with pytest.raises(MissingSettingError, match=r"^ACCOUNT_CARD_KEY is not the key .* start again$"):
            _start_accounts(tmp_path, "another")
        _start_accounts(tmp_path, "a key of tests")


def test_card_numbers_are_found_by_the_key_of_the_start_or_it_is_refused(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        TestCard(ledger.open_account(deposit_minor=100))
    with pytest.raises(MissingSettingError, match=r"^TRANSACTION_CARD_KEY is not the key .* start again$"):
        _start_ledger(tmp_path, "another")
    _start_ledger(tmp_path, "a key of tests")
    with open_ledger(tmp_path) as ledger:
        ledger.check()


def test_a_bank_without_cards_may_have_other_keys(tmp_path: Path) -> None:
    for key in ("one", "another"):
        assert _start_ledger(tmp_path, key) == key
        assert _start_accounts(tmp_path, key) == key
