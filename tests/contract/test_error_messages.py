"""The pages have a sentence, by code and with its figures, for every refusal that people meet in forms and history."""

import re
from importlib import import_module

import pytest

from gateway.web.error_messages import HISTORY, PROBLEMS, REFUSALS, field_messages, history_message, refusal_message
from shared.http.field_problems import Problem, invalid, invalid_fields
from shared.refusals import RATE_LIMITED, Refusal, Refused
from shared.service_refusals import INSUFFICIENT_FUNDS
from shared.services import BACKENDS
from tests.bank_processes import ROOT
from transaction_service.refusals import DAILY_LIMIT_EXCEEDED, STORED


def catalogue() -> dict[str, Refusal]:
    """Every refusal of the bank, by code."""
    packages = [one.package for one in BACKENDS if (ROOT / one.package / "refusals.py").exists()]
    names = ("shared.refusals", "shared.service_refusals", *(f"{package}.refusals" for package in packages))
    modules = [import_module(name) for name in names]
    return {one.code: one for module in modules for one in vars(module).values() if isinstance(one, Refusal)}


def test_each_refusal_that_is_listed_has_words_of_its_own() -> None:
    unsaid = [refusal.code for refusal in STORED if history_message(refusal.code).count(" ") < 4]
    assert unsaid == []
    assert history_message("SOMETHING_NEW") == "Something new."
    assert set(HISTORY) <= set(catalogue())


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_each_sentence_is_of_a_refusal_that_carries_its_figures(code: str) -> None:
    refusal = catalogue()[code]
    figures = dict(refusal.example) | ({"retry_after_seconds": 1} if refusal.retry_after_seconds else {})
    said = refusal_message(Refused(refusal, "What the service says.", figures))
    assert said != "What the service says."
    assert "{" not in said


def test_a_figure_is_said_as_people_write_it() -> None:
    figures = {"currency": "EUR", "available": "1234.50", "amount": "2000.00"}
    assert "1,234.50 EUR" in refusal_message(Refused(INSUFFICIENT_FUNDS, details=figures))
    day = {"currency": "EUR", "limit": "20000.00", "available": "500.00", "retry_at": "2026-11-20T23:00:00.000000Z"}
    said = refusal_message(Refused(DAILY_LIMIT_EXCEEDED, details=day))
    assert "500.00 EUR is left until 21 Nov 2026, 00:00 CET" in said


def test_the_words_do_not_hang_on_what_the_service_says() -> None:
    told = invalid_fields({"name": Problem("too_long", "ist zu lang", {"limit": 1000})})
    assert field_messages(told) == {"name": "Must have at most 1,000 characters."}


def test_without_a_figure_or_a_code_that_is_known_the_service_is_quoted() -> None:
    assert refusal_message(Refused(INSUFFICIENT_FUNDS)) == INSUFFICIENT_FUNDS.message
    assert refusal_message(Refused(RATE_LIMITED)) == RATE_LIMITED.message
    assert field_messages(invalid("name", "is odd", code="something_new")) == {"name": "Is odd."}
    assert field_messages(invalid("name", "is too long", code="too_long")) == {"name": "Is too long."}


def test_each_code_of_a_field_is_one_that_the_bank_uses() -> None:
    code_base = "\n".join(
        path.read_text()
        for folder in ("shared", *(service.package for service in BACKENDS))
        for path in (ROOT / folder).rglob("*.py")
    )
    codes = {name.rpartition(".")[2] for name in PROBLEMS}
    assert [code for code in codes if not re.search(rf'"{code}"', code_base)] == []
