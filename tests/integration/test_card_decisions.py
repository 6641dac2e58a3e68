"""What a card network is answered, case by case: the decision, its code, and the response code of ISO 8583."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cards import CAFE, SHOP, TestCard, card_number
from tests.holds import advance, figures
from tests.ledgers import LedgerUnderTest
from tests.orders import told

GAMBLING = {**SHOP, "mcc": "7995"}
ABROAD = {**SHOP, "country": "FR"}
OFF = {"online": False, "contactless": False, "abroad": False, "cash": False}


def limits(**minor: int) -> dict[str, Any]:
    """A card with these limits."""
    return {"limits": {"per_payment_minor": None, "daily_minor": None, "monthly_minor": None, **minor}}


def spent(*amounts: str) -> Callable[[TestCard], None]:
    """The card has paid this before."""

    def before(card: TestCard) -> None:
        for amount in amounts:
            card.authorized(amount)

    return before


def often(card: TestCard) -> None:
    """The card was used again and again within minutes."""
    for _ in range(30):
        card.authorize("0.01")


def guessed(card: TestCard) -> None:
    """Three wrong security codes."""
    for code in ("000", "001", "002"):
        assert card.authorize("1.00", security_code=code).json["data"]["decline_code"] == "WRONG_SECURITY_CODE"


def account_is(status: str) -> Callable[[TestCard], None]:
    """The card's account is frozen, or emptied and closed."""

    def before(card: TestCard) -> None:
        if status == "closed":
            assert card.account.withdraw("100.00").status_code == 201
        path = f"/internal/ledger/accounts/{card.account.account_id}/status"
        payload = {"status": status, "reason": "test"}
        assert card.ledger.call("PUT", path, payload, headers=card.ledger.service).status_code == 200

    return before


def nothing(_card: TestCard) -> None:
    """Nothing has happened before."""


CASES: list[tuple[str, dict[str, Any], Callable[[TestCard], None], dict[str, Any], str | None, str]] = [
    # what it is, the card, what happened before, what is asked for, the decline code, the response code
    ("in a shop", {}, nothing, {}, None, "00"),
    ("contactless", {}, nothing, {"channel": "contactless"}, None, "00"),
    ("online with the right code", {}, nothing, {"channel": "online", "security_code": "123"}, None, "00"),
    ("a subscription", {}, nothing, {"channel": "recurring"}, None, "00"),
    ("cash", {}, nothing, {"channel": "cash"}, None, "00"),
    ("abroad", {}, nothing, {"merchant": ABROAD}, None, "00"),
    ("with the month that is printed", {}, nothing, {"expires": "2099-12"}, None, "00"),
    ("the last cent", {}, nothing, {"amount": "100.00"}, None, "00"),
    ("up to the limit", limits(per_payment_minor=1_000), nothing, {"amount": "10.00"}, None, "00"),
    ("up to the day's limit", limits(daily_minor=1_000), spent("6.00"), {"amount": "4.00"}, None, "00"),
    ("a part of it", {}, nothing, {"amount": "100.01", "partial_ok": True}, None, "10"),
    ("collected at once", {}, nothing, {"capture": True}, None, "00"),
    ("more than there is", {}, nothing, {"amount": "100.01"}, "INSUFFICIENT_FUNDS", "51"),
    ("more than is not held", {}, spent("60.00"), {"amount": "40.01"}, "INSUFFICIENT_FUNDS", "51"),
    ("frozen", {"status": "frozen"}, nothing, {}, "CARD_FROZEN", "62"),
    ("lost", {"status": "lost"}, nothing, {}, "LOST_CARD", "41"),
    ("stolen", {"status": "stolen"}, nothing, {}, "STOLEN_CARD", "43"),
    ("blocked for fraud", {"status": "blocked"}, nothing, {}, "DO_NOT_HONOR", "05"),
    ("cancelled", {"status": "cancelled"}, nothing, {}, "INVALID_CARD", "14"),
    ("replaced", {"status": "replaced"}, nothing, {}, "INVALID_CARD", "14"),
    ("another month", {}, nothing, {"expires": "2031-01"}, "INVALID_CARD", "14"),
    ("a number of no card", {}, nothing, {"card_number": card_number()}, "INVALID_CARD", "14"),
    ("a number that is none", {}, nothing, {"card_number": "9999999999999999"}, "INVALID_CARD", "14"),
    ("online, switched off", {"controls": {**OFF}}, nothing, {"channel": "online"}, "CHANNEL_BLOCKED", "62"),
    ("a subscription, switched off", {"controls": OFF}, nothing, {"channel": "recurring"}, "CHANNEL_BLOCKED", "62"),
    ("contactless, switched off", {"controls": OFF}, nothing, {"channel": "contactless"}, "CHANNEL_BLOCKED", "62"),
    ("cash, switched off", {"controls": OFF}, nothing, {"channel": "cash"}, "CHANNEL_BLOCKED", "62"),
    ("abroad, switched off", {"controls": OFF}, nothing, {"merchant": ABROAD}, "CHANNEL_BLOCKED", "62"),
    ("at home, all else switched off", {"controls": OFF}, nothing, {"merchant": CAFE}, None, "00"),
    ("gambling", {"blocked_categories": ["7995", "7801"]}, nothing, {"merchant": GAMBLING}, "MERCHANT_BLOCKED", "57"),
    ("above the limit", limits(per_payment_minor=1_000), nothing, {"amount": "10.01"}, "AMOUNT_LIMIT", "61"),
    ("above the day's", limits(daily_minor=1_000), spent("6.00"), {"amount": "4.01"}, "AMOUNT_LIMIT", "61"),
    ("above the month's", limits(monthly_minor=1_000), spent("6.00"), {"amount": "4.01"}, "AMOUNT_LIMIT", "61"),
    ("too often", {}, often, {}, "FREQUENCY_LIMIT", "65"),
    ("a wrong code", {}, nothing, {"security_code": "124"}, "WRONG_SECURITY_CODE", "63"),
    ("the right code after three wrong ones", {}, guessed, {"security_code": "123"}, "FREQUENCY_LIMIT", "65"),
    ("without a code after three wrong ones", {}, guessed, {}, None, "00"),
    ("from a closed account", {}, account_is("closed"), {}, "ACCOUNT_CLOSED", "46"),
    ("from a frozen account", {}, account_is("frozen"), {}, "DO_NOT_HONOR", "05"),
    ("in a currency without a rate", {}, nothing, {"currency": "USD"}, "RATE_UNAVAILABLE", "12"),
]


