"""Whoever races on a card payment, it is decided once, to the cent, and nobody spends a held euro twice."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.cards import SHOP, TestCard
from tests.holds import advance, figures
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.every_database


def _at_once(*calls: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))


def _codes(replies: list[TestResponse]) -> list[str | None]:
    return sorted((reply.json["data"]["decline_code"] for reply in replies), key=str)


def test_collected_against_given_back_one_of_them_wins(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=10_000_000)
    card = TestCard(ada)
    ended: Counter[str] = Counter()
    for number in range(rounds):
        if number % 20 == 0:
            card = TestCard(ada)  # of which so many payments are asked for within an hour
        authorization_id = card.authorized("10.00", merchant=SHOP)["id"]
        replies = _at_once(
            lambda: card.capture(authorization_id),  # noqa: B023 (called in the round)
            lambda: card.reverse(authorization_id),  # noqa: B023
            lambda: card.capture(authorization_id),  # noqa: B023
        )
        assert sorted(reply.status_code for reply in replies)[1:] == [409, 409]
        ended[card.authorization(authorization_id)["status"]] += 1
    assert set(ended) <= {"captured", "reversed"}
    assert ada.balance_minor == 10_000_000 - ended["captured"] * 1_000
    assert figures(ada)[2] == "0.00"


def test_collected_against_expiry_the_shop_gets_its_money_once(ledger: LedgerUnderTest, rounds: int) -> None:
    """What has expired may still be collected, so all that the race decides is whether it was held until then."""
    ada = ledger.open_account(deposit_minor=10_000_000)
    for _ in range(rounds):
        card = TestCard(ada)
        authorization_id = card.authorized("10.00", merchant=SHOP)["id"]
        before = ada.balance_minor
        with ThreadPoolExecutor(3) as pool:
            moving = pool.submit(advance, ada, days=5)
            racers = [pool.submit(card.capture, authorization_id) for _ in range(2)]
            assert sorted(racer.result().status_code for racer in racers) == [201, 409]
            moving.result()
        assert card.authorization(authorization_id)["status"] == "captured"
        assert ada.balance_minor == before - 1_000
        assert figures(ada)[2] == "0.00"


def test_of_two_payments_with_the_last_euro_one_is_approved(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=100)
    for _ in range(rounds):
        cards = [TestCard(ada) for _ in range(3)]
        replies = _at_once(*[lambda card=card: card.authorize("1.00") for card in cards])  # type: ignore[misc]
        assert _codes(replies) == ["INSUFFICIENT_FUNDS", "INSUFFICIENT_FUNDS", None]
        (approved,) = [reply.json["data"] for reply in replies if reply.json["data"]["status"] == "approved"]
        assert cards[0].reverse(approved["id"]).status_code == 200
    assert figures(ada) == ("1.00", "1.00", "0.00")


def test_payments_at_once_stay_within_the_day_s_limit(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=10_000_000)
    for _ in range(rounds):
        card = TestCard(ada, limits={"per_payment_minor": None, "daily_minor": 1_000, "monthly_minor": None})
        replies = _at_once(*[lambda card=card: card.authorize("4.00")] * 4)  # type: ignore[misc]
        assert _codes(replies) == ["AMOUNT_LIMIT", "AMOUNT_LIMIT", None, None]


def test_asked_for_against_freeze_the_answer_is_of_before_or_after(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=10_000_000)
    for _ in range(rounds):
        card = TestCard(ada)
        (reply, _) = _at_once(lambda: card.authorize("1.00"), lambda: card.set(status="frozen"))  # noqa: B023
        assert reply.json["data"]["decline_code"] in {None, "CARD_FROZEN"}
        assert card.authorize("1.00").json["data"]["decline_code"] == "CARD_FROZEN"


def test_given_back_twice_at_once_never_more_than_was_paid(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=10_000_000)
    for _ in range(rounds):
        card = TestCard(ada)
        entry_id = card.authorized("10.00", capture=True)["id"]
        dispute = {"transaction_id": entry_id, "reason": "no"}
        replies = _at_once(
            lambda: card.ask("/refunds", {"original_id": entry_id}),  # noqa: B023
            lambda: card.ask("/disputes", dispute, headers=ada.headers),  # noqa: B023
            lambda: card.ask("/refunds", {"original_id": entry_id}),  # noqa: B023
        )
        assert Counter(reply.status_code for reply in replies)[201] == 1, [reply.text for reply in replies]
    assert ada.balance_minor == 10_000_000


def test_the_same_key_at_once_authorizes_once(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=10_000_000)
    for number in range(rounds):
        card = TestCard(ada)
        replies = _at_once(*[lambda card=card: card.authorize("1.00", key=f"k{number}")] * 4)  # type: ignore[misc]  # noqa: B023
        done = [reply for reply in replies if reply.status_code == 201]
        assert len({reply.json["data"]["id"] for reply in done}) == 1
        assert {reply.status_code for reply in replies} <= {201, 409}
    assert figures(ada)[2] == f"{rounds}.00"


def test_disputed_against_closed_the_account_is_closed_or_the_money_back(ledger: LedgerUnderTest, rounds: int) -> None:
    for _ in range(rounds):
        ada = ledger.open_account(deposit_minor=1_000)
        card = TestCard(ada)
        dispute = {"transaction_id": card.authorized("10.00", merchant=SHOP, capture=True)["id"], "reason": "no"}
        path = f"/internal/ledger/accounts/{ada.account_id}/status"
        replies = _at_once(
            lambda: card.ask("/disputes", dispute, headers=ada.headers),  # noqa: B023 (called in the round)
            lambda: ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service),  # noqa: B023
        )
        assert [reply.status_code for reply in replies] in ([201, 409], [409, 200])


def test_closed_against_the_last_withdrawal_of_a_disputed_payment_it_stays_open(
    ledger: LedgerUnderTest, rounds: int
) -> None:
    for _ in range(rounds):
        ada = ledger.open_account(deposit_minor=1_000)
        card = TestCard(ada)
        dispute = {"transaction_id": card.authorized("10.00", merchant=SHOP, capture=True)["id"], "reason": "no"}
        assert card.ask("/disputes", dispute, headers=ada.headers).status_code == 201
        path = f"/internal/ledger/accounts/{ada.account_id}/status"
        _, closed = _at_once(
            lambda: ada.withdraw("10.00"),  # noqa: B023 (called in the round)
            lambda: ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service),  # noqa: B023
        )
        assert closed.status_code == 409
