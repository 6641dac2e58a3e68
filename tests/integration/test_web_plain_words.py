"""What is wrong with a form is said in sentences for people: no validator's words reach a page."""

import json
import re

import pytest

from tests.architecture import error_document
from tests.architecture.sources import ROOT, python_files, shown
from tests.pages import SIGNS_IN
from tests.web_bank import Customer, WebBank
from tests.web_people import administrator

VALIDATORS_WORDS = re.compile(
    r"Input should|String should|Value error|pattern|regex|greater than|less than or equal|\^\[|\\d|after validation|"
    r"valid integer|at least \d+ items?|Field required|Extra inputs|type=",
    re.IGNORECASE,
)
FORMS = [
    ("/register", {"username": "x", "email": "nope", "password": "a long and quiet afternoon"}),
    ("/register", {"username": "a b c", "email": "a@b.c", "password": "short"}),
    ("/register", {"username": "x" * 90, "email": "a@" + "b" * 300 + ".org", "password": "y" * 300}),
    ("/admin/users/new", {"username": "x", "email": "nope", "password": "short", "role": "customer"}),
    ("/admin/users/new", {"username": "max\u0000", "email": "a@b.example", "password": "short", "role": "emperor"}),
    ("/admin/simulator/worlds", {"world-customers": "0", "world-days": "-1", "world-seed": "1"}),
    ("/admin/simulator/worlds", {"world-customers": "99999999", "world-days": "9999", "world-seed": "-5"}),
    ("/admin/simulator/worlds", {"world-customers": "many", "world-days": "", "world-seed": "1.5"}),
    ("/admin/simulator/advance", {"advance-days": "-1", "advance-hours": "0"}),
    ("/admin/simulator/advance", {"advance-days": "0", "advance-hours": "0"}),
    ("/profile", {"email": "nope"}),
    ("/profile", {"email": "a@b.example", "full_name": "\u202eadA"}),
    ("/settings", {"current_password": "x", "new_password": "short", "repeated": "short"}),
    ("/accounts/new", {"product": "piggy", "currency": "XXX", "nickname": "x" * 200, "initial_deposit": "1e9"}),
    ("/transfer", {"to_account_number": "DE00", "amount": "NaN", "step": "review", "description": "x" * 300}),
]
FILTERS = [
    "/transactions?from=20.11.2026&min_amount=1e3&type=x&direction=up&status=maybe",
    "/transactions?q=" + "x" * 300,
    "/reports/transactions?to=never&type=x",
    "/admin/users?role=king&status=asleep&q=" + "x" * 300,
    "/admin/accounts?type=x&status=x&user_id=nobody",
    "/admin/transactions?from=x&to=y&min_amount=-1&type=x&account_id=nobody",
]


@pytest.fixture(scope="module")
def chief(web: WebBank) -> Customer:
    person = administrator(web, "plain.words")
    person.opened(initial_deposit="10.00")
    return person


@pytest.mark.parametrize(("path", "filled"), FORMS, ids=lambda given: given if isinstance(given, str) else "")
def test_a_form_says_what_is_wrong_in_sentences(
    web: WebBank, chief: Customer, path: str, filled: dict[str, str]
) -> None:
    browser = web.browser() if path == "/register" else chief
    page = browser.open("/admin/simulator" if path.startswith("/admin/simulator") else path)
    reply = browser.client.post(path, data={**page.form(path).fields, **filled})
    said = browser.look(reply, 422)
    assert VALIDATORS_WORDS.search(said.text) is None
    problems = [text.strip() for name, text in said.by_id.items() if name.endswith("-error")]
    assert [text for text in problems if not re.match(r"[A-Z0-9].*[.!?]$", text, re.DOTALL)] == []
    assert problems or any(given.get("role") == "alert" for _, given in said.tags)


@pytest.mark.parametrize("address", FILTERS)
def test_a_list_s_filters_say_what_is_wrong_in_sentences(chief: Customer, address: str) -> None:
    said = chief.open(address, 422)
    assert VALIDATORS_WORDS.search(said.text) is None


def test_people_log_in_and_out_and_never_sign_in_or_out(web: WebBank, chief: Customer) -> None:
    """One word for one thing. All pages are looked at by test_web_every_page.py."""
    visitor = web.browser()
    pages = [(visitor, path) for path in ("/", "/login", "/register", "/forgot_password", "/docs/errors")]
    pages += [(chief, path) for path in ("/settings", "/profile", "/inbox", "/dashboard")]
    for browser, path in pages:
        assert SIGNS_IN.findall(browser.open(path).text) == [], path
    assert SIGNS_IN.findall(visitor.client.get("/openapi.json").text) == []
    assert SIGNS_IN.findall(json.dumps(error_document.errors())) == []


def test_no_text_of_the_code_that_a_person_may_read_says_it_otherwise() -> None:
    found = [
        f"{shown(path)}: {text}"
        for path in (*python_files(), *(ROOT / "templates").rglob("*.html"))
        if shown(path).split("/")[0] not in ("tests", "benchmarks")
        for text in SIGNS_IN.findall(path.read_text())
    ]
    assert found == []


def test_visitors_are_told_where_the_log_ins_are_and_nothing_of_how_the_bank_was_started(web: WebBank) -> None:
    for path in ("/", "/login"):
        text = web.browser().open(path).text
        assert "credentials.json" in text
        assert "printed" not in text
