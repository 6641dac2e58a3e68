"""The pure rules of accounts: products, life, numbers, eyes."""

import re
from pathlib import Path

import pytest
from schwifty import IBAN

from account_service import lifecycle
from account_service.account_numbers import (
    DEFAULT_BANK_CODE,
    DEFAULT_COUNTRY,
    check_bank,
    new_account_number,
)
from account_service.caller import Caller
from account_service.lifecycle import CLOSED, CLOSING, FROZEN, OPEN, OPENING, REFUSED
from account_service.limits import Limits
from account_service.products.terms import columns_of, default_products
from account_service.settings import Settings
from shared.amounts.account_numbers import NO_ACCOUNT_NUMBER, WRONG_CHECK_DIGITS, read_account_number
from shared.amounts.rates import parse_rate, rate_text
from shared.enums import SETTLED_ACCOUNT_STATUSES, AccountStatus
from shared.refusals import (
    DEADLINE_EXCEEDED,
    FORBIDDEN,
    INTERNAL,
    NOT_FOUND,
    RATE_LIMITED,
    UNAVAILABLE,
    VALIDATION,
)
from shared.settings import MissingSettingError


def test_the_products_of_a_new_bank_have_possible_terms_and_each_account_type_one_without_amounts() -> None:
    offered = {product.code: columns_of(product, product.account_type, "JPY") for product in default_products()}
    assert len(offered) == len(default_products())
    for account_type in ("checking", "savings", "investment"):
        amounts = {name: value for name, value in offered[account_type].items() if name.endswith("_minor")}
        assert set(amounts.values()) == {0}


@pytest.mark.parametrize(
    ("millionths", "text"), [(0, "0.00"), (500, "0.05"), (22_500, "2.25"), (100_000, "10.00"), (1, "0.0001")]
)
def test_a_rate_is_millionths_inside_and_per_cent_outside(millionths: int, text: str) -> None:
    assert (rate_text(millionths), parse_rate(text)) == (text, millionths)


@pytest.mark.parametrize("text", ["", "1,5", "-1", "1.00001", "100.1", "101", "1e1", "١", " 1", ".5", "1.", "NaN"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no rate in per cent"):
        parse_rate(text)


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 100_000_000), ("JPY", 1_000_000), ("KWD", 1_000_000_000)])
def test_limits_are_whole_units_of_any_currency(currency: str, minor: int) -> None:
    assert Limits().movement_minor(currency) == minor
    assert Limits().daily_minor(currency) == 5 * minor


@pytest.mark.parametrize(("movement", "daily"), [(0, 5), (-1, 5), (6, 5)])
def test_impossible_limits_are_refused(movement: int, daily: int) -> None:
    with pytest.raises(ValueError, match="limits must be positive"):
        Limits(movement, daily)


@pytest.mark.parametrize("status", [CLOSED, REFUSED])
@pytest.mark.parametrize("wanted", [OPEN, FROZEN, CLOSED])
def test_what_has_ended_becomes_nothing_else(status: str, wanted: str) -> None:
    refusal = lifecycle.obstacle(status, None, wanted)
    assert refusal is not None
    assert refusal.code == "ACCOUNT_CLOSED"


def test_one_change_at_a_time() -> None:
    for status, pending in ((OPENING, OPEN), (CLOSING, CLOSED), (OPEN, FROZEN)):
        refusal = lifecycle.obstacle(status, pending, FROZEN)
        assert refusal is not None
        assert refusal.code == "ACCOUNT_BUSY"


def test_a_frozen_account_is_unfrozen_before_it_is_closed() -> None:
    assert lifecycle.obstacle(FROZEN, None, CLOSED) is not None
    assert lifecycle.obstacle(FROZEN, None, OPEN) is None


@pytest.mark.parametrize(
    ("status", "ledger_status", "shown"),
    [
        (OPENING, None, OPENING),
        (OPENING, OPEN, OPENING),
        (OPEN, OPEN, OPEN),
        (OPEN, FROZEN, FROZEN),
        (FROZEN, OPEN, OPEN),
        (CLOSING, OPEN, CLOSING),
        (CLOSING, CLOSED, CLOSED),
        (CLOSED, CLOSED, CLOSED),
        (REFUSED, None, REFUSED),
    ],
)
def test_frozen_and_closed_are_shown_as_the_ledger_has_them(status: str, ledger_status: str | None, shown: str) -> None:
    assert lifecycle.shown_status(status, ledger_status) == shown


