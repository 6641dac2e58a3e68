"""A credit card's bill: made on the billing day, settled from the linked account, and dearer when that is empty."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.identifiers import new_id
from tests.cards import SHOP, TestCard
from tests.holds import CLOCK, capture, place, placed
from tests.ledgers import Holder, LedgerUnderTest
from tests.plans import day_number, put_plan

pytestmark = pytest.mark.databases_in_turn

BILLING_DAY, LATE_FEE, RATE, PLAN = 20, 1_500, 199_000, "credit"


@dataclass(frozen=True)
class CreditCard:
    """A credit card with a limit of 1,000.00, and the checking account that it is settled from."""

    ledger: LedgerUnderTest
    checking: Holder
    account: Holder
    card: TestCard

    @property
    def path(self) -> str:
        return f"/internal/ledger/credit-lines/{self.account.account_id}"

    def terms(self, version: int, **changes: Any) -> TestResponse:
        """The account service says how it is billed from now on."""
        payload = {
            "version": version,
            "holder_name": "Ada Lovelace",
            "floor_minor": -100_000,
            "movement_limit_minor": 10**8,
            "daily_limit_minor": 10**10,
            "credit_line": {**credit_line(self.checking), **changes},
        }
        path = f"/internal/ledger/accounts/{self.account.account_id}/terms"
        return self.ledger.call("PUT", path, payload, headers=self.ledger.service)

    def statements(self) -> list[dict[str, Any]]:
        """The one that is open, and those that were made, newest first."""
        reply = self.ledger.call("GET", f"{self.path}/statements", headers=self.ledger.service)
        assert reply.status_code == 200, reply.text
        found: list[dict[str, Any]] = reply.json["data"]
        for each in found[1:]:
            path = f"/internal/ledger/card-statements/{each['id']}"
            alone = self.ledger.call("GET", path, headers=self.ledger.service)
            assert alone.json["data"] == each
        return found

    def buy(self, amount: str) -> str:
        """Pay with it in a shop, collected at once."""
        paid: str = self.card.authorized(amount, merchant=SHOP, capture=True)["id"]
        return paid

    def pay(self, *, key: str | None = None, **payload: Any) -> TestResponse:
        """Its holder pays now."""
        asked = {"user_id": self.account.owner_id, "idempotency_key": key, **payload}
        return self.ledger.call("POST", f"{self.path}/payments", asked, headers=self.ledger.service)

    def until(self, day: date, hour: int = 12) -> None:
        """The bank's clock goes on to an hour of a day."""
        payload = {"advance_to": f"{day.isoformat()}T{hour:02d}:00:00Z", "wait_seconds": 30}
        headers = self.ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
        reply = self.ledger.call("POST", CLOCK, payload, headers=headers)
        assert reply.status_code == 200, reply.text
        assert reply.json["data"]["target_time"] is None

    def first_billing(self) -> date:
        """The first billing day to come."""
        return date.fromisoformat(self.statements()[0]["due_on"])


@pytest.fixture
def issued(ledger: LedgerUnderTest) -> Callable[[int], CreditCard]:
    """A credit card, with so much on the account that it is settled from."""

    def issue(deposit_minor: int) -> CreditCard:
        return credit_card(ledger, ledger.open_account(deposit_minor=deposit_minor))

    return issue


def credit_card(ledger: LedgerUnderTest, checking: Holder) -> CreditCard:
    """A credit card of whoever has this checking account."""
    assert put_plan(ledger, PLAN, debit_rate=RATE, late_payment_fee_minor=LATE_FEE).status_code == 200
    line = credit_line(checking)
    account = ledger.open_account(checking.owner_id, account_type="credit", floor_minor=-100_000, credit_line=line)
    return CreditCard(ledger, checking, account, TestCard(account))


def credit_line(checking: Holder) -> dict[str, Any]:
    """How it is billed."""
    return {"settlement_account_id": checking.account_id, "billing_day": BILLING_DAY, "rate_plan": PLAN}


