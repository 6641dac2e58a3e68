"""The details of a refusal are what the catalogue shows: the same names, of the same kinds, in every real reply."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.apps import Bank, whole_bank
from tests.architecture import error_document
from tests.architecture.sources import ROOT
from tests.contract.refusals_met import (
    ACCOUNTS_PER_PERSON,
    CARDS_PER_ACCOUNT,
    DAILY_LIMIT,
    MET,
    MOVEMENT_LIMIT,
    PAYEES_PER_PERSON,
    Scene,
)
from tests.contract.refusals_met_elsewhere import MET_ELSEWHERE
from tests.documented import undescribed_details
from tests.security.estate import begun_estate

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BANK_ACCOUNTS_PER_PERSON", str(ACCOUNTS_PER_PERSON))
        environment.setenv("BANK_CARDS_PER_ACCOUNT", str(CARDS_PER_ACCOUNT))
        environment.setenv("BANK_PAYEES_PER_PERSON", str(PAYEES_PER_PERSON))
        environment.setenv("BANK_DAILY_LIMIT", str(DAILY_LIMIT))
        environment.setenv("BANK_MOVEMENT_LIMIT", str(MOVEMENT_LIMIT))
        with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
            yield opened


@pytest.fixture(scope="module")
def entries() -> dict[str, dict[str, Any]]:
    """The catalogue, by code."""
    return {entry["code"]: entry for entry in error_document.errors()}


NOTHING_TO_ADD = {
    *(
        "UNAUTHENTICATED",
        "TOKEN_EXPIRED",
        "JOB_IS_OVER",
        "INVALID_CREDENTIALS",
        "WRONG_PASSWORD",
        "RESET_TOKEN_INVALID",
    ),
    *("NOT_FOUND", "OWNER_UNKNOWN", "OWN_INTEREST", "NOT_SYNTHETIC", "OWNER_DISABLED", "USER_DISABLED", "LAST_ADMIN"),
    *("MALFORMED_REQUEST", "METHOD_NOT_ALLOWED", "UNSUPPORTED_MEDIA_TYPE", "NOT_IMPLEMENTED", "UNKNOWN_HOST"),
    *("REQUEST_TIMEOUT", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "STORAGE_FULL", "NOT_A_SANDBOX"),
    *("ONLY_IN_DEVELOPMENT", "BATCH_ABORTED", "IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_KEY_IN_FLIGHT", "QUOTE_USED"),
    *("ACCOUNT_BUSY", "ACCOUNT_CLOSED", "ACCOUNT_FROZEN", "SAME_ACCOUNT", "CARD_FROZEN_BY_BANK", "NOTHING_OWED"),
    *("NOT_DISPUTABLE", "NO_WORLD", "PRODUCT_EXISTS", "PROOF_UNDER_WAY", "REPORT_UNREADABLE", "USERNAME_TAKEN"),
    *("STAFF_NOT_ERASED", "USER_ERASED", "BANK_NOT_EMPTY", "WORLD_NOT_REPEATABLE"),
}
"""Their codes say all there is to say: no limit was passed, and nothing is named that whoever asked did not name."""


def test_a_refusal_with_figures_or_names_behind_it_says_them(entries: dict[str, dict[str, Any]]) -> None:
    silent = {code for code, entry in entries.items() if not set(entry["example"]["details"]) - {"retry_after_seconds"}}
    assert silent - {"TOO_MANY_ATTEMPTS"} == NOTHING_TO_ADD, "give it an example of its details, or list it above"
    of_figures = re.compile(r"\b(limit|too (large|long|many|little|small|late)|more than|longer than|as many as)\b")
    told = {code: f"{entries[code]['when']} {entries[code]['example']['message']}" for code in NOTHING_TO_ADD}
    assert {code: text for code, text in told.items() if of_figures.search(text)} == {}


def test_every_code_of_the_catalogue_is_met_by_a_test(entries: dict[str, dict[str, Any]]) -> None:
    assert sorted([*MET, *MET_ELSEWHERE]) == list(entries)
    for code, name in MET_ELSEWHERE.items():
        assert code in (ROOT / "tests" / name).read_text(), f"{name} does not meet {code}"


@pytest.mark.parametrize("code", sorted(MET))
def test_a_real_refusal_has_the_details_of_its_example(
    bank: Bank, entries: dict[str, dict[str, Any]], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(bank, begun_estate(bank, f"somebody{next(_NUMBERS)}"), monkeypatch)
    met = MET[code](scene)
    error = met.json if isinstance(met, TestResponse) else met
    assert error["error_code"] == code, error
    assert undescribed_details(error, entries[code]) is None
