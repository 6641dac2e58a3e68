"""What employees look up of one customer, and what leads from a card payment to all that came of it."""

from typing import Any

import pytest

from tests.cards import NETWORK, TestCard
from tests.holds import HOLDS, placed
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import (
    COLLECTIONS,
    MANDATES,
    SCHEDULED,
    STANDING,
    act,
    agreed_mandate,
    collect_on,
    go_to,
    made,
    read,
    scheduled_payment,
    settled_day,
    standing_order,
)

UPCOMING = "/api/transactions/upcoming"


@pytest.fixture
def ada(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=50_000)


@pytest.fixture
def power(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=50_000, holder_name="Power and Light")


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def asked(ledger: LedgerUnderTest, path: str, headers: dict[str, str], status: int = 200) -> Any:
    reply = ledger.call("GET", path, headers=headers)
    assert reply.status_code == status, reply.text
    return reply.json["data" if status == 200 else "error_code"]


def test_staff_read_the_lists_of_one_customer_and_nobody_else_does(
    ledger: LedgerUnderTest, ada: Holder, power: Holder
) -> None:
    day = settled_day(ledger, 5)
    order = standing_order(ada, power, "5.00", day)
    payment = scheduled_payment(ada, power, "6.00", day)
    standing_order(power, ada, "7.00", day)
    scheduled_payment(power, ada, "8.00", day)
    hold = placed(ada, "9.00")
    placed(power, "10.00")
    mandate = agreed_mandate(power, ada)
    collection = made(collect_on(power, mandate["id"], "11.00", day))
    dispute = _disputed(TestCard(ada))
    _disputed(TestCard(power))
    other = ledger.open_account()
    for path, found in (
        (STANDING, [order["id"]]),
        (SCHEDULED, [payment["id"]]),
        (HOLDS, [hold["id"]]),
        (MANDATES, [mandate["id"]]),
        (COLLECTIONS, [collection["id"]]),
        (f"{NETWORK}/disputes", [dispute["id"]]),
    ):
        query = f"{path}?user_id={ada.owner_id}&limit=10"
        narrowed = query if path != HOLDS else f"{query}&status=pending"
        assert ids(asked(ledger, narrowed, ledger.staff())) == found, path
        assert ids(asked(ledger, narrowed, ada.headers)) == found, path
        assert asked(ledger, f"{path}?user_id={other.owner_id}", ledger.staff()) == [], path
        assert asked(ledger, query, other.headers, 403) == "FORBIDDEN", path
    (shown,) = asked(ledger, f"{STANDING}?user_id={ada.owner_id}", ledger.staff())
    assert shown["recipient"] == {"name": "Power and Light", "account_number": power.number}, "staff see who is paid"
    assert read(ada, f"{STANDING}/{order['id']}")["recipient"]["name"] == "P*** a*** L***"
    (authorization,) = asked(ledger, f"{NETWORK}/authorizations?user_id={ada.owner_id}", ledger.staff())
    assert authorization["account_id"] == ada.account_id
    theirs = asked(ledger, f"{UPCOMING}?user_id={ada.owner_id}", ledger.staff())
    assert theirs == read(ada, UPCOMING)
    assert {order["id"], payment["id"], hold["id"], collection["id"]} <= set(ids(theirs))
    assert asked(ledger, UPCOMING, ledger.staff()) == [], "their own"
    assert asked(ledger, f"{UPCOMING}?user_id={ada.owner_id}", other.headers, 403) == "FORBIDDEN"
    ledger.check()


