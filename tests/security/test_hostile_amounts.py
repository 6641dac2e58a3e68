"""Amounts that are none are refused exactly, at once, wherever an amount is taken (catalogue 32)."""

import json
import re
import time
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from shared import services
from shared.identifiers import new_id
from tests.apps import Bank
from tests.security.amount_fields import PATTERN, AmountField, amount_fields
from tests.security.estate import Estate
from tests.thoroughness import often

LIMIT_SECONDS = 0.1
EACH = often(12, 1)
MALFORMED, INVALID = (400, "MALFORMED_REQUEST"), (422, "VALIDATION_ERROR")
# As the text that stands in the JSON, so that nothing in this test reads it first.
LITERALS: dict[str, tuple[int, str]] = {
    "NaN": MALFORMED,
    "Infinity": MALFORMED,
    "-Infinity": MALFORMED,
    "+1": MALFORMED,
    "01": MALFORMED,
    ".5": MALFORMED,
    "5.": MALFORMED,
    "0x10": MALFORMED,
    "1_000": MALFORMED,
    "１２": MALFORMED,
    "'1'": MALFORMED,
    "1e308": INVALID,
    "1e1000000": INVALID,
    "1E2": INVALID,
    "1e-2": INVALID,
    "-1": INVALID,
    "-0": INVALID,
    "-0.00": INVALID,
    "0": INVALID,
    "0.00": INVALID,
    "0.001": INVALID,
    "12.345": INVALID,
    "1.0000000000000000000001": INVALID,
    "9007199254740993000": INVALID,
    "9223372036854775808": INVALID,
    "-9223372036854775809": INVALID,
    "9" * 5_000: INVALID,
    "0." + "0" * 5_000 + "1": INVALID,
    "1" + "0" * 1_000_000: INVALID,
    "true": INVALID,
    "false": INVALID,
    "[]": INVALID,
    "{}": INVALID,
    '["1.00"]': INVALID,
    '{"minor": 100}': INVALID,
}
TEXTS = (
    *(
        "",
        " ",
        "1 ",
        " 1",
        "1\\n",
        "\\t1",
        "1\\u0000",
        "NaN",
        "nan",
        "Infinity",
        "inf",
        "-1",
        "+1",
        "-0",
        "0",
        "0.00",
        "000",
    ),
    *(
        "0.001",
        "12.345",
        "1e308",
        "1e1000000",
        "1E5",
        "1e-2",
        "１２",
        "١٢",
        "१२",
        "²",
        "Ⅷ",
        "1_000",
        "1,000",
        "1.000,00",
    ),
    *(
        "0x10",
        "1..0",
        "1.",
        ".5",
        "1.0.0",
        "--1",
        "1-",
        "$1",
        "1 EUR",
        "one",
        "\\ud83d\\ude00",
        "1\\u200b",
        "1/2",
        "0b1",
        "1e",
        "1j",
    ),
    *("9223372036854775808", "9999999999999999", "9" * 5_000, "0." + "0" * 5_000 + "1", "1" + "0" * 1_000_000),
)
HOSTILE = {**LITERALS, **{f'"{text}"': INVALID for text in TEXTS}}

Send = Callable[[str], TestResponse]


@pytest.fixture(params=["deposit", "withdraw", "transfer", "batch", "reverse", "create"])
def taking_an_amount(request: pytest.FixtureRequest, bank: Bank, bob: Estate) -> tuple[str, Send]:
    """A route that takes an amount, and how to send it a raw one."""
    name: str = request.param
    service, path, headers = services.TRANSACTION, f"/api/transactions/{name}", bob.headers
    body: dict[str, object] = {"account_id": bob.ids["account_id"]}
    if name == "transfer":
        body = {"from_account_id": bob.ids["account_id"], "to_account_id": bob.ids["second_account_id"]}
    elif name == "reverse":
        path, headers = f"/api/transactions/{bob.ids['transaction_id']}/reverse", bank.headers("employee")
        body = {"reason": "because"}
    elif name == "create":
        service, path, body = services.ACCOUNT, "/api/accounts/create", {"account_type": "savings"}
    field = "initial_deposit" if name == "create" else "amount"

    def send(literal: str) -> TestResponse:
        text = json.dumps(body)[:-1] + f', "{field}": {literal}}}'
        if name == "batch":
            text = f'{{"items": [{text[:-1]}, "type": "deposit", "idempotency_key": "{new_id()}"}}]}}'
        client = bank.client(service)
        return client.post(path, data=text.encode(), headers=headers, content_type="application/json")

    return field, send


def refusal_in(reply: TestResponse) -> tuple[int, str, set[str]]:
    """Status, code and named fields; of a batch, those of its only item."""
    body = reply.json
    status = reply.status_code
    if status == 200:
        (item,) = body["data"]
        assert item["status"] == "refused", item
        body = item["error"]
        status = {"VALIDATION_ERROR": 422}.get(body["error_code"], 200)
    return status, body["error_code"], set(body["details"].get("fields", ()))


