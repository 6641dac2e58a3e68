"""What is told of credit cards' bills before they are settled: how much, and on both accounts."""

from datetime import timedelta
from typing import Any

import pytest

from tests.asked_statements import statements_asked
from tests.integration.test_card_bills import CreditCard, credit_card
from tests.ledgers import Holder, LedgerUnderTest

pytestmark = pytest.mark.databases_in_turn
PATH = "/api/transactions/upcoming?limit=50"


def listed(holder: Holder, query: str = "") -> list[dict[str, Any]]:
    rows = holder.ledger.call("GET", PATH + query, headers=holder.headers).json["data"]
    return [row for row in rows if row["kind"] in {"card_billing", "card_settlement"}]


def told(holder: Holder) -> list[tuple[str, str | None, str | None]]:
    rows = listed(holder, f"&account_id={holder.account_id}")
    assert {row["account_id"] for row in rows} <= {holder.account_id}
    return [(row["kind"], row["amount"], row["direction"]) for row in rows]


def billed_but_empty(ledger: LedgerUnderTest) -> CreditCard:
    """A bill of 100.00 that could not be settled, with a fee of 15.00 that the next one will have."""
    card = credit_card(ledger, ledger.open_account())
    card.buy("100.00")
    card.until(card.first_billing())
    return card


def test_a_coming_bill_stands_with_what_is_owed_by_now_on_both_accounts(ledger: LedgerUnderTest) -> None:
    card = credit_card(ledger, ledger.open_account(deposit_minor=100_000))
    assert told(card.account) == [("card_billing", "0.00", "in")]
    assert told(card.checking) == [], "nothing will be taken"
    card.buy("80.00")
    assert told(card.account) == [("card_billing", "80.00", "in")]
    assert told(card.checking) == [("card_billing", "80.00", "out")]
    assert card.pay(amount="30.00").status_code == 201
    assert told(card.account) == [("card_billing", "50.00", "in")]
    assert told(card.checking) == [("card_billing", "50.00", "out")]
    ledger.check()


def test_of_a_bill_that_was_paid_in_part_what_is_left_is_listed_on_both_accounts(ledger: LedgerUnderTest) -> None:
    card = billed_but_empty(ledger)
    assert told(card.account) == [("card_settlement", "100.00", "in"), ("card_billing", "15.00", "in")]
    assert told(card.checking) == [("card_settlement", "100.00", "out"), ("card_billing", "15.00", "out")]
    other = ledger.open_account(card.checking.owner_id, deposit_minor=10_000)
    assert card.pay(amount="40.00", from_account_id=other.account_id).status_code == 201
    assert told(card.account) == [("card_settlement", "60.00", "in"), ("card_billing", "15.00", "in")]
    assert told(card.checking) == [("card_settlement", "60.00", "out"), ("card_billing", "15.00", "out")]
    assert told(other) == []
    due = ledger.call("GET", "/api/transactions/clock/due?limit=50", headers=ledger.staff()).json["data"]
    of_the_bank = {row["kind"]: row["amount"] for row in due}
    assert (of_the_bank["card_settlement"], of_the_bank["card_billing"]) == ("60.00", "15.00")
    assert card.checking.deposit("60.00").status_code == 201
    card.until(card.first_billing().replace(day=1) - timedelta(days=1))
    assert told(card.checking) == [("card_billing", "15.00", "out")], "what was settled is not to come"
    ledger.check()


def test_both_sides_of_a_bill_have_their_own_place_in_the_list(ledger: LedgerUnderTest) -> None:
    card = billed_but_empty(ledger)
    rows = listed(card.account)
    assert [(row["account_id"] == card.account.account_id) for row in rows].count(True) == 2
    assert len({row["id"] for row in rows}) == len(rows) == 4
    paid = f"Credit card bill, paid from ··{card.checking.number[-4:]}"
    assert sorted(row["description"] for row in rows)[:2] == ["Credit card bill", paid]
    found: list[str] = []
    path = "/api/transactions/upcoming?limit=1"
    page = ledger.call("GET", path, headers=card.account.headers).json
    while True:
        found += [row["id"] for row in page["data"] if row["kind"] != "interest"]
        if page["next_cursor"] is None:
            break
        page = ledger.call("GET", f"{path}&cursor={page['next_cursor']}", headers=card.account.headers).json
    assert found == [row["id"] for row in rows]
    for place, row in enumerate(rows):
        assert [each["id"] for each in listed(card.account, f"&after={row['id']}")] == found[place + 1 :]
    stranger = ledger.open_account()
    assert listed(stranger, f"&account_id={card.checking.account_id}") == []


def test_however_many_bills_are_due_the_list_of_the_bank_asks_as_often(ledger: LedgerUnderTest) -> None:
    card = billed_but_empty(ledger)
    asked = asked_for_what_is_due(ledger)
    others = [credit_card(ledger, ledger.open_account()) for _ in range(3)]
    for other in others:
        other.buy("50.00")
    card.until(max(other.first_billing() for other in others))
    due = ledger.call("GET", "/api/transactions/clock/due?limit=50", headers=ledger.staff()).json["data"]
    waiting = [row["amount"] for row in due if row["kind"] == "card_settlement"]
    assert len(waiting) == 4, "the first one's next bill too"
    assert asked_for_what_is_due(ledger) <= asked


def asked_for_what_is_due(ledger: LedgerUnderTest) -> int:
    """How many statements the database is given for a page of what falls due."""
    with statements_asked(ledger.app.extensions["database"].engine) as asked:
        ledger.call("GET", "/api/transactions/clock/due?limit=50", headers=ledger.staff())
    return sum(each.statement.startswith("SELECT") for each in asked)
