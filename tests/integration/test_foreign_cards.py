"""Cards pay in other currencies than their account's: held, collected, given back at the rate that was authorized."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.cards import CAFE, SHOP, TestCard
from tests.exchanges import positions, reverse, tell_rates
from tests.holds import advance, figures
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.databases_in_turn

RATE = {"rate": "1.0832565", "reference_rate": "1.0887", "margin": "0.0050", "rates_of": "2026-01-05"}


def traveller(ledger: LedgerUnderTest, deposit_minor: int = 100_000, currency: str = "EUR") -> TestCard:
    """The card of an account with some money, in a bank that has rates."""
    tell_rates(ledger)
    return TestCard(ledger.open_account(currency=currency, deposit_minor=deposit_minor))


def test_a_payment_in_dollars_holds_and_takes_euros_at_the_rate_of_its_authorization(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    approved = card.authorized("100.00", currency="USD", merchant=SHOP)
    assert (approved["amount"], approved["approved_amount"], approved["currency"]) == ("92.31", "92.31", "EUR")
    assert (approved["original_amount"], approved["original_approved_amount"]) == ("100.00", "100.00")
    assert (approved["original_currency"], approved["exchange_rate"]) == ("USD", "1.0832565")
    assert figures(card.account) == ("1000.00", "907.69", "92.31")
    exchange = {
        **RATE,
        "source_amount": "92.31",
        "source_currency": "EUR",
        "target_amount": "100.00",
        "target_currency": "USD",
    }
    (pending, _) = card.transactions()
    assert (pending["status"], pending["amount"], pending["exchange"]) == ("pending", "92.31", exchange)
    tell_rates(ledger, USD="2", JPY="100", GBP="1", KWD="1", IDR="1")
    entry = card.capture(approved["id"]).json["data"]
    assert (entry["id"], entry["type"], entry["amount"], entry["currency"]) == (
        approved["id"],
        "card_purchase",
        "92.31",
        "EUR",
    )
    assert (entry["exchange"], entry["card"]["merchant"]) == (exchange, "Book Corner")
    assert card.transactions()[0] == entry
    assert figures(card.account) == ("907.69", "907.69", "0.00")
    assert positions(ledger) == {"EUR": 92_31, "USD": -100_00}
    ended = card.authorization(approved["id"])
    assert (ended["captured_amount"], ended["original_captured_amount"]) == ("92.31", "100.00")
    assert [(each["amount"], each["original_amount"]) for each in ended["events"]] == [("92.31", "100.00")] * 2
    ledger.check()


@pytest.mark.parametrize(
    ("account", "shop", "asked", "held"),
    [
        ("EUR", "JPY", "1000", "6.23"),
        ("JPY", "EUR", "10.00", "1621"),
        ("JPY", "USD", "0.01", "2"),
        ("EUR", "KWD", "1.234", "3.70"),
        ("KWD", "EUR", "10.00", "3.368"),
        ("KWD", "JPY", "1", "0.003"),
        ("EUR", "IDR", "0.01", "0.01"),
    ],
)
def test_each_currency_keeps_its_own_digits(
    ledger: LedgerUnderTest, account: str, shop: str, asked: str, held: str
) -> None:
    card = traveller(ledger, 10_000_000, account)
    approved = card.authorized(asked, currency=shop, merchant=SHOP)
    assert (approved["amount"], approved["currency"], approved["original_amount"]) == (held, account, asked)
    entry = card.capture(approved["id"]).json["data"]
    assert (entry["amount"], entry["exchange"]["target_amount"]) == (held, asked)
    ledger.check()


def test_many_parts_cost_what_the_whole_does(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    authorization_id = card.authorized("10", currency="JPY", merchant=SHOP)["id"]  # 0.06 or 0.07 euros altogether
    (whole,) = [each["amount"] for each in card.authorization(authorization_id)["events"]]
    too_small = 0
    for _ in range(9):
        taken = card.capture(authorization_id, amount="1", final=False)
        assert taken.status_code in {201, 400}, taken.text
        too_small += taken.status_code == 400 and taken.json["error_code"] == "AMOUNT_TOO_SMALL"
    assert card.authorization(authorization_id)["status"] == "partly_captured", "the last yen is still held for"
    last = card.capture(authorization_id)
    assert too_small
    assert last.status_code == 201, last.text
    ended = card.authorization(authorization_id)
    assert (ended["captured_amount"], ended["original_captured_amount"]) == (whole, "10")
    assert figures(card.account)[2] == "0.00"
    ledger.check()


@pytest.mark.parametrize("ends", ["capture", "reverse", "late"])
def test_the_last_part_takes_what_is_left_however_little_it_is_worth(ledger: LedgerUnderTest, ends: str) -> None:
    """A yen is worth less than a cent: without something kept for it, nothing would be held any more."""
    card = traveller(ledger)
    for yen in range(2, 9):
        authorization = card.authorized(str(yen), currency="JPY", merchant=SHOP)
        parts = card.capture(authorization["id"], amount=str(yen - 1), final=False)
        if parts.status_code == 400:  # both yen are worth one cent together
            assert (parts.json["error_code"], authorization["amount"]) == ("AMOUNT_TOO_SMALL", "0.01")
        elif ends == "late":
            advance(card.account, days=11)
        last = card.reverse(authorization["id"]) if ends == "reverse" else card.capture(authorization["id"])
        assert last.status_code in (200, 201), last.text
        ended = card.authorization(authorization["id"])
        used = [each["amount"] for each in ended["events"] if each["type"] in ("captured", "reversed")]
        if ends != "late":
            assert sum(int(each.replace(".", "")) for each in used) == int(authorization["amount"].replace(".", ""))
        assert figures(card.account)[2] == "0.00"
    ledger.check()


def test_more_is_held_and_given_back_and_collected_in_the_shops_currency(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    authorization_id = card.authorized("30.00", currency="USD", merchant=SHOP)["id"]
    path = f"/authorizations/{authorization_id}/increment"
    more = card.ask(path, {"amount": "20.00"}).json["data"]
    assert (more["approved_amount"], more["original_approved_amount"]) == ("46.16", "50.00")
    too_much = card.ask(path, {"amount": "5000.00"}).json["data"]
    assert (too_much["decline_code"], too_much["approved_amount"]) == ("INSUFFICIENT_FUNDS", "46.16")
    assert card.reverse(authorization_id, amount="10.00").status_code == 200
    assert figures(card.account)[2] == "36.93"
    more_than_left = card.reverse(authorization_id, amount="40.01")
    assert (more_than_left.status_code, more_than_left.json["details"]) == (
        400,
        {"currency": "USD", "available": "40.00", "amount": "40.01"},
    )
    first = card.capture(authorization_id, amount="15.00", final=False).json["data"]
    assert (first["id"], first["exchange"]["target_amount"]) == (authorization_id, "15.00")
    too_much = card.capture(authorization_id, amount="25.01")
    assert too_much.json["details"] == {"currency": "USD", "available": "25.00", "amount": "25.01"}
    second = card.capture(authorization_id).json["data"]
    assert second["exchange"]["target_amount"] == "25.00"
    assert figures(card.account)[2] == "0.00"
    assert 100_000 - card.account.balance_minor == 36_93
    ledger.check()


def test_a_tip_and_what_had_expired_are_taken_at_the_same_rate(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    tipped = card.authorized("100.00", currency="USD", merchant=CAFE)["id"]
    too_much = card.capture(tipped, amount="120.01")
    assert too_much.json["details"] == {"currency": "USD", "available": "120.00", "amount": "120.01"}
    assert card.capture(tipped, amount="120.00").json["data"]["amount"] == "110.78"
    late = card.authorized("50.00", currency="USD", merchant=SHOP)["id"]
    assert card.capture(late, amount="20.00", final=False).status_code == 201
    advance(card.account, days=6)
    tell_rates(ledger, "2026-01-08", USD="1", JPY="1", GBP="1", KWD="1", IDR="1")
    assert card.authorization(late)["events"][-1]["original_amount"] == "30.00"
    assert card.capture(late, amount="10.00").json["data"]["exchange"]["rate"] == RATE["rate"]
    assert card.authorization(late)["captured_amount"] == "27.69"
    again = card.capture(late)
    assert (again.status_code, again.json["error_code"]) == (409, "AUTHORIZATION_ENDED")
    ledger.check()


@pytest.mark.parametrize(("currency", "most", "more"), [("JPY", "24000", "24001"), ("KWD", "48.000", "48.001")])
def test_a_full_tank_costs_at_most_a_plain_amount_of_the_pump_s_currency(
    ledger: LedgerUnderTest, currency: str, most: str, more: str
) -> None:
    card = traveller(ledger)
    pump = {**SHOP, "mcc": "5541"}
    authorization_id = card.authorized("1", currency=currency, merchant=pump)["id"]
    too_much = card.capture(authorization_id, amount=more)
    assert too_much.json["details"] == {"currency": currency, "available": most, "amount": more}
    assert card.capture(authorization_id, amount=most).json["data"]["exchange"]["target_amount"] == most
    ledger.check()


def test_what_there_is_will_do_and_never_a_cent_more(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger, 1_000)
    partly = card.authorized("25.00", currency="USD", partial_ok=True, merchant=SHOP)
    assert (partly["amount"], partly["response_code"]) == ("23.08", "10")
    assert (partly["approved_amount"], partly["original_approved_amount"]) == ("10.00", "10.83")
    assert card.capture(partly["id"]).json["data"]["exchange"]["target_amount"] == "10.83"
    ledger.check()


def test_a_payment_collected_at_once_pays_a_shop_of_this_bank_in_its_currency(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    shop = ledger.open_account(currency="USD")
    paid = card.authorized("20.00", currency="USD", capture=True, merchant={**SHOP, "account_id": shop.account_id})
    assert (paid["status"], paid["captured_amount"], paid["original_captured_amount"]) == ("captured", "18.46", "20.00")
    assert figures(shop)[0] == "20.00"
    own = ledger.open_account(card.account.owner_id, currency="USD")
    paid = card.authorized("1.00", currency="USD", capture=True, merchant={**SHOP, "account_id": own.account_id})
    assert card.transactions()[0]["type"] == "card_purchase"
    elsewhere = ledger.open_account(currency="GBP")
    asked = {**SHOP, "account_id": elsewhere.account_id}
    assert card.authorize("1.00", currency="USD", merchant=asked).json["data"]["decline_code"] == "DO_NOT_HONOR"
    ledger.check()


def test_without_a_rate_a_payment_is_declined_and_nothing_is_booked(ledger: LedgerUnderTest) -> None:
    card = TestCard(ledger.open_account(deposit_minor=10_000))
    declined = card.authorize("10.00", currency="USD").json["data"]
    assert (declined["decline_code"], declined["response_code"]) == ("RATE_UNAVAILABLE", "12")
    assert (declined["amount"], declined["currency"], declined["exchange_rate"]) == ("10.00", "USD", None)
    cleared = card.ask("/clearings", {"card_id": card.id, "amount": "10.00", "currency": "USD", "merchant": SHOP})
    assert (cleared.status_code, cleared.json["error_code"]) == (409, "RATE_UNAVAILABLE")
    card.set(status="stolen")
    assert card.authorize("10.00", currency="USD").json["data"]["decline_code"] == "STOLEN_CARD"
    (refused, *_) = card.transactions(status="refused")
    assert (refused["amount"], refused["currency"]) == ("10.00", "USD")
    ledger.check()


def test_more_than_any_account_has_is_declined_whatever_it_is_worth(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger, 100_000, "IDR")
    declined = card.authorize("999999999999.999", currency="KWD").json["data"]
    assert (declined["decline_code"], declined["currency"]) == ("AMOUNT_LIMIT", "KWD")
    ledger.check()


def test_the_cards_limits_are_in_its_accounts_currency(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    card.set(limits={"per_payment_minor": 92_30, "daily_minor": None, "monthly_minor": None})
    assert card.authorize("100.00", currency="USD").json["data"]["decline_code"] == "AMOUNT_LIMIT"
    card.set(limits={"per_payment_minor": None, "daily_minor": 92_31 + 92_30, "monthly_minor": None})
    card.authorized("100.00", currency="USD")
    assert card.authorize("100.00", currency="USD").json["data"]["decline_code"] == "AMOUNT_LIMIT"
    ledger.check()


def paid_abroad(card: TestCard, amount: str = "100.00") -> dict[str, Any]:
    """A payment in dollars that the shop has collected."""
    taken: dict[str, Any] = card.capture(card.authorized(amount, currency="USD", merchant=SHOP)["id"]).json["data"]
    return taken


def refund(card: TestCard, payment: dict[str, Any], amount: str | None = None, **more: Any) -> Any:
    """The shop gives a payment back, or some of it."""
    asked = {"original_id": payment["id"], **({} if amount is None else {"amount": amount}), **more}
    return card.ask("/refunds", asked)


def test_a_refund_gives_back_what_the_dollars_had_cost(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    payment = paid_abroad(card)
    tell_rates(ledger, USD="2", JPY="100", GBP="1", KWD="1", IDR="1")
    part = refund(card, payment, "33.33", currency="USD").json["data"]
    assert (part["type"], part["amount"], part["currency"]) == ("card_refund", "30.77", "EUR")
    assert (part["exchange"]["source_amount"], part["exchange"]["rate"]) == ("33.33", None)
    too_much = refund(card, payment, "66.68")
    assert too_much.json["details"] == {"currency": "USD", "available": "66.67", "amount": "66.68"}
    wrong = refund(card, payment, "10.00", currency="EUR")
    assert (wrong.status_code, wrong.json["error_code"]) == (400, "CURRENCY_MISMATCH")
    assert refund(card, payment).json["data"]["amount"] == "61.54"
    assert card.account.balance_minor == 100_000
    assert positions(ledger) == {"EUR": 0, "USD": 0}
    (shown,) = [row for row in card.transactions() if row["id"] == payment["id"]]
    assert shown["reversed_amount"] == "92.31"
    ledger.check()


def test_a_credit_for_no_payment_comes_at_the_rate_of_the_day(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    asked = {"card_id": card.id, "amount": "100.00", "currency": "USD", "merchant": SHOP}
    given = card.ask("/refunds", asked).json["data"]
    assert (given["amount"], given["currency"], given["exchange"]["rate"]) == ("91.39", "EUR", "0.9139340497")
    assert positions(ledger) == {"EUR": -91_39, "USD": 100_00}
    taken = reverse(ledger, given["id"])
    assert taken.status_code == 201, taken.text
    assert card.account.balance_minor == 100_000
    assert positions(ledger) == {"EUR": 0, "USD": 0}
    ledger.check()


def test_what_nobody_authorized_is_collected_at_the_rate_of_its_day(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    asked = {"card_id": card.id, "amount": "2.40", "currency": "USD", "merchant": SHOP}
    taken = card.ask("/clearings", asked).json["data"]
    assert (taken["amount"], taken["exchange"]["target_amount"]) == ("2.22", "2.40")
    ledger.check()


@pytest.mark.parametrize("is_won", [True, False])
def test_a_dispute_gives_the_euros_back_and_takes_the_same_again(ledger: LedgerUnderTest, is_won: bool) -> None:
    card = traveller(ledger)
    payment = paid_abroad(card)
    assert refund(card, payment, "25.00").status_code == 201
    reply = card.ask("/disputes", {"transaction_id": payment["id"], "reason": "no"}, headers=card.account.headers)
    assert reply.status_code == 201, reply.text
    dispute = reply.json["data"]
    assert (dispute["amount"], dispute["currency"]) == ("69.23", "EUR")
    assert card.account.balance_minor == 100_000
    path = f"/disputes/{dispute['id']}/resolve"
    assert card.ask(path, {"won": is_won}, headers=ledger.staff()).status_code == 200
    assert card.account.balance_minor == 100_000 - (0 if is_won else 69_23)
    assert positions(ledger) == ({"EUR": 0, "USD": 0} if is_won else {"EUR": 69_23, "USD": -75_00})
    ledger.check()


def test_staff_take_a_foreign_payment_back_in_the_accounts_currency(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    payment = paid_abroad(card)
    assert reverse(ledger, payment["id"], amount="2.31").json["data"]["amount"] == "2.31"
    assert refund(card, payment).status_code == 201
    assert positions(ledger) == {"EUR": 0, "USD": 0}
    ledger.check()


def test_the_holds_of_card_payments_are_taken_by_the_network_alone(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    for currency in ("EUR", "USD"):
        approved = card.authorized("10.00", currency=currency, merchant=SHOP)
        path = f"/api/transactions/holds/{approved['hold_id']}"
        refused = ledger.call("POST", f"{path}/capture", {}, headers=ledger.staff())
        assert (refused.status_code, refused.json["error_code"]) == (409, "HOLD_OF_CARD_PAYMENT")
        assert refused.json["details"] == {"authorization_id": approved["id"]}
    part = ledger.call("POST", f"{path}/void", {"amount": "1.00"}, headers=ledger.staff())
    assert (part.status_code, part.json["error_code"]) == (409, "HOLD_OF_CARD_PAYMENT")
    assert ledger.call("POST", f"{path}/void", {}, headers=ledger.staff()).status_code == 200
    given_back = card.authorization(approved["id"])
    assert (given_back["status"], given_back["events"][-1]["original_amount"]) == ("reversed", "10.00")
    ledger.check()


def test_collected_and_given_back_at_once_one_after_the_other(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    for _ in range(5):
        authorization_id = card.authorized("9.99", currency="USD", merchant=SHOP)["id"]
        capture = partial(card.capture, authorization_id, amount="3.33", final=False)
        give_back = partial(card.reverse, authorization_id, amount="3.33")
        with ThreadPoolExecutor(4) as pool:
            replies = [each.result() for each in [pool.submit(call) for call in [capture, give_back] * 2]]
        assert sorted(reply.status_code // 100 for reply in replies) == [2, 2, 2, 4]
        assert figures(card.account)[2] == "0.00"
    ledger.check()


def test_a_used_key_gets_the_same_answer_again(ledger: LedgerUnderTest) -> None:
    card = traveller(ledger)
    first, again = (card.authorize("10.00", key="a", currency="USD", merchant=SHOP) for _ in range(2))
    assert (first.status_code, first.data) == (201, again.data)
    taken, replayed = (card.capture(first.json["data"]["id"], key="b") for _ in range(2))
    assert (taken.status_code, taken.data) == (201, replayed.data)
    given, replayed = (card.ask("/refunds", {"original_id": taken.json["data"]["id"]}, key="c") for _ in range(2))
    assert (given.status_code, given.data) == (201, replayed.data)
    ledger.check()
