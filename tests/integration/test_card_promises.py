"""What a shop was promised is what it may collect: less once it was given back, nothing that nobody could pay."""

from typing import Any

import pytest

from tests.cards import SHOP, TestCard
from tests.holds import advance, figures
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.databases_in_turn


def test_what_was_given_back_is_not_collected(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    for is_expired in (False, True):
        authorization_id = card.authorized("50.00", merchant=SHOP)["id"]
        assert card.reverse(authorization_id, amount="30.00").status_code == 200
        if is_expired:
            advance(ada, days=6)
        too_much = card.capture(authorization_id, amount="20.01")
        assert (too_much.status_code, too_much.json["error_code"]) == (400, "MORE_THAN_HELD")
        assert card.capture(authorization_id).json["data"]["amount"] == "20.00"
    assert figures(ada) == ("60.00", "60.00", "0.00")
    ledger.check()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "frozen"}, "CARD_FROZEN"),
        ({"status": "stolen"}, "STOLEN_CARD"),
        ({"status": "cancelled"}, "INVALID_CARD"),
        ({"blocked_categories": ["5942"]}, "MERCHANT_BLOCKED"),
        ({"controls": {"online": False, "contactless": True, "abroad": True, "cash": True}}, "CHANNEL_BLOCKED"),
        ({"limits": {"per_payment_minor": 4_999, "daily_minor": None, "monthly_minor": None}}, "AMOUNT_LIMIT"),
    ],
)
def test_a_card_that_pays_nothing_holds_no_more_either(
    ledger: LedgerUnderTest, changes: dict[str, Any], code: str
) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    authorization_id = card.authorized("30.00", merchant=SHOP, channel="online")["id"]
    card.set(**changes)
    more = card.ask(f"/authorizations/{authorization_id}/increment", {"amount": "20.00"}).json["data"]
    assert (more["status"], more["decline_code"], more["approved_amount"]) == ("approved", code, "30.00")
    assert figures(ada) == ("100.00", "70.00", "30.00")
    ledger.check()


def test_what_a_shop_could_never_collect_is_not_approved(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    foreign = ledger.open_account(currency="USD")
    for account_id in (ada.account_id, foreign.account_id):
        declined = card.authorize("10.00", merchant={**SHOP, "account_id": account_id}).json["data"]
        assert (declined["status"], declined["decline_code"]) == ("declined", "DO_NOT_HONOR")
    assert figures(ada) == ("100.00", "100.00", "0.00")
    ledger.check()


def test_a_final_capture_of_what_has_expired_is_the_last(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    authorization_id = card.authorized("50.00", merchant=SHOP)["id"]
    advance(ada, days=6)
    assert card.capture(authorization_id, amount="20.00").status_code == 201
    again = card.capture(authorization_id, amount="20.00")
    assert (again.status_code, again.json["error_code"]) == (409, "AUTHORIZATION_ENDED")
    ledger.check()


def test_no_card_payment_is_larger_than_any_movement_may_be(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    asked = {"card_id": card.id, "amount": "9999999999999.99", "currency": "EUR", "merchant": SHOP}
    for path in ("/clearings", "/refunds"):
        refused = card.ask(path, asked)
        assert refused.status_code in {400, 409, 422}, refused.text
    assert figures(ada)[0] == "100.00"
    ledger.check()
