"""What is written down about cards reaches the ledger, whatever fails on the way, and is called done only then."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from account_service.models import Account, Card
from account_service.recovery import recover
from shared.refusals import Refused
from tests.account_bank import AccountBank, account_bank

pytestmark = pytest.mark.every_database


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def jane(bank: AccountBank) -> str:
    return bank.person("Jane Doe")


@pytest.fixture
def account_id(bank: AccountBank, jane: str) -> str:
    return str(bank.opened(jane)["id"])


def run_leases_out(bank: AccountBank) -> None:
    with bank.database.write() as connection:
        connection.execute(update(Card).values(leased_until=0))
        connection.execute(update(Account).values(leased_until=0))


def types_told(bank: AccountBank) -> list[str]:
    return [event["type"] for event in bank.events() if event["type"].startswith("card_")]


def test_a_card_that_the_ledger_was_away_for_is_nowhere_until_it_knows_it(
    bank: AccountBank, jane: str, account_id: str
) -> None:
    body = {"account_id": account_id}
    bank.weather.lose_replies = 0
    bank.card(jane, account_id)
    bank.weather.cannot_answer = {account_id}
    asked = bank.call("POST", "/api/cards/create", jane, body, key="k")
    assert (asked.status_code, asked.json["details"]["outcome"]) == (500, "unknown"), "it will be issued all the same"
    assert len(bank.call("GET", "/api/cards/list", jane).json["data"]) == 1
    again = bank.call("POST", "/api/cards/create", jane, body, key="k")
    assert again.json["error_code"] == "IDEMPOTENCY_KEY_IN_FLIGHT"
    assert types_told(bank) == ["card_issued"]
    bank.weather.cannot_answer = set()
    run_leases_out(bank)
    assert recover(bank.context) == 1
    found = bank.call("POST", "/api/cards/create", jane, body, key="k")
    assert (found.status_code, found.headers["Idempotent-Replayed"]) == (201, "true")
    assert found.json["data"]["id"] in {card["id"] for card in bank.call("GET", "/api/cards/list", jane).json["data"]}
    assert types_told(bank) == ["card_issued"] * 2


def test_a_card_whose_reply_was_lost_is_issued_once(bank: AccountBank, jane: str, account_id: str) -> None:
    bank.card(jane, account_id)  # the bank's day is known
    lost = None
    for number in range(2):  # the ledger is asked for the time first
        bank.weather.before_call = lambda path: setattr(bank.weather, "lose_replies", int("/cards/" in path))
        lost = bank.call("POST", "/api/cards/create", jane, {"account_id": account_id}, key=f"k{number}")
        bank.weather.before_call = None
        assert (lost.status_code, lost.json["details"]["outcome"]) == (503, "unknown")
    assert len(bank.told.cards) == 3
    run_leases_out(bank)
    replies = [bank.call("POST", "/api/cards/create", jane, {"account_id": account_id}, key="k0") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    assert len(bank.told.cards) == 3


def test_a_card_that_the_ledger_refuses_has_never_been_and_the_key_says_so(
    bank: AccountBank, jane: str, account_id: str
) -> None:
    old = bank.card(jane, account_id)
    path, closed = f"/internal/ledger/accounts/{account_id}/status", {"status": "closed", "reason": "a test"}
    assert bank.ledger.call("PUT", path, closed, headers=bank.ledger.service).status_code == 200
    body = {"account_id": account_id}
    replies = [bank.call("POST", "/api/cards/create", jane, body, key="k") for _ in range(2)]
    assert [(reply.status_code, reply.json["error_code"]) for reply in replies] == [(409, "ISSUING_REFUSED")] * 2
    assert replies[0].json["details"] == {"reason": "The account is closed.", "reason_code": "ACCOUNT_CLOSED"}
    replaced = bank.call("POST", f"/api/cards/{old['id']}/replace", jane)
    assert replaced.json["error_code"] == "ISSUING_REFUSED"
    assert bank.call("GET", "/api/cards/list", jane).json["data"] == [old], "it is replaced by nothing"
    assert types_told(bank) == ["card_issued"]


def test_a_freeze_that_got_no_answer_is_shown_once_the_ledger_knows_it(
    bank: AccountBank, jane: str, account_id: str
) -> None:
    card = bank.card(jane, account_id)
    path = f"/api/cards/{card['id']}"
    bank.weather.cannot_answer = {card["id"]}
    frozen = bank.call("POST", f"{path}/freeze", jane)
    assert (frozen.status_code, frozen.json["details"]["outcome"]) == (500, "unknown")
    assert bank.call("GET", f"/api/cards/details/{card['id']}", jane).json["data"]["status"] == "active"
    run_leases_out(bank)
    with pytest.raises(Refused):
        recover(bank.context)
    bank.weather.cannot_answer = set()
    run_leases_out(bank)
    assert recover(bank.context) == 1
    assert recover(bank.context) == 0, "once"
    assert bank.call("GET", f"/api/cards/details/{card['id']}", jane).json["data"]["status"] == "frozen"
    assert types_told(bank) == ["card_issued", "card_frozen"]


def test_the_same_request_again_tells_what_got_no_answer(bank: AccountBank, jane: str, account_id: str) -> None:
    card = bank.card(jane, account_id)
    bank.weather.cannot_answer = {card["id"]}
    bank.call("POST", f"/api/cards/{card['id']}/report", jane, {"reason": "stolen"})
    bank.weather.cannot_answer = set()
    told = bank.call("POST", f"/api/cards/{card['id']}/report", jane, {"reason": "stolen"})
    assert told.json["data"]["status"] == "stolen"
    assert bank.told.cards[card["id"]]["status"] == "stolen"
    assert types_told(bank) == ["card_issued", "card_ended"]


def test_a_closed_accounts_cards_end_with_it(bank: AccountBank, jane: str, account_id: str) -> None:
    card, gone = bank.card(jane, account_id), bank.card(jane, account_id)
    bank.call("POST", f"/api/cards/{gone['id']}/report", jane, {"reason": "lost"})
    assert bank.call("DELETE", f"/close/{account_id}", jane).status_code == 200
    recover(bank.context)
    statuses = {row["id"]: row["status"] for row in bank.call("GET", "/api/cards/list", jane).json["data"]}
    assert statuses == {card["id"]: "cancelled", gone["id"]: "lost"}
    assert bank.told.cards[card["id"]]["status"] == "cancelled"


def test_a_card_on_its_way_to_an_account_that_closes_ends_as_it_arrives(
    bank: AccountBank, jane: str, account_id: str
) -> None:
    bank.card(jane, account_id)
    bank.weather.before_call = lambda path: setattr(bank.weather, "lose_replies", int("/cards/" in path))
    bank.call("POST", "/api/cards/create", jane, {"account_id": account_id}, key="k")
    bank.weather.before_call = None
    assert bank.call("DELETE", f"/close/{account_id}", jane).status_code == 200
    for _ in range(2):
        run_leases_out(bank)
        recover(bank.context)
    assert {card["status"] for card in bank.call("GET", "/api/cards/list", jane).json["data"]} == {"cancelled"}
    assert {card["status"] for card in bank.told.cards.values()} == {"cancelled"}


def test_whoever_proves_the_bank_is_told_each_card_as_the_ledger_has_it(
    bank: AccountBank, jane: str, account_id: str
) -> None:
    first, second = (bank.card(jane, account_id) for _ in range(2))
    bank.call("POST", f"/api/cards/{second['id']}/freeze", jane)
    rows = bank.internal("GET", "/cards", scope="accounts:read").json["data"]
    assert rows == [
        {"card_id": first["id"], "account_id": account_id, "version": 1, "status": "active", "is_told": True},
        {"card_id": second["id"], "account_id": account_id, "version": 2, "status": "frozen", "is_told": True},
    ]
    assert bank.internal("GET", "/cards", scope="feed:read").status_code == 403