def timed(send: Send, literal: str) -> tuple[float, TestResponse]:
    """Seconds of the processor, not of a busy machine, and the reply."""
    began = time.thread_time()
    reply = send(literal)
    return time.thread_time() - began, reply


def test_every_hostile_amount_is_refused_exactly_and_at_once(taking_an_amount: tuple[str, Send], bob: Estate) -> None:
    field, send = taking_an_amount
    before = bob.state()
    wrong, slow = [], []
    for literal, expected in HOSTILE.items():
        seconds, reply = timed(send, literal)
        if seconds > LIMIT_SECONDS:  # a garbage collection is slow once, a parser always
            seconds = min(seconds, timed(send, literal)[0], timed(send, literal)[0])
        if seconds > LIMIT_SECONDS:
            slow.append((literal[:30], seconds))
        status, code, fields = refusal_in(reply)
        if (status, code) != expected or (expected == INVALID and fields != {field}):
            wrong.append((literal[:30], status, code, fields))
    assert wrong == []
    assert slow == []
    assert bob.state() == before


def fits_an_amount(literal: str) -> bool:
    """Whether only its currency can say that it is none, or only that it is zero."""
    return re.fullmatch(PATTERN, literal.strip('"'), re.ASCII) is not None


def caller_of(field: AmountField, bank: Bank) -> dict[str, str]:
    """The headers of somebody whose request is looked at, and who finds nothing wrong with an amount that is one."""
    scope = "bank:simulate cards:acquire"
    for headers in (bank.headers("admin", scope=scope), bank.headers("service", user_id="a-service", scope=scope)):
        reply = field.send(bank, headers, '"12.34"')
        if reply.status_code not in (401, 403):
            named = reply.json.get("details", {}).get("fields", {}) if reply.status_code >= 400 else {}
            said = [told for name, told in named.items() if name.split(".")[-1] == field.place[-1]]
            assert all("is nothing that" in told for told in said), (str(field), reply.text)
            return headers
    raise AssertionError(f"nobody of this test may send {field}")


def test_every_amount_field_of_the_api_refuses_what_is_none(bank: Bank, bob: Estate) -> None:
    """Each field of the documents; at a desk each gets a part of the corpus, in turn, in CI all of it."""
    fields, before = list(amount_fields(bank)), bob.state()
    assert len(fields) >= 45, "there is something to look through"
    corpus = [(literal, expected) for literal, expected in HOSTILE.items() if not fits_an_amount(literal)]
    wrong = []
    for number, field in enumerate(fields):
        headers = caller_of(field, bank)
        for literal, expected in corpus[number % EACH :: EACH]:
            if field.example is None and not literal.startswith('"'):
                continue  # a query has texts alone
            status, code, named = refusal_in(field.send(bank, headers, literal))
            is_named = any(name.split(".")[-1] == field.place[-1] for name in named)
            if (status, code) != expected or (expected == INVALID and not is_named):
                wrong.append((str(field), literal[:30], status, code, named))
    assert wrong == []
    assert bob.state() == before


@pytest.mark.parametrize("literal", ["null", ""])
def test_an_amount_that_is_missing_is_named(bank: Bank, bob: Estate, literal: str) -> None:
    amount = f', "amount": {literal}' if literal else ""
    text = f'{{"account_id": "{bob.ids["account_id"]}"{amount}}}'
    reply = bank.client(services.TRANSACTION).post(
        "/api/transactions/deposit", data=text, headers=bob.headers, content_type="application/json"
    )
    assert refusal_in(reply) == (422, "VALIDATION_ERROR", {"amount"})


@pytest.mark.parametrize("literal", ['"0.01"', "0.01", "1", '"1.5"', "2.50", '"0000001.00"'])
def test_what_is_an_amount_is_taken_however_it_is_written(bank: Bank, bob: Estate, literal: str) -> None:
    text = f'{{"account_id": "{bob.ids["account_id"]}", "amount": {literal}}}'
    reply = bank.client(services.TRANSACTION).post(
        "/api/transactions/deposit", data=text, headers=bob.headers, content_type="application/json"
    )
    assert reply.status_code == 201
    assert reply.json["data"]["amount"].endswith(("0.01", "1.00", "1.50", "2.50"))


def test_the_largest_amount_that_fits_is_refused_by_a_limit_and_not_by_an_overflow(bank: Bank, bob: Estate) -> None:
    for amount in ("9999999999999.99", "9999999999999", 9999999999999):
        payload = {"account_id": bob.ids["account_id"], "amount": amount}
        reply = bob.call(services.TRANSACTION, "POST", "/api/transactions/deposit", payload)
        assert (reply.status_code, reply.json["error_code"]) == (400, "MOVEMENT_LIMIT_EXCEEDED")