def month_after(day: date) -> date:
    """The same day of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=day.day)


def test_what_was_bought_is_settled_on_the_billing_day(issued: Callable[[int], CreditCard]) -> None:
    card = issued(100_000)
    card.buy("120.00")
    card.buy("30.50")
    open_one = card.statements()[0]
    assert (open_one["status"], open_one["purchases"], open_one["closing"]) == ("open", "150.50", "150.50")
    first = card.first_billing()
    assert first.day == BILLING_DAY
    card.until(first, hour=3)
    assert len(card.statements()) == 1
    card.until(first)
    (now, made) = card.statements()
    assert (made["status"], made["closing"], made["minimum_payment"], made["left"]) == (
        "paid",
        "150.50",
        "25.00",
        "0.00",
    )
    assert (made["due_on"], now["due_on"]) == (first.isoformat(), month_after(first).isoformat())
    assert (card.checking.balance_minor, card.account.balance_minor) == (84_950, 0)
    card.until(month_after(month_after(first)))
    assert [each["closing"] for each in card.statements()] == ["0.00", "0.00", "0.00", "150.50"]
    assert card.statements()[2]["payments"] == "150.50"


def test_a_new_billing_day_brings_a_bill_forward_and_never_puts_it_off(issued: Callable[[int], CreditCard]) -> None:
    card = issued(100_000)
    card.until(card.first_billing())
    card.buy("20.00")
    first = card.first_billing()
    card.until(first - timedelta(days=2))
    later = (first + timedelta(days=3)).day
    for version, day in enumerate((first.day - 3, later, first.day - 4, later), start=2):
        assert card.terms(version, billing_day=day).status_code == 200
        assert card.first_billing() == first
    card.until(first)
    now, made, _ = card.statements()
    assert (made["due_on"], made["status"], now["due_on"][-2:]) == (first.isoformat(), "paid", f"{later:02d}")
    assert card.terms(6, billing_day=first.day + 1).status_code == 200
    assert card.first_billing() == first + timedelta(days=1)


def test_what_a_card_lends_is_not_held_for_anybody_else(issued: Callable[[int], CreditCard]) -> None:
    card = issued(50_000)
    refused = place(card.account, "0.01")
    assert (refused.json["error_code"], refused.json["details"]["available"]) == ("INSUFFICIENT_FUNDS", "0.00")
    assert card.checking.pay(card.account, "30.00").status_code == 201
    hold = placed(card.account, "30.00")
    exceeding = capture(card.account, hold["id"], amount="30.01", over_capture=True)
    assert exceeding.json["error_code"] == "INSUFFICIENT_FUNDS"
    assert capture(card.account, hold["id"], to_account_id=card.checking.account_id).status_code == 201
    assert (card.checking.balance_minor, card.account.balance_minor) == (50_000, 0)


def test_what_was_paid_and_taken_back_is_not_paid(issued: Callable[[int], CreditCard]) -> None:
    card = issued(25_000)
    staff = card.ledger.staff()
    bought = card.buy("200.00")
    entry_id = card.pay(amount="50.00").json["data"]["id"]
    given_back = f"/api/transactions/{entry_id}/reverse"
    assert card.ledger.call("POST", given_back, {"reason": "by mistake"}, headers=staff).status_code == 201
    assert (card.statements()[0]["purchases"], card.statements()[0]["payments"]) == ("200.00", "0.00")
    first = card.first_billing()
    assert card.checking.withdraw("250.00").status_code == 201
    card.until(first)
    asked = {"transaction_id": bought, "reason": "I have never been there"}
    dispute = card.card.ask("/disputes", asked, headers=card.account.headers).json["data"]
    assert card.statements()[1]["status"] == "paid"
    lost = card.card.ask(f"/disputes/{dispute['id']}/resolve", {"won": False}, headers=staff)
    assert lost.status_code == 200, lost.text
    made = card.statements()[1]
    assert (made["status"], made["left"], made["purchases"]) == ("late", "200.00", "200.00")
    card.until(month_after(first))
    days = (month_after(first) - first).days
    interest = round(20_000 * 0.199 * days / 365)
    newest = card.statements()[1]
    assert (newest["payments"], newest["purchases"]) == ("0.00", "0.00")
    assert newest["interest"] == f"{interest / 100:.2f}"
    card.ledger.check()


def test_with_the_minimum_there_a_part_is_paid_and_the_rest_costs_interest(
    issued: Callable[[int], CreditCard],
) -> None:
    card = issued(30_000)
    card.buy("400.00")
    first = card.first_billing()
    card.until(first)
    made = card.statements()[1]
    assert (made["status"], made["left"], card.checking.balance_minor) == ("partly_paid", "100.00", 0)
    second = month_after(first)
    card.until(second)
    days = (second - first).days
    interest = round(10_000 * 0.199 * days / 365)
    newest = card.statements()[1]
    assert (newest["opening"], newest["payments"], newest["fees"]) == ("400.00", "300.00", "0.00")
    assert newest["interest"] == f"{interest / 100:.2f}"
    assert newest["closing"] == f"{(10_000 + interest) / 100:.2f}"


def test_with_less_than_the_minimum_nothing_is_paid_and_a_fee_is_charged_once(
    issued: Callable[[int], CreditCard],
) -> None:
    card = issued(1_000)
    card.buy("400.00")
    first = card.first_billing()
    card.until(first)
    made = card.statements()[1]
    assert (made["status"], made["minimum_payment"], made["left"]) == ("late", "25.00", "400.00")
    assert (card.checking.balance_minor, card.account.balance_minor) == (1_000, -41_500)
    card.until(first + timedelta(days=2))
    assert card.account.balance_minor == -41_500
    assert card.checking.deposit("390.00").status_code == 201
    card.until(first + timedelta(days=3))
    assert card.statements()[1]["status"] == "paid"
    assert (card.checking.balance_minor, card.account.balance_minor) == (0, -1_500)
    card.until(month_after(first))
    newest = card.statements()[1]
    interest = round(40_000 * 0.199 * 3 / 365)
    assert (newest["fees"], newest["interest"]) == ("15.00", f"{interest / 100:.2f}")


def test_it_is_tried_on_five_days_after_and_no_longer(issued: Callable[[int], CreditCard]) -> None:
    card = issued(0)
    card.buy("400.00")
    first = card.first_billing()
    card.until(first + timedelta(days=5))
    assert card.checking.deposit("400.00").status_code == 201
    card.until(first + timedelta(days=8))
    assert (card.statements()[1]["status"], card.checking.balance_minor) == ("late", 40_000)
    assert card.pay(amount="400.00").status_code == 201
    assert card.statements()[1]["status"] == "paid"


def test_its_holder_pays_before_and_nothing_is_taken_twice(issued: Callable[[int], CreditCard]) -> None:
    card = issued(100_000)
    card.buy("200.00")
    first = card.pay(key="k", amount="50.00")
    assert (first.status_code, first.json["data"]["type"]) == (201, "card_payment")
    assert first.json["data"]["initiated_by"]["kind"] == "customer"
    again = card.pay(key="k", amount="50.00")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    assert card.pay().json["data"]["amount"] == "150.00"
    nothing = card.pay()
    assert (nothing.status_code, nothing.json["error_code"]) == (409, "NOTHING_OWED")
    card.until(card.first_billing())
    assert (card.statements()[1]["closing"], card.checking.balance_minor) == ("0.00", 80_000)


def test_nobody_pays_from_an_account_that_is_not_theirs(
    issued: Callable[[int], CreditCard], ledger: LedgerUnderTest
) -> None:
    card, bob = issued(10_000), ledger.open_account(deposit_minor=10_000)
    card.buy("10.00")
    assert card.pay(from_account_id=bob.account_id).status_code == 404
    assert card.pay(user_id=bob.owner_id).status_code == 404
    assert card.terms(2, settlement_account_id=bob.account_id).status_code == 422


def test_a_card_pays_up_to_its_limit_and_more_than_was_owed_is_kept(issued: Callable[[int], CreditCard]) -> None:
    card = issued(200_000)
    card.buy("1000.00")
    assert card.card.authorize("0.01").json["data"]["decline_code"] == "INSUFFICIENT_FUNDS"
    assert card.pay().status_code == 201
    assert card.checking.pay(card.account, "10.00").status_code == 201
    card.until(card.first_billing())
    made = card.statements()[1]
    assert (made["closing"], made["status"], made["minimum_payment"]) == ("-10.00", "paid", "0.00")


def test_an_older_version_of_the_terms_changes_nothing_and_a_new_day_counts_from_now(
    issued: Callable[[int], CreditCard],
) -> None:
    card = issued(100_000)
    card.until(card.first_billing())
    assert card.terms(3, billing_day=7).status_code == 200
    assert card.terms(2, billing_day=9).json["data"]["version"] == 3
    card.buy("10.00")
    first = card.first_billing()
    assert first.day == 7
    card.until(first)
    assert card.statements()[1]["status"] == "paid"


def test_a_closed_account_is_billed_no_more(issued: Callable[[int], CreditCard], ledger: LedgerUnderTest) -> None:
    card = issued(0)
    first, path = card.first_billing(), f"/internal/ledger/accounts/{card.account.account_id}/status"
    assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 200
    card.until(month_after(first))
    assert card.statements() == [], "nothing is owed, and no bill is to come"


def test_all_that_is_owed_is_paid_once_whoever_asks_again(issued: Callable[[int], CreditCard]) -> None:
    card = issued(100_000)
    card.buy("200.00")
    first = card.pay(key="k")
    assert (first.status_code, first.json["data"]["amount"]) == (201, "200.00")
    again = card.pay(key="k")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    card.buy("50.00")
    assert card.pay(key="k").data == first.data
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: card.pay(), range(4)))
    assert sorted(reply.status_code for reply in replies) == [201, 409, 409, 409]
    assert card.checking.balance_minor == 75_000


def test_a_bill_is_settled_whatever_the_holder_s_limits(ledger: LedgerUnderTest) -> None:
    checking = ledger.open_account(deposit_minor=100_000, movement_limit_minor=100_000, daily_limit_minor=100_000)
    assert checking.pay(ledger.open_account(), "10.00").status_code == 201
    lowered = {"version": 2, "holder_name": "Ada", "floor_minor": 0}
    limits = {"movement_limit_minor": 10_000, "daily_limit_minor": 10_000}
    path = f"/internal/ledger/accounts/{checking.account_id}/terms"
    assert ledger.call("PUT", path, {**lowered, **limits}, headers=ledger.service).status_code == 200
    card = credit_card(ledger, checking)
    card.buy("200.00")
    card.until(card.first_billing())
    assert (card.statements()[1]["status"], checking.balance_minor) == ("paid", 79_000)


def test_a_new_version_of_the_plan_counts_from_its_day(issued: Callable[[int], CreditCard]) -> None:
    card = issued(30_000)
    card.buy("400.00")
    first = card.first_billing()
    card.until(first)
    dearer = {"version": 2, "debit_rate": 2 * RATE, "valid_from": day_number(first + timedelta(days=11))}
    assert put_plan(card.ledger, PLAN, **dearer).status_code == 200
    second = month_after(first)
    card.until(second)
    days = (second - first).days
    interest = round(10_000 * 0.199 * (10 + 2 * (days - 10)) / 365)
    assert card.statements()[1]["interest"] == f"{interest / 100:.2f}"


def test_what_is_lent_pays_for_nothing_but_by_card(issued: Callable[[int], CreditCard]) -> None:
    card = issued(50_000)
    for refused in (card.account.pay(card.checking, "1.00"), card.account.withdraw("1.00")):
        assert (refused.status_code, refused.json["error_code"]) == (400, "INSUFFICIENT_FUNDS")
        assert refused.json["details"]["available"] == "0.00"
    assert card.checking.pay(card.account, "20.00").status_code == 201
    assert card.account.pay(card.checking, "20.01").status_code == 400
    assert card.account.pay(card.checking, "20.00").status_code == 201
    card.buy("1000.00")


def test_an_account_that_settles_a_card_is_closed_after_it(
    issued: Callable[[int], CreditCard], ledger: LedgerUnderTest
) -> None:
    card = issued(0)

    def close(holder: Holder) -> TestResponse:
        path = f"/internal/ledger/accounts/{holder.account_id}/status"
        return ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service)

    assert close(card.checking).json["error_code"] == "ACCOUNT_SETTLES_CARD"
    other = ledger.open_account(card.checking.owner_id)
    assert card.terms(2, settlement_account_id=other.account_id).status_code == 200
    assert close(card.checking).status_code == 200
    assert close(other).json["error_code"] == "ACCOUNT_SETTLES_CARD"
    assert close(card.account).status_code == 200
    assert close(other).status_code == 200


def test_a_card_is_not_settled_from_what_is_closed_or_in_another_currency(ledger: LedgerUnderTest) -> None:
    checking = ledger.open_account()
    path = f"/internal/ledger/accounts/{checking.account_id}/status"
    assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 200
    dollars = ledger.open_account(checking.owner_id, currency="USD")
    facts = {
        "owner_id": checking.owner_id,
        "holder_name": "Ada Lovelace",
        "account_type": "credit",
        "currency": "EUR",
        "floor_minor": -100_000,
        "movement_limit_minor": 10**8,
        "daily_limit_minor": 10**10,
        "opened_by": checking.owner_id,
    }
    for number, (settled_from, code) in enumerate([(checking, "ACCOUNT_CLOSED"), (dollars, "VALIDATION_ERROR")]):
        account_id = new_id()
        payload = {**facts, "account_number": f"DE0000{number}", "credit_line": credit_line(settled_from)}
        reply = ledger.call("PUT", f"/internal/ledger/accounts/{account_id}", payload, headers=ledger.service)
        assert reply.json["error_code"] == code
        asked = {"account_ids": [account_id]}
        assert ledger.call("POST", "/internal/ledger/balances", asked, headers=ledger.service).json["data"] == []
