"""What is printed on a card is nowhere in clear: in no database file, log, feed, reply, export or error (catalogue 52).

Of an old card as of a new one, of a credit card as of a debit card; the number in whatever way it is written, and the
security code wherever a text is it, or has it as a word of its own.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared import services
from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.apps import Bank, whole_bank
from tests.cards import CAFE, NETWORK
from tests.security.estate import PASSWORD, Estate, found_estate

Printed = dict[str, str]
_LEAST_CODE = "400"
"""Smaller codes stand for other things as well, such as how many of something there are, and prove nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bank")


@pytest.fixture(scope="module")
def bank(folder: Path) -> Iterator[Bank]:
    with whole_bank(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def owner(bank: Bank) -> Estate:
    return found_estate(bank, "planted")


@pytest.fixture(scope="module")
def printed(bank: Bank, owner: Estate) -> list[Printed]:
    """Of a card that pays, one that was replaced and the one in its place, a credit card and the one after it."""
    kept = [owner.ids["card_id"], owner.ids["credit_card_id"]]
    debit = {"account_id": owner.ids["second_account_id"], "kind": "debit"}
    old = _asked(owner, "/create", debit)["id"]
    found = [reveal(owner, card_id) for card_id in (*kept, old)]
    found += [reveal(owner, _asked(owner, f"/{card_id}/replace", {})["id"]) for card_id in (old, kept[1])]
    bank.settle()
    assert len({one["card_number"] for one in found}) == 5
    return found


def reveal(owner: Estate, card_id: str) -> Printed:
    shown: Printed = _asked(owner, f"/{card_id}/reveal", {"password": PASSWORD})
    return shown


def _asked(owner: Estate, path: str, body: dict[str, Any]) -> Any:
    reply = owner.call(services.ACCOUNT, "POST", f"/api/cards{path}", body)
    assert reply.status_code in (200, 201), reply.text
    return reply.json["data"]


def forms_of(number: str) -> list[bytes]:
    """A number as it may stand in a text: whole, in groups, and as it is without its first or last digit."""
    groups = [number[start : start + 4] for start in range(0, 16, 4)]
    return [text.encode() for text in (number, " ".join(groups), "-".join(groups), number[1:], number[:-1])]


def told_in(text: str, printed: list[Printed]) -> list[str]:
    """Which numbers and codes a text tells. A code tells something where it stands by itself, as a word.

    What stands in JSON as a number, such as how many bytes a file has, is no code: those are texts.
    """
    words = re.sub(r'(":\s*)-?\d+(?:\.\d+)?', r"\1", text)
    found = [
        one["card_number"] for one in printed if any(form.decode() in text for form in forms_of(one["card_number"]))
    ]
    codes = {one["security_code"] for one in printed if one["security_code"] >= _LEAST_CODE}
    return found + [code for code in codes if re.search(rf"(?<![\w.:+-]){code}(?![\w.:+-])", words)]


def test_what_is_looked_for_is_found_where_it_stands(printed: list[Printed]) -> None:
    number = printed[0]["card_number"]
    code = {**printed[0], "security_code": "417"}
    for text in (
        number,
        f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:]}",
        '"417"',
        "cvc 417",
        "417,",
        "=417",
    ):
        assert told_in(text, [code]), text
    for text in ("1417", "2026-11-27T04:17:00.417000Z", "0417", "4.17", "01a2-417b", "417.00", '{"bytes": 417}'):
        assert told_in(text, [code]) == [], text


def test_no_file_of_the_bank_holds_a_card_number(
    bank: Bank, folder: Path, owner: Estate, printed: list[Printed], capfd: pytest.CaptureFixture[str]
) -> None:
    asked = {"amount": "1.00", "currency": "EUR", "merchant": CAFE, "channel": "online"}
    acquirer = bank.headers("admin", scope="cards:acquire")
    ledger = bank.client(services.TRANSACTION)
    for one in printed:
        number, code = one["card_number"], one["security_code"]
        for body in (
            {**asked, "card_number": number, "security_code": code, "expires": one["expires"]},
            {**asked, "card_number": number, "security_code": "abc"},
            {**asked, "card_number": f"{number} ", "merchant": {"name": number}},
            {**asked, "card_number": int(number)},
        ):
            refused = ledger.post(f"{NETWORK}/authorizations", json=body, headers=acquirer)
            assert told_in(refused.text, printed) == [], body
    bank.settle()
    written = capfd.readouterr()
    forms = [form for one in printed for form in forms_of(one["card_number"])]
    found = [
        path.name
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]
    assert found == []
    assert not any(form.decode() in written.out + written.err for form in forms), "a log has the number"
    assert len(list(folder.glob("*.db"))) >= 5, "there is something to look through"