@pytest.mark.parametrize(
    ("facts", "before", "asked", "answer"), [(*case[1:4], case[4:]) for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_payment_is_decided(
    ledger: LedgerUnderTest,
    facts: dict[str, Any],
    before: Callable[[TestCard], None],
    asked: dict[str, Any],
    answer: tuple[str | None, str],
) -> None:
    code, response = answer
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada, **facts)
    before(card)
    held = figures(ada)
    reply = card.authorize(**{"amount": "1.00", "merchant": SHOP, **asked})
    assert reply.status_code == 201, reply.text
    decision = reply.json["data"]
    assert (decision["decline_code"], decision["response_code"]) == (code, response)
    assert (decision["status"] == "declined") == (code is not None)
    assert bool(decision["decline_reason"]) == (code is not None)
    assert (figures(ada) == held) == (code is not None)
    told_of = {event["decline_code"] for event in told(ledger, "card_payment_declined")}
    assert "FREQUENCY_LIMIT" not in told_of, "no message for each of very many attempts"
    ledger.check()


def test_a_card_is_good_until_the_end_of_its_month(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    clock = ledger.call("GET", "/api/transactions/clock", headers=ada.headers).json["data"]["bank_time"]
    card = TestCard(ada, expires=clock[:7])
    assert card.authorize("1.00").json["data"]["status"] == "approved"
    advance(ada, days=32)
    declined = card.authorize("1.00").json["data"]
    assert (declined["decline_code"], declined["response_code"]) == ("CARD_EXPIRED", "54")


def test_a_day_and_a_month_begin_anew_for_limits(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada, **limits(daily_minor=1_000))
    card.authorized("10.00")
    assert card.authorize("0.01").json["data"]["decline_code"] == "AMOUNT_LIMIT"
    advance(ada, days=1)
    card.authorized("10.00")
    monthly = TestCard(ada, **limits(monthly_minor=1_000))
    monthly.authorized("10.00")
    assert monthly.authorize("0.01").json["data"]["decline_code"] == "AMOUNT_LIMIT"
    advance(ada, days=31)
    monthly.authorized("10.00")


def test_what_is_given_back_counts_for_no_limit(ledger: LedgerUnderTest) -> None:
    card = TestCard(ledger.open_account(deposit_minor=10_000), **limits(daily_minor=1_000))
    authorization_id = card.authorized("10.00")["id"]
    assert card.reverse(authorization_id, amount="4.00").status_code == 200
    assert card.authorize("4.01").json["data"]["decline_code"] == "AMOUNT_LIMIT"
    card.authorized("4.00")
