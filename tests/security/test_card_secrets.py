"""What is printed on a card is nowhere in clear: in no database file, log, feed, reply or error (catalogue 52)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import services
from tests.apps import Bank, whole_bank
from tests.cards import CAFE, NETWORK
from tests.security.estate import PASSWORD, Estate, found_estate


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
def printed(owner: Estate) -> dict[str, str]:
    path = f"/api/cards/{owner.ids['card_id']}/reveal"
    shown = owner.call(services.ACCOUNT, "POST", path, {"password": PASSWORD})
    assert shown.status_code == 200, shown.text
    found: dict[str, str] = shown.json["data"]
    return found


def forms_of(number: str) -> list[bytes]:
    """A number as it may stand in a text: whole, in groups, and as it is without its first or last digit."""
    groups = [number[start : start + 4] for start in range(0, 16, 4)]
    return [text.encode() for text in (number, " ".join(groups), "-".join(groups), number[1:], number[:-1])]


def test_no_file_of_the_bank_holds_a_card_number(
    bank: Bank, folder: Path, owner: Estate, printed: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    number, code = printed["card_number"], printed["security_code"]
    asked = {"amount": "1.00", "currency": "EUR", "merchant": CAFE, "channel": "online"}
    acquirer = bank.headers("admin", scope="cards:acquire")
    ledger = bank.client(services.TRANSACTION)
    for body in (
        {**asked, "card_number": number, "security_code": code, "expires": printed["expires"]},
        {**asked, "card_number": number, "security_code": "abc"},
        {**asked, "card_number": f"{number} ", "merchant": {"name": number}},
        {**asked, "card_number": int(number)},
    ):
        refused = ledger.post(f"{NETWORK}/authorizations", json=body, headers=acquirer)
        assert not any(form.decode() in refused.text for form in forms_of(number)), body
    bank.settle()
    written = capfd.readouterr()
    found = [
        path.name
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(form in path.read_bytes() for form in forms_of(number))
    ]
    assert found == []
    assert not any(form.decode() in written.out + written.err for form in forms_of(number))
    assert len(list(folder.glob("*.db"))) >= 5, "there is something to look through"


def test_no_reply_but_reveal_tells_a_card_number(bank: Bank, owner: Estate, printed: dict[str, str]) -> None:
    number = printed["card_number"]
    service = bank.headers("service", user_id="reader", scope="feed:read accounts:read ledger:read inbox:read")
    replies = [
        owner.call(services.ACCOUNT, "GET", "/api/cards/list"),
        owner.call(services.ACCOUNT, "GET", f"/api/cards/details/{owner.ids['card_id']}"),
        owner.call(services.TRANSACTION, "GET", f"{NETWORK}/authorizations"),
        owner.call(services.TRANSACTION, "GET", "/api/transactions/list"),
        owner.call(services.NOTIFICATION, "GET", "/api/notifications/list"),
        bank.client(services.ACCOUNT).get("/internal/cards", headers=service),
        bank.client(services.ACCOUNT).get("/internal/events", headers=service),
        bank.client(services.TRANSACTION).get("/internal/ledger/cards", headers=service),
        bank.client(services.TRANSACTION).get("/internal/events", headers=service),
        bank.client(services.TRANSACTION).get("/internal/journal", headers=service),
    ]
    assert [reply.status_code for reply in replies] == [200] * len(replies)
    for reply in replies:
        assert reply.json["data"], "there is something to look through"
        assert not any(form.decode() in json.dumps(reply.json) for form in forms_of(number)), reply.request.path
