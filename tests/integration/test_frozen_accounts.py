"""What happens on a frozen account and what does not: each line of the table in docs/frozen-accounts.md."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from tests.architecture.sources import ROOT
from tests.cards import SHOP, TestCard
from tests.holds import advance, capture, figures, hold_of, place, placed, void
from tests.integration.test_card_bills import credit_card
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import (
    COLLECTIONS,
    act,
    agreed_mandate,
    collect_on,
    executions,
    go_to,
    made,
    read,
    settled_day,
    standing_order,
    told,
)
from tests.plans import entries_of, first_after, put_plan, today
from tests.plans import go_to as go_to_day

pytestmark = pytest.mark.databases_in_turn

DONE = "done"


def _become(account: Holder, status: str) -> None:
    path = f"/internal/ledger/accounts/{account.account_id}/status"
    reply = account.ledger.call("PUT", path, {"status": status}, headers=account.ledger.service)
    assert reply.status_code == 200, reply.text


def _freeze(account: Holder) -> None:
    _become(account, "frozen")


def _outcome(*replies: TestResponse) -> str:
    """What all of these came to: a code, or that it was done."""
    codes = {DONE if reply.status_code < 300 else str(reply.json["error_code"]) for reply in replies}
    assert len(codes) == 1, codes
    return codes.pop()


def _rich(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=10_000)


def _sold(card: TestCard, shop: Holder, *, collected: bool = True) -> str:
    """The id of a payment to a shop of this bank."""
    merchant = {**SHOP, "account_id": shop.account_id}
    return str(card.authorized("40.00", merchant=merchant, capture=collected)["id"])


def _moved(ledger: LedgerUnderTest) -> str:
    ada, bob = _rich(ledger), _rich(ledger)
    _freeze(ada)
    return _outcome(ada.deposit("1.00"), ada.withdraw("1.00"), ada.pay(bob, "1.00"), bob.pay(ada, "1.00"))


def _of_staff(ledger: LedgerUnderTest) -> str:
    ada, bob = _rich(ledger), _rich(ledger)
    there, back = (one.pay(other, "5.00").json["data"]["id"] for one, other in ((ada, bob), (bob, ada)))
    _freeze(ada)
    asked = {"reason": "wrong"}
    paths = (f"/api/transactions/{each}/reverse" for each in (there, back))
    return _outcome(*(ledger.call("POST", path, asked, headers=ledger.staff()) for path in paths))


def _held(ledger: LedgerUnderTest) -> str:
    ada = _rich(ledger)
    hold = placed(ada, "5.00")
    _freeze(ada)
    return _outcome(place(ada, "1.00"), capture(ada, hold["id"]))


def _given_back(ledger: LedgerUnderTest) -> str:
    ada = _rich(ledger)
    hold, expiring = placed(ada, "5.00"), placed(ada, "6.00")
    _freeze(ada)
    outcome = _outcome(void(ada, hold["id"]))
    advance(ada, days=32)
    assert (hold_of(ada, expiring["id"])["status"], figures(ada)[2]) == ("expired", "0.00")
    return outcome


def _authorized(ledger: LedgerUnderTest) -> str:
    ada, bob, shop = _rich(ledger), _rich(ledger), ledger.open_account()
    card, other = TestCard(ada), TestCard(bob)
    held = card.authorized("5.00")
    _freeze(ada)
    _freeze(shop)
    merchant = {**SHOP, "account_id": shop.account_id}
    replies = [
        card.authorize("1.00"),
        other.authorize("1.00", merchant=merchant),
        card.ask(f"/authorizations/{held['id']}/increment", {"amount": "1.00"}),
    ]
    (code,) = {reply.json["data"]["decline_code"] for reply in replies}
    return str(code)


@pytest.mark.parametrize("side", ["payer", "shop"])
def test_what_was_authorized_before_is_collected_once_the_account_is_open(ledger: LedgerUnderTest, side: str) -> None:
    ada, shop = _rich(ledger), ledger.open_account()
    card = TestCard(ada)
    authorization_id = _sold(card, shop, collected=False)
    frozen = ada if side == "payer" else shop
    _freeze(frozen)
    assert card.capture(authorization_id).json["error_code"] == "ACCOUNT_FROZEN"
    assert figures(ada) == ("100.00", "60.00", "40.00"), "what is held stays held"
    advance(ada, days=6)
    assert figures(ada)[2] == "0.00"
    _become(frozen, "open")
    assert card.capture(authorization_id, amount="40.00").status_code == 201, "late"
    assert (figures(ada)[0], figures(shop)[0]) == ("60.00", "40.00")
    ledger.check()


def _collected(ledger: LedgerUnderTest) -> str:
    ada, bob, shop = _rich(ledger), _rich(ledger), ledger.open_account()
    card, other = TestCard(ada), TestCard(bob)
    held, sold = card.authorized("5.00")["id"], _sold(other, shop, collected=False)
    _freeze(ada)
    _freeze(shop)
    cleared = {"card_id": card.id, "amount": "1.00", "currency": "EUR", "merchant": SHOP, "channel": "chip"}
    return _outcome(card.capture(held), other.capture(sold), card.ask("/clearings", cleared))


def _reversed(ledger: LedgerUnderTest) -> str:
    ada = _rich(ledger)
    card = TestCard(ada)
    held = card.authorized("5.00")["id"]
    _freeze(ada)
    return _outcome(card.reverse(held))


def _refunded(ledger: LedgerUnderTest) -> str:
    ada, bob, shop = _rich(ledger), _rich(ledger), ledger.open_account()
    card, other = TestCard(ada), TestCard(bob)
    paid, sold = card.authorized("5.00", capture=True)["id"], _sold(other, shop)
    _freeze(ada)
    _freeze(shop)
    without = {"card_id": card.id, "amount": "1.00", "merchant": SHOP}
    asked = (card.ask("/refunds", {"original_id": entry_id}) for entry_id in (paid, sold))
    return _outcome(*asked, card.ask("/refunds", without))


def _disputing(card: TestCard, entry_id: str) -> TestResponse:
    return card.ask("/disputes", {"transaction_id": entry_id, "reason": "no"}, headers=card.account.headers)


def _disputed_from(ledger: LedgerUnderTest) -> str:
    ada = _rich(ledger)
    card = TestCard(ada)
    paid = card.authorized("5.00", capture=True)["id"]
    _freeze(ada)
    return _outcome(_disputing(card, paid))


def _disputed(ledger: LedgerUnderTest) -> str:
    ada, shop = _rich(ledger), ledger.open_account()
    card = TestCard(ada)
    lost, won = _sold(card, shop), _sold(card, shop)
    _freeze(shop)
    opened = [_disputing(card, each) for each in (lost, won)]
    _freeze(ada)
    paths = [f"/disputes/{reply.json['data']['id']}/resolve" for reply in opened]
    decided = [
        card.ask(path, {"won": is_won}, headers=ledger.staff())
        for path, is_won in zip(paths, (False, True), strict=True)
    ]
    assert (figures(ada)[0], figures(shop)[0]) == ("60.00", "40.00")
    return _outcome(*opened, *decided)


def _direct_debit(ledger: LedgerUnderTest) -> str:
    ada, power = _rich(ledger), ledger.open_account()
    day = settled_day(ledger, 2)
    collection_id = made(collect_on(power, agreed_mandate(power, ada)["id"], "30.00", day))["id"]
    _freeze(ada)
    go_to(ledger, day, 7)
    return str(read(power, f"{COLLECTIONS}/{collection_id}")["return_code"])


def _direct_debit_refunded(ledger: LedgerUnderTest) -> str:
    ada, power = _rich(ledger), ledger.open_account()
    day = settled_day(ledger, 2)
    collection_id = made(collect_on(power, agreed_mandate(power, ada)["id"], "30.00", day))["id"]
    go_to(ledger, day, 7)
    _freeze(ada)
    _freeze(power)
    act(ada, f"{COLLECTIONS}/{collection_id}/refund")
    assert (ada.balance_minor, power.balance_minor) == (10_000, 0)
    return DONE


def _ordered(ledger: LedgerUnderTest) -> str:
    ada, bob = _rich(ledger), ledger.open_account()
    day = settled_day(ledger, 2)
    order = standing_order(ada, bob, "1.00", day)
    _freeze(ada)
    go_to(ledger, day, 7)
    (failed,) = executions(ada, order["id"])
    return str(failed["error_code"])


def _interest(ledger: LedgerUnderTest) -> str:
    put_plan(ledger, credit_rate=36_500)
    ada = ledger.open_account(deposit_minor=1_000_000, rate_plan="savings")
    _freeze(ada)
    first, second = first_after(today(ledger)), first_after(today(ledger), 2)
    go_to_day(ledger, first)
    assert entries_of(ada) == []
    _become(ada, "open")
    go_to_day(ledger, second)
    assert [row["type"] for row in entries_of(ada)] == ["interest"]
    return "waits"


def _billed(ledger: LedgerUnderTest) -> str:
    card = credit_card(ledger, ledger.open_account(deposit_minor=50_000))
    card.buy("100.00")
    first = card.first_billing()
    _freeze(card.checking)
    card.until(first)
    assert (card.statements()[1]["status"], card.account.balance_minor) == ("late", -10_000)
    (unpaid,) = told(ledger, "card_bill_unpaid")
    assert unpaid["late_fee_minor"] == 0
    _become(card.checking, "open")
    card.until(first + timedelta(days=1))
    assert (card.statements()[1]["left"], card.checking.balance_minor) == ("0.00", 40_000)
    return "unpaid"


def test_a_bill_costs_its_late_fee_once_the_linked_account_is_open_and_has_too_little(ledger: LedgerUnderTest) -> None:
    card = credit_card(ledger, ledger.open_account())
    card.buy("100.00")
    first = card.first_billing()
    _freeze(card.checking)
    card.until(first + timedelta(days=2))
    assert card.account.balance_minor == -10_000, "the bank keeps the money, if there is any, from being paid"
    _become(card.checking, "open")
    card.until(first + timedelta(days=4))
    assert card.account.balance_minor == -11_500, "charged once, though it was tried twice"
    assert [each["late_fee_minor"] for each in told(ledger, "card_bill_unpaid")] == [0, 1_500]
    ledger.check()


def _lent(ledger: LedgerUnderTest) -> str:
    card = credit_card(ledger, ledger.open_account())
    card.buy("100.00")
    _freeze(card.account)
    first = card.first_billing()
    card.until(first + timedelta(days=6))
    assert (len(card.statements()), card.account.balance_minor) == (2, -10_000), "billed, and nothing is charged"
    return "not charged"


TABLE: dict[str, Callable[[LedgerUnderTest], str]] = {
    "deposits, withdrawals, transfers from it and to it": _moved,
    "reversals by staff": _of_staff,
    "holds that are placed or captured": _held,
    "holds that are given back or expire": _given_back,
    "authorizations on its cards or for its shop, and more for one": _authorized,
    "captures and clearings, from it or to it": _collected,
    "authorizations that are given back": _reversed,
    "refunds by a shop, from it or to it": _refunded,
    "disputes about what was paid from it": _disputed_from,
    "disputes about what its shop was paid, and decisions on either side": _disputed,
    "direct debits": _direct_debit,
    "refunds of direct debits, on either side": _direct_debit_refunded,
    "standing orders and scheduled payments": _ordered,
    "interest and fees of its product": _interest,
    "credit card bills that are settled from it": _billed,
    "late fees and interest of a credit card's account": _lent,
}


def _documented() -> dict[str, str]:
    text = (ROOT / "docs" / "frozen-accounts.md").read_text()
    rows = text.partition("| --- | --- |")[2]
    return dict(re.findall(r"^\| ([a-z][^|]*?) \| `?([A-Za-z_0-9 ]+?)`?(?:[:,][^|]*)? \|$", rows, re.MULTILINE))


@pytest.mark.parametrize("what", TABLE)
def test_what_is_written_of_a_frozen_account_is_so(ledger: LedgerUnderTest, what: str) -> None:
    assert TABLE[what](ledger) == _documented().get(what)
    ledger.check()


def test_nothing_else_is_written_of_it() -> None:
    assert list(_documented()) == list(TABLE)
