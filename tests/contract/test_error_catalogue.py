"""The catalogue of errors: one for the page, the document and the contract."""

import html
import json
from collections.abc import Iterator

import pytest

from shared import services
from tests.apps import Bank, whole_bank
from tests.architecture import error_document


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


def test_the_contract_and_the_document_tell_the_same_errors(bank: Bank) -> None:
    contract = json.loads(bank.client(services.GATEWAY).get("/openapi.json").text)
    assert contract["x-errors"] == error_document.errors()


def test_the_page_shows_every_error_with_what_to_do_and_an_example(bank: Bank) -> None:
    page = html.unescape(bank.client(services.GATEWAY).get("/docs/errors").text)
    for error in error_document.errors():
        assert f'id="{error["code"]}"' in page
        for sentence in (error["when"], error["remedy"]):
            assert all(part in page for part in sentence.split("`"))
    assert '"error_code": "INSUFFICIENT_FUNDS"' in page


@pytest.mark.parametrize(
    ("role", "path", "missing"),
    [
        ("customer", "/api/auth/users", {"roles": ["employee", "admin"], "scope": None, "role": "customer"}),
        ("employee", "/api/simulator/status", {"roles": ["admin"], "scope": None, "role": "employee"}),
        (
            "customer",
            "/api/accounts/all",
            {"roles": ["employee", "admin"], "scope": "bank:simulate", "role": "customer"},
        ),
    ],
)
def test_a_403_names_the_role_or_scope_that_is_missing(
    bank: Bank, role: str, path: str, missing: dict[str, object]
) -> None:
    reply = bank.client(services.GATEWAY).get(path, headers=bank.headers(role))
    assert (reply.status_code, reply.json["error_code"]) == (403, "FORBIDDEN")
    assert reply.json["details"] == missing
    for name in (*missing["roles"], missing["scope"] or ""):  # type: ignore[misc]
        assert name in reply.json["message"]
