"""A credit card is two things at the ledger, account and card: there are both or neither, whatever fails on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from account_service.cards import issuing
from account_service.models import Account, Card
from account_service.recovery import recover
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
def body(bank: AccountBank, jane: str) -> dict[str, str]:
    checking_id = str(bank.opened(jane)["id"])
    bank.card(jane, checking_id)  # the bank's day is known
    return {"kind": "credit", "settlement_account_id": checking_id}


def run_leases_out(bank: AccountBank) -> None:
    with bank.database.write() as connection:
        for model in (Account, Card):
            connection.execute(update(model).values(leased_until=0))


def credit_cards(bank: AccountBank, user_id: str) -> list[str]:
    listed = bank.call("GET", "/api/cards/list", user_id).json["data"]
    return [card["id"] for card in listed if card["kind"] == "credit"]


def credit_accounts(bank: AccountBank, user_id: str) -> list[str]:
    listed = bank.call("GET", "/list", user_id).json["data"]
    return [account["status"] for account in listed if account["account_type"] == "credit"]


def is_finished(bank: AccountBank, jane: str, body: dict[str, str]) -> None:
    """Whoever asks again with the same key is told of the one card, which has the one account."""
    run_leases_out(bank)
    recover(bank.context)
    found = [bank.call("POST", "/api/cards/create", jane, body, key="k") for _ in range(2)]
    assert [reply.status_code for reply in found] == [201, 201], found[0].text
    assert found[0].json["data"]["available_credit"] == "2500.00"
    assert [found[0].json["data"]["id"]] == credit_cards(bank, jane)
    assert credit_accounts(bank, jane) == ["open"]
    types = [event["type"] for event in bank.events()]
    assert (types.count("account_opened"), types.count("card_issued")) == (2, 2)


@pytest.mark.parametrize("step", ["/accounts/", "/cards/", "/balances"])
@pytest.mark.parametrize("is_lost", [True, False], ids=["its reply is lost", "it is not carried out"])
def test_whatever_call_fails_the_card_is_issued_once(
    bank: AccountBank, jane: str, body: dict[str, str], step: str, is_lost: bool
) -> None:
    def fail(path: str) -> None:
        is_it = step in path
        bank.weather.is_away = is_it and not is_lost
        bank.weather.lose_replies = int(is_it and is_lost)

    bank.weather.before_call = fail
    asked = bank.call("POST", "/api/cards/create", jane, body, key="k")
    assert (asked.status_code, asked.json["details"]["outcome"]) == (503, "unknown")
    bank.weather.before_call, bank.weather.is_away, bank.weather.lose_replies = None, False, 0
    assert credit_cards(bank, jane) == []
    again = bank.call("POST", "/api/cards/create", jane, body, key="k")
    assert again.json["error_code"] in {"IDEMPOTENCY_KEY_IN_FLIGHT", "SERVICE_UNAVAILABLE"}
    is_finished(bank, jane, body)


def test_a_process_that_dies_after_its_commit_leaves_a_card_to_be_issued(
    bank: AccountBank, jane: str, body: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(issuing, "tell", die)
        with pytest.raises(SystemExit):
            bank.call("POST", "/api/cards/create", jane, body, key="k")
    is_finished(bank, jane, body)


def test_two_recoverers_finish_it_once(bank: AccountBank, jane: str, body: dict[str, str]) -> None:
    bank.weather.is_away = True
    assert bank.call("POST", "/api/cards/create", jane, body, key="k").status_code == 503
    bank.weather.is_away = False
    for _ in range(2):
        run_leases_out(bank)
        recover(bank.context)
    is_finished(bank, jane, body)


def test_when_what_settles_it_was_closed_meanwhile_there_is_neither_card_nor_account(
    bank: AccountBank, jane: str, body: dict[str, str]
) -> None:
    path = f"/internal/ledger/accounts/{body['settlement_account_id']}/status"
    closed = bank.ledger.call("PUT", path, {"status": "closed"}, headers=bank.ledger.service)
    assert closed.status_code == 200
    replies = [bank.call("POST", "/api/cards/create", jane, body, key="k") for _ in range(2)]
    assert [(reply.status_code, reply.json["error_code"]) for reply in replies] == [(409, "ISSUING_REFUSED")] * 2
    assert replies[0].json["details"]["reason"] == "The account is closed."
    assert (credit_cards(bank, jane), credit_accounts(bank, jane)) == ([], [])


def test_a_card_that_the_ledger_refuses_takes_its_account_with_it(
    bank: AccountBank, jane: str, body: dict[str, str]
) -> None:
    def close(path: str) -> None:
        if "/ledger/cards/" not in path:
            return
        with bank.database.read_session() as session:
            account_id = session.query(Account.id).filter(Account.account_type == "credit").scalar()
        closing = f"/internal/ledger/accounts/{account_id}/status"
        bank.ledger.call("PUT", closing, {"status": "closed"}, headers=bank.ledger.service)

    bank.weather.before_call = close
    refused = bank.call("POST", "/api/cards/create", jane, body, key="k")
    assert refused.json["error_code"] == "ISSUING_REFUSED"
    bank.weather.before_call = None
    recover(bank.context)
    assert (credit_cards(bank, jane), credit_accounts(bank, jane)) == ([], ["closed"])


def test_new_terms_that_got_no_answer_reach_the_ledger_all_the_same(
    bank: AccountBank, jane: str, body: dict[str, str]
) -> None:
    card = bank.call("POST", "/api/cards/create", jane, body).json["data"]
    path = f"/api/cards/update/{card['id']}"
    bank.weather.cannot_answer = {card["account_id"]}
    changed = bank.call("PUT", path, jane, {"credit_limit": "100.00", "billing_day": 3})
    assert (changed.status_code, changed.json["details"]["outcome"]) == (500, "unknown")
    bank.weather.cannot_answer = set()
    run_leases_out(bank)
    assert recover(bank.context) == 1
    assert recover(bank.context) == 0, "once"
    found = bank.call("GET", f"/api/cards/details/{card['id']}", jane).json["data"]
    assert (found["credit_limit"], found["billing_day"]) == ("100.00", 3)


def test_a_cancellation_that_got_no_answer_closes_account_and_card(
    bank: AccountBank, jane: str, body: dict[str, str]
) -> None:
    card = bank.call("POST", "/api/cards/create", jane, body).json["data"]
    bank.weather.cannot_answer = {card["account_id"]}
    cancelled = bank.call("POST", f"/api/cards/{card['id']}/cancel", jane)
    assert (cancelled.status_code, cancelled.json["details"]["outcome"]) == (500, "unknown")
    bank.weather.cannot_answer = set()
    for _ in range(2):
        run_leases_out(bank)
        recover(bank.context)
    assert credit_accounts(bank, jane) == ["closed"]
    assert bank.told.cards[card["id"]]["status"] == "cancelled"
