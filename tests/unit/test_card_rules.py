"""Card numbers, what is kept of them, and what the document says of declines."""

import re
from datetime import date
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from account_service.cards.card_numbers import check_digit, expiry_month, masked, new_card_number, new_security_code
from account_service.cards.card_vault import CardVault, PrintedCard
from account_service.cards.lifecycle import shown_status
from transaction_service.cards.card_secrets import is_card_number
from transaction_service.cards.decisions import RESPONSE_CODES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "cards.md"


def test_numbers_are_sixteen_digits_of_ours_that_the_ledger_takes_for_card_numbers() -> None:
    numbers = {new_card_number() for _ in range(200)}
    assert len(numbers) == 200
    for number in numbers:
        assert re.fullmatch(r"990000[0-9]{10}", number)
        assert is_card_number(number)
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        assert not is_card_number(wrong)


@pytest.mark.parametrize(("digits", "digit"), [("7992739871", "3"), ("411111111111111", "1"), ("0", "0"), ("5", "9")])
def test_the_check_digit_is_luhns(digits: str, digit: str) -> None:
    assert check_digit(digits) == digit


def test_security_codes_keep_their_zeros() -> None:
    assert {len(new_security_code()) for _ in range(2000)} == {3}


def test_a_card_is_valid_four_years_and_expired_the_month_after() -> None:
    assert expiry_month(date(2026, 12, 31)) == "2030-12"
    assert shown_status("active", "2030-12", "2030-12") == "active"
    assert [shown_status(status, "2030-12", "2031-01") for status in ("active", "frozen")] == ["expired"] * 2
    assert shown_status("lost", "2030-12", "2031-01") == "lost"


def test_a_masked_number_tells_the_last_four_digits_alone() -> None:
    assert masked("4242") == "990000******4242"


def test_what_is_sealed_opens_with_its_key_for_its_card_alone() -> None:
    printed = PrintedCard("9900000000000002", "012")
    vault = CardVault("one key")
    sealed = vault.seal("a card", printed)
    assert vault.open("a card", sealed) == printed
    assert sealed != vault.seal("a card", printed), "the same card twice looks different"
    for other, card_id in ((vault, "another card"), (CardVault("another key"), "a card")):
        with pytest.raises(InvalidTag):
            other.open(card_id, sealed)
    assert vault.digest(printed.number) != CardVault("another key").digest(printed.number)
    assert printed.number not in repr(printed) + sealed


def test_the_document_has_every_decline_code_with_its_response_code() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([0-9]{2}) \|", DOCUMENT.read_text(), re.MULTILINE))
    assert rows == {str(code): response for code, response in RESPONSE_CODES.items()}