def test_only_an_answer_that_will_not_change_is_final() -> None:
    assert all(lifecycle.is_final(refusal) for refusal in (VALIDATION, NOT_FOUND))
    passing = (UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, FORBIDDEN, RATE_LIMITED)
    assert not any(lifecycle.is_final(refusal) for refusal in passing)


def test_others_are_told_of_settled_states_alone() -> None:
    told = {status: lifecycle.settled_status(status) for status in AccountStatus}
    assert set(told.values()) == SETTLED_ACCOUNT_STATUSES | {None}
    assert {status for status, settled in told.items() if settled is None} == {OPENING, REFUSED}
    assert all(told[status] == status for status in SETTLED_ACCOUNT_STATUSES)


def test_a_refused_opening_ends_and_a_refused_closing_opens_again() -> None:
    after = [lifecycle.after_refusal(status) for status in (OPENING, CLOSING, OPEN, FROZEN)]
    assert after == [REFUSED, OPEN, OPEN, FROZEN]


@pytest.mark.parametrize(
    ("country", "bank_code"),
    [("DE", "10000000"), ("DE", "37040044"), ("DE", "10010010"), ("AT", "12000"), ("NL", "ABNA"), ("GB", "NWBK")],
)
def test_a_number_has_all_its_check_digits_right(country: str, bank_code: str) -> None:
    for _ in range(20):
        iban = IBAN(new_account_number(country, bank_code), validate_bban=True)
        assert (iban.country_code, iban.bank_code) == (country, bank_code)
        assert iban.bic is not None


def test_the_default_bank_exists_so_it_need_not_be_checked_at_start() -> None:
    iban = IBAN(new_account_number(DEFAULT_COUNTRY, DEFAULT_BANK_CODE), validate_bban=True)
    assert iban.bic is not None


@pytest.mark.parametrize(("country", "bank_code"), [("DE", "99999999"), ("XX", "1"), ("DE", "1"), ("de", "10000000")])
def test_a_bank_that_does_not_exist_refuses_to_start(country: str, bank_code: str) -> None:
    with pytest.raises(MissingSettingError, match="name no bank"):
        check_bank(country, bank_code)


def test_an_unknown_currency_refuses_to_start() -> None:
    with pytest.raises(MissingSettingError, match="BANK_CURRENCY"):
        Settings("sqlite://", card_key="a key of tests", currency="EURO")


@pytest.mark.parametrize(
    "text", ["DE89 3704 0044 0532 0130 00", "de89370400440532013000", "DE89-3704-0044-0532-0130-00"]
)
def test_a_number_is_understood_however_it_is_typed(text: str) -> None:
    assert read_account_number(text) == "DE89370400440532013000"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *((text, NO_ACCOUNT_NUMBER) for text in ("", "DE", "Jane", "DE٨٩370400440532013000", "DE89" + "0" * 31)),
        *(
            (text, WRONG_CHECK_DIGITS)
            for text in ("DE88370400440532013000", "DE8937040044053201300", "DE98 3704 0044 0532")
        ),
    ],
)
def test_a_number_that_is_none_is_told_from_one_with_a_typing_error(text: str, why: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(why)):
        read_account_number(text)


def test_a_number_is_shown_whole_to_the_owner_and_to_a_simulation_of_them() -> None:
    assert Caller("jane").sees_number(user_id="jane", synthetic=False)
    assert not Caller("mia", is_staff=True).sees_number(user_id="jane", synthetic=True)
    assert Caller("simulator-service", simulates=True).sees_number(user_id="jane", synthetic=True)
    assert not Caller("simulator-service", simulates=True).sees_number(user_id="jane", synthetic=False)


def test_the_number_of_accounts_a_person_may_have_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    assert Settings.from_environment().accounts_per_person == 50
    monkeypatch.setenv("BANK_ACCOUNTS_PER_PERSON", "2")
    assert Settings.from_environment().accounts_per_person == 2
    monkeypatch.setenv("BANK_ACCOUNTS_PER_PERSON", "0")
    with pytest.raises(MissingSettingError, match="BANK_ACCOUNTS_PER_PERSON"):
        Settings.from_environment()
