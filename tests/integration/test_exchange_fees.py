"""What a product asks for paying in another currency: it is in the rate, exact in the quote, and kept by the bank."""

from typing import Any

import pytest

from tests.cards import SHOP, TestCard
from tests.exchanges import ask_quote, positions, quoted, reverse, tell_rates
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import go_to, scheduled_payment, settled_day
from tests.plans import put_plan

pytestmark = pytest.mark.databases_in_turn


def pair(ledger: LedgerUnderTest, fee_bp: int = 150) -> tuple[Holder, Holder]:
    """Euros on a plan that asks one and a half per cent, and dollars of the same person on none."""
    tell_rates(ledger)
    put_plan(ledger, "travel", exchange_fee_bp=fee_bp)
    euros = ledger.open_account(rate_plan="travel", deposit_minor=1000_00)
    return euros, ledger.open_account(euros.owner_id, currency="USD")


def terms_of(made: dict[str, Any]) -> tuple[str, str, str]:
    exchange = made["exchange"]
    return exchange["margin"], exchange["rate"], exchange["target_amount"]


def test_the_account_that_pays_says_what_is_kept_and_the_bank_keeps_it(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    made = euros.pay(dollars, "100.00").json["data"]
    assert terms_of(made) == ("0.0200", "1.066926", "106.69")
    assert positions(ledger) == {"EUR": 100_00, "USD": -106_69}
    assert terms_of(dollars.pay(euros, "50.00").json["data"])[0] == "0.0050"
    assert reverse(ledger, made["id"]).status_code == 400  # the dollars are spent
    assert dollars.deposit("50.00").status_code == 201
    assert reverse(ledger, made["id"]).status_code == 201
    ledger.check()


def test_a_quote_for_the_account_is_exact_and_for_that_account_alone(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    other = ledger.open_account(euros.owner_id, deposit_minor=1000_00)
    named = {"from_account_id": euros.account_id}
    quote = quoted(euros, "EUR", "USD", "106.69", fixed="target", **named)
    assert (quote["margin"], quote["rate"], quote["target_amount"]) == ("0.0200", "1.066926", "106.69")
    assert quote["from_account_id"] == euros.account_id
    refused = other.pay(dollars, quote["source_amount"], quote_id=quote["id"])
    assert (refused.status_code, refused.json["error_code"]) == (400, "QUOTE_MISMATCH")
    assert refused.json["details"]["from_account_id"] == euros.account_id
    paid = euros.pay(dollars, quote["source_amount"], quote_id=quote["id"]).json["data"]
    assert terms_of(paid) == ("0.0200", "1.066926", "106.69")
    ledger.check()


def test_a_quote_for_no_account_is_refused_where_the_product_asks_a_fee(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    other = ledger.open_account(euros.owner_id, deposit_minor=1000_00)
    quote = quoted(euros, "EUR", "USD", "100.00")
    assert (quote["margin"], quote["from_account_id"]) == ("0.0050", None)
    refused = euros.pay(dollars, "100.00", quote_id=quote["id"])
    assert (refused.status_code, refused.json["error_code"]) == (400, "QUOTE_MISMATCH")
    assert euros.balance_minor == 1000_00
    assert terms_of(other.pay(dollars, "100.00", quote_id=quote["id"]).json["data"])[0] == "0.0050"
    ledger.check()


def test_a_quote_is_kept_though_the_fee_rises_within_its_minute(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    quote = quoted(euros, "EUR", "USD", "100.00", from_account_id=euros.account_id)
    assert put_plan(ledger, "travel", version=2, exchange_fee_bp=2_000).status_code == 200
    assert terms_of(euros.pay(dollars, "100.00", quote_id=quote["id"]).json["data"]) == ("0.0200", "1.066926", "106.69")
    assert terms_of(euros.pay(dollars, "100.00").json["data"])[0] == "0.2050"
    ledger.check()


def test_nobody_asks_for_a_quote_from_an_account_that_is_not_theirs_or_in_another_currency(
    ledger: LedgerUnderTest,
) -> None:
    euros, dollars = pair(ledger)
    stranger = ledger.open_account()
    assert ask_quote(stranger, "EUR", "USD", "1.00", from_account_id=euros.account_id).status_code == 404
    wrong = ask_quote(euros, "EUR", "USD", "1.00", from_account_id=dollars.account_id)
    assert (wrong.status_code, wrong.json["error_code"]) == (400, "CURRENCY_MISMATCH")


def test_foreign_card_payments_cost_it_and_what_is_given_back_does_not(ledger: LedgerUnderTest) -> None:
    euros, _ = pair(ledger)
    card = TestCard(euros)
    ten = {"card_id": card.id, "amount": "10.00", "currency": "USD", "merchant": SHOP}
    approved = card.authorized("100.00", currency="USD", merchant=SHOP)
    assert (approved["amount"], approved["exchange_rate"]) == ("93.73", "1.066926")
    assert put_plan(ledger, "travel", version=2).status_code == 200
    assert card.capture(approved["id"]).json["data"]["exchange"]["margin"] == "0.0200"
    assert card.ask("/clearings", ten).json["data"]["exchange"]["margin"] == "0.0050"
    assert put_plan(ledger, "travel", version=3, exchange_fee_bp=150).status_code == 200
    assert card.ask("/clearings", ten).json["data"]["exchange"]["margin"] == "0.0200"
    back = card.ask("/refunds", ten)
    assert back.json["data"]["exchange"]["margin"] == "0.0050"
    ledger.check()


def test_orders_pay_it_on_their_day(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    day = settled_day(ledger, 3)
    scheduled_payment(euros, dollars, "100.00", day)
    go_to(ledger, day, 7)
    assert dollars.balance_minor == 106_69
    ledger.check()


@pytest.mark.parametrize("fee_bp", [0, 1, 33, 175, 2_000])
def test_there_and_back_never_gains_and_every_minor_unit_is_somewhere(ledger: LedgerUnderTest, fee_bp: int) -> None:
    euros, _ = pair(ledger, fee_bp)
    yens = ledger.open_account(euros.owner_id, currency="JPY", rate_plan="travel")
    for amount in ("0.01", "0.07", "1.00", "33.33"):
        before = euros.balance_minor
        arrived = euros.pay(yens, amount).json["data"]["exchange"]["target_amount"]
        yens.pay(euros, arrived)
        assert euros.balance_minor <= before
    held = positions(ledger)
    assert held["EUR"] == 1000_00 - euros.balance_minor
    assert held["JPY"] == -yens.balance_minor
    ledger.check()