def test_direct_debits_are_listed_by_the_side_on_which_somebody_stands(
    ledger: LedgerUnderTest, ada: Holder, power: Holder
) -> None:
    day = settled_day(ledger, 5)
    pays, collects = agreed_mandate(power, ada, "PAYS"), agreed_mandate(ada, power, "COLLECTS")
    paid = made(collect_on(power, pays["id"], "1.00", day))
    collected = made(collect_on(ada, collects["id"], "2.00", day))
    for side, mandate, collection in (("debtor", pays, paid), ("creditor", collects, collected)):
        for headers in (ada.headers, ledger.staff()):
            query = f"?side={side}&user_id={ada.owner_id}&account_id={ada.account_id}"
            assert ids(asked(ledger, MANDATES + query, headers)) == [mandate["id"]]
            assert ids(asked(ledger, COLLECTIONS + query, headers)) == [collection["id"]]
        assert asked(ledger, f"{MANDATES}?side={side}&account_id={power.account_id}", ada.headers) == []
    assert asked(ledger, f"{MANDATES}?side=both", ada.headers, 422) == "VALIDATION_ERROR"
    ledger.check()


def test_what_came_of_a_scheduled_payment_is_told(ledger: LedgerUnderTest, ada: Holder, power: Holder) -> None:
    day = settled_day(ledger, 3)
    paid, too_much = scheduled_payment(ada, power, "20.00", day), scheduled_payment(ada, power, "9000.00", day)
    assert read(ada, f"{SCHEDULED}/{paid['id']}/executions") == []
    go_to(ledger, day, 15)
    (done,) = read(ada, f"{SCHEDULED}/{paid['id']}/executions")
    assert (done["status"], done["amount"], done["due_on"]) == ("completed", "20.00", day.isoformat())
    assert read(ada, f"/api/transactions/details/{done['transaction_id']}")["amount"] == "20.00"
    (failed,) = read(ada, f"{SCHEDULED}/{too_much['id']}/executions")
    assert (failed["status"], failed["error_code"], failed["attempts"]) == ("failed", "INSUFFICIENT_FUNDS", 2)
    assert asked(ledger, f"{SCHEDULED}/{paid['id']}/executions", power.headers, 404) == "NOT_FOUND"
    assert asked(ledger, f"{STANDING}/{paid['id']}/executions", ada.headers, 404) == "NOT_FOUND"
    ledger.check()


def test_what_came_of_an_authorization_is_listed_while_it_is_pending_and_after(
    ledger: LedgerUnderTest, ada: Holder
) -> None:
    card = TestCard(ada)
    it, declined = card.authorized("40.00"), card.authorize("9000.00").json["data"]
    card.authorized("5.00", capture=True)

    def came_of(authorization_id: str) -> list[tuple[str, str]]:
        query = f"authorization_id={authorization_id}"
        listed = read(ada, f"/api/transactions/list?{query}")
        assert ids(listed) == ids(read(ada, f"/api/transactions/account/{ada.account_id}?{query}"))
        assert ids(listed) == ids(asked(ledger, f"/api/transactions/all?{query}", ledger.staff()))
        return [(row["status"], row["amount"]) for row in listed]

    assert came_of(it["id"]) == [("pending", "40.00")]
    assert came_of(declined["id"]) == [("refused", "9000.00")]
    path = f"/authorizations/{it['id']}/capture"
    for amount, final in (("10.00", False), ("12.00", True)):
        assert card.ask(path, {"amount": amount, "final": final}).status_code == 201
    assert sorted(came_of(it["id"])) == [("completed", "10.00"), ("completed", "12.00")]
    ledger.check()


def test_the_dispute_of_a_payment_is_found_by_the_payment(ledger: LedgerUnderTest, ada: Holder) -> None:
    card = TestCard(ada)
    dispute, _ = _disputed(card), _disputed(card)
    path = f"{NETWORK}/disputes?transaction_id={dispute['transaction_id']}"
    assert ids(read(ada, path)) == [dispute["id"]]
    other = ledger.open_account()
    assert read(other, path) == []


def _disputed(card: TestCard) -> dict[str, Any]:
    entry_id = card.authorized("3.00", capture=True)["id"]
    return act(card.account, f"{NETWORK}/disputes", payload={"transaction_id": entry_id, "reason": "Not mine"})