def test_no_row_of_the_bank_has_a_security_code(folder: Path, printed: list[Printed]) -> None:
    seen, wrong = 0, []
    for path in sorted(folder.glob("*.db")):
        file = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        for (table,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in file.execute(f'SELECT * FROM "{table}"'):
                texts = [value if isinstance(value, str) else "" for value in row]
                texts += [value.decode("latin-1") for value in row if isinstance(value, bytes) and len(value) == 3]
                seen += len(texts)
                wrong += [(path.name, table, told) for text in texts if (told := told_in(text, printed))]
        file.close()
    assert wrong == []
    assert seen > 1_000, "there is something to look through"


def test_no_reply_but_reveal_tells_a_card_number(owner: Estate, printed: list[Printed]) -> None:
    replies = [
        owner.call(services.ACCOUNT, "GET", "/api/cards/list"),
        owner.call(services.ACCOUNT, "GET", f"/api/cards/details/{owner.ids['card_id']}"),
        owner.call(services.ACCOUNT, "GET", f"/api/cards/{owner.ids['credit_card_id']}/statements"),
        owner.call(services.TRANSACTION, "GET", f"{NETWORK}/authorizations"),
        owner.call(services.TRANSACTION, "GET", "/api/transactions/list"),
        owner.call(services.NOTIFICATION, "GET", "/api/notifications/list"),
    ]
    assert [reply.status_code for reply in replies] == [200] * len(replies)
    for reply in replies:
        assert reply.json["data"], "there is something to look through"
        assert told_in(json.dumps(reply.json), printed) == [], reply.request.path


def test_no_service_tells_another_one(bank: Bank, owner: Estate, printed: list[Printed]) -> None:
    """Every address below `/internal` that reads, as a service that may ask it."""
    answered = 0
    for service in services.BACKENDS:
        for route in bank.routes(service):
            if route.method != "GET" or not route.rule.rule.startswith("/internal"):
                continue
            ids = {**owner.ids, "user_id": owner.user_id}
            headers = bank.headers("service", user_id="reader", scope=route.access.service_scope)
            reply = bank.client(service).get(route.path(**ids), headers=headers)
            assert reply.status_code in (200, 404, 409, 422), (str(route), reply.text)
            assert told_in(text_of(reply), printed) == [], str(route)
            answered += reply.status_code == 200
    assert answered >= 25, "there is something to look through"


def test_no_file_that_somebody_takes_along_tells_it(bank: Bank, owner: Estate, printed: list[Printed]) -> None:
    account_id = owner.ids["account_id"]
    get = bank.client(services.REPORTING).get
    post = bank.client(services.REPORTING).post
    paths = [f"/api/reports/export?format={kind}" for kind in ("csv", "jsonl", "parquet")]
    paths += [
        f"/api/reports/statement/{account_id}?format={kind}" for kind in ("json", "csv", "camt053", "mt940", "ofx")
    ]
    asked = {path: partial(get, path, headers=owner.headers) for path in paths}
    asked["/api/audit/export"] = partial(get, "/api/audit/export", headers=bank.headers("admin"))
    asked["/api/reports/own-data"] = partial(post, "/api/reports/own-data", json={}, headers=owner.headers)
    for path, ask in asked.items():
        reply = ask()  # each is read to its end before the next is asked for
        assert (reply.status_code, bool(reply.data)) == (200, True), (path, reply.text[:300])
        assert told_in(text_of(reply), printed) == [], path


def text_of(reply: TestResponse) -> str:
    """What a reply says: of an archive, what is in each of its files."""
    if not reply.data.startswith(b"PK"):
        return _read(reply.data)
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        files = [_read(archive.read(name)) for name in archive.namelist()]
    assert len(files) > 5, "there is something to look through"
    return "\n".join(files)


def _read(content: bytes) -> str:
    """A text as it is; of pages and columns, whose numbers are widths and lengths, the longer numbers alone."""
    text = content.decode("latin-1")
    return re.sub(r"(?<!\d)\d{1,11}(?!\d)", "", text) if content.startswith((b"%PDF", b"PAR1")) else text
