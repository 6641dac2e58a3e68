"""Whoever races on a credit card, what is owed is paid once, and nothing is lent beyond what was agreed at the time."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from tests.integration.test_card_bills import CreditCard, credit_card, credit_line
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.every_database


def _at_once(*calls: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))


def _terms(card: CreditCard, version: int, limit_minor: int) -> int:
    payload = {
        "version": version,
        "holder_name": "Ada Lovelace",
        "floor_minor": -limit_minor,
        "movement_limit_minor": 10**8,
        "daily_limit_minor": 10**10,
        "credit_line": credit_line(card.checking),
    }
    path = f"/internal/ledger/accounts/{card.account.account_id}/terms"
    return card.ledger.call("PUT", path, payload, headers=card.ledger.service).status_code


def test_paid_against_settled_a_bill_is_paid_once(ledger: LedgerUnderTest, rounds: int) -> None:
    card = credit_card(ledger, ledger.open_account(deposit_minor=100_000))
    there = 100_000
    for _ in range(rounds):
        card.buy("100.00")
        day = date.fromisoformat(card.statements()[0]["due_on"])
        replies = _at_once(lambda: card.until(day), card.pay, card.pay)[1:]  # noqa: B023 (called in the round)
        assert Counter(reply.status_code for reply in replies)[201] <= 1
        assert {reply.status_code for reply in replies} <= {201, 409}
        there -= 10_000
        assert (card.account.balance_minor, card.checking.balance_minor) == (0, there)
        made = card.statements()[1]
        assert (made["status"], made["left"]) == ("paid", "0.00")
        if there == 0:
            assert card.checking.deposit("1000.00").status_code == 201
            there = 100_000


def test_a_limit_that_is_lowered_against_a_payment_binds_it_or_comes_after_it(
    ledger: LedgerUnderTest, rounds: int
) -> None:
    checking = ledger.open_account()
    for _ in range(rounds):
        card = credit_card(ledger, checking)
        assert _terms(card, 2, 10_000) == 200
        reply, status = _at_once(
            lambda: card.card.authorize("100.00"),  # noqa: B023 (called in the round)
            lambda: _terms(card, 3, 5_000),  # noqa: B023
        )
        assert status == 200
        if reply.json["data"]["status"] == "approved":
            assert card.card.reverse(reply.json["data"]["id"]).status_code == 200
        else:
            assert reply.json["data"]["decline_code"] == "INSUFFICIENT_FUNDS"
        assert card.card.authorize("50.01").json["data"]["decline_code"] == "INSUFFICIENT_FUNDS"


def test_given_up_against_a_payment_the_account_is_closed_or_lends(ledger: LedgerUnderTest, rounds: int) -> None:
    checking = ledger.open_account()
    for _ in range(rounds):
        card = credit_card(ledger, checking)
        path = f"/internal/ledger/accounts/{card.account.account_id}/status"
        reply, closed = _at_once(
            lambda: card.card.authorize("10.00"),  # noqa: B023
            lambda: ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service),  # noqa: B023
        )
        decided = (reply.json["data"]["decline_code"], closed.status_code)
        assert decided in {("ACCOUNT_CLOSED", 200), (None, 409)}


def test_an_account_is_closed_or_a_new_card_is_settled_from_it(ledger: LedgerUnderTest, rounds: int) -> None:
    for _ in range(rounds):
        first = ledger.open_account()
        card = credit_card(ledger, ledger.open_account(first.owner_id))
        path = f"/internal/ledger/accounts/{first.account_id}/status"
        closed, moved = _at_once(
            lambda: ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service),  # noqa: B023
            lambda: card.terms(2, settlement_account_id=first.account_id),  # noqa: B023
        )
        assert moved.status_code == 200
        assert closed.status_code in {200, 409}
        if closed.status_code == 409:
            assert closed.json["error_code"] == "ACCOUNT_SETTLES_CARD"
