"""What is read of a card's past payments before it is decided on the next: all that counts, and nothing else."""

import json

import pytest

from shared.identifiers import new_id
from shared.storage.database import Database
from shared.time.clock import now_us
from tests.cards import TestCard
from tests.ledgers import LedgerUnderTest
from transaction_service.cards import card_rows
from transaction_service.cards.card import Card, CardAction, CardRequest, Merchant, Spending
from transaction_service.cards.spending import needed_since, spending_at
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.movement_rules import CARD_PURCHASE
from transaction_service.ledger.orders import Order

pytestmark = pytest.mark.databases_in_turn

LIMITS = {"per_payment_minor": None, "daily_minor": 500_00, "monthly_minor": None}


def used_cards(ledger: LedgerUnderTest) -> list[TestCard]:
    """A card with a limit and one without, each paid with in parts, more and less, and once with a wrong code."""
    account = ledger.open_account(deposit_minor=10_000_00)
    cards = [TestCard(account, limits=LIMITS), TestCard(account)]
    for card in cards:
        first = card.authorized("20.00")["id"]
        assert card.ask(f"/authorizations/{first}/increment", {"amount": "5.00"}).status_code == 200
        assert card.reverse(first, amount="2.50").status_code == 200
        second = card.authorized("7.00")["id"]
        assert card.capture(second, amount="3.00").status_code == 201
        assert card.authorize("1.00", security_code="999").json["data"]["decline_code"] == "WRONG_SECURITY_CODE"
    return cards


def answers(
    ledger: LedgerUnderTest, cards: list[TestCard], amount: str, *, has_right_code: bool | None = None
) -> list[str | None]:
    """Why each of these cards is declined, all asked for this much in one commit; None where it is approved."""
    shop, acquirer = Merchant("Book Corner", "5942", "DE"), Actor("acquirer", acquires=True, is_service=True)
    asked = CardRequest(CardAction.AUTHORIZE, merchant=shop, has_right_code=has_right_code)
    requests = [asked._replace(card_id=card.id) for card in cards]
    orders = [Order(acquirer, CARD_PURCHASE, amount, new_id(), currency="EUR", card=each) for each in requests]
    outcomes = ledger.app.extensions["context"].commits.post(orders)
    return [json.loads(outcome.body)["decline_code"] for outcome in outcomes]


@pytest.mark.parametrize("has_codes", [True, False])
def test_amounts_are_summed_for_limits_and_wrong_codes_where_a_code_is_given(
    ledger: LedgerUnderTest, has_codes: bool
) -> None:
    limited, free = used_cards(ledger)
    database: Database = ledger.app.extensions["context"].database
    with database.read() as connection:
        found = card_rows.by_id(connection, [limited.id, free.id])
        at_us = now_us()
        spent = card_rows.spending(connection, list(found.values()), at_us, has_codes=has_codes)
        uses = card_rows.uses(connection, [card.key for card in found.values()], needed_since(at_us, whole_month=True))

    def one(card: Card) -> tuple[Spending, Spending]:
        """What was read, and what all payments come to."""
        return spent[card.key], spending_at(uses[card.key], at_us)

    read, whole = one(found[limited.id])
    assert whole == Spending(25_50, 25_50, 3, 1)
    assert read == whole._replace(wrong_codes=1 if has_codes else 0)
    read, whole = one(found[free.id])
    assert whole == Spending(25_50, 25_50, 3, 1)
    assert read == Spending(0, 0, 3, 1 if has_codes else 0)


def test_what_one_commit_asks_of_a_card_counts_for_what_follows_in_it(ledger: LedgerUnderTest) -> None:
    account = ledger.open_account(deposit_minor=10_000_00)
    limited, guessed, often = TestCard(account, limits=LIMITS), TestCard(account), TestCard(account)
    assert answers(ledger, [limited] * 3, "200.00") == [None, None, "AMOUNT_LIMIT"]
    wrong = [*["WRONG_SECURITY_CODE"] * 3, *["FREQUENCY_LIMIT"] * 2]
    assert answers(ledger, [guessed] * 5, "1.00", has_right_code=False) == wrong
    assert answers(ledger, [often] * 32, "1.00") == [*[None] * 30, *["FREQUENCY_LIMIT"] * 2]


def test_cards_with_a_limit_and_without_are_decided_on_in_one_commit_as_alone(ledger: LedgerUnderTest) -> None:
    cards = used_cards(ledger)
    assert answers(ledger, cards, "474.51") == ["AMOUNT_LIMIT", None]
    assert answers(ledger, cards, "474.50") == [None, None]
