"""Holds: money that is promised takes from what is available, and ends once: captured, given back or expired."""

import pytest

from shared.identifiers import new_id
from tests.holds import HOLDS, advance, capture, figures, hold_of, place, placed, void
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.databases_in_turn


def test_held_money_is_not_available_and_still_in_the_balance(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    hold = placed(ada, "80.00", description="Hotel deposit", expires_in={"days": 5})
    assert (hold["status"], hold["amount"], hold["remaining_amount"]) == ("pending", "80.00", "80.00")
    assert figures(ada) == ("100.00", "20.00", "80.00")
    refused = ada.pay(bob, "20.01")
    assert (refused.status_code, refused.json["error_code"]) == (400, "INSUFFICIENT_FUNDS")
    assert ada.pay(bob, "20.00").status_code == 201
    more = place(ada, "0.01")
    assert (more.status_code, more.json["error_code"]) == (400, "INSUFFICIENT_FUNDS")
    assert more.json["details"] == {"currency": "EUR", "available": "0.00", "amount": "0.01"}
    assert hold_of(ada, hold["id"]) == hold


def test_a_capture_takes_what_is_held_and_gives_the_rest_back(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    hold = placed(ada, "80.00", description="Hotel deposit")
    taken = capture(ada, hold["id"], amount="64.50", to_account_id=shop.account_id)
    assert taken.status_code == 201, taken.text
    entry = taken.json["data"]
    assert (entry["type"], entry["amount"], entry["description"]) == ("card_purchase", "64.50", "Hotel deposit")
    assert entry["balance_after"] == "35.50"
    assert figures(ada) == ("35.50", "35.50", "0.00")
    assert figures(shop)[0] == "64.50"
    ended = hold_of(ada, hold["id"])
    assert (ended["status"], ended["captured_amount"], ended["remaining_amount"]) == ("captured", "64.50", "0.00")
    for again in (capture(ada, hold["id"]), void(ada, hold["id"])):
        assert (again.status_code, again.json["error_code"]) == (409, "HOLD_NOT_PENDING")
        assert again.json["details"] == {"status": "captured"}


def test_a_hold_is_captured_in_parts_up_to_its_amount(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    hold = placed(ada, "60.00")
    assert capture(ada, hold["id"], amount="10.00", final=False).status_code == 201
    assert figures(ada) == ("90.00", "40.00", "50.00")
    assert capture(ada, hold["id"], amount="15.00", final=False).status_code == 201
    too_much = capture(ada, hold["id"], amount="35.01", final=False)
    assert (too_much.status_code, too_much.json["error_code"]) == (400, "MORE_THAN_HELD")
    assert too_much.json["details"] == {"currency": "EUR", "available": "35.00", "amount": "35.01"}
    assert void(ada, hold["id"], amount="5.00").json["data"]["remaining_amount"] == "30.00"
    assert capture(ada, hold["id"], final=False).json["data"]["amount"] == "30.00"
    ended = hold_of(ada, hold["id"])
    assert (ended["status"], ended["captured_amount"]) == ("captured", "55.00")
    assert figures(ada) == ("45.00", "45.00", "0.00")


def test_a_capture_may_take_more_only_where_it_says_so_and_more_is_available(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    hold = placed(ada, "60.00")
    other = placed(ada, "20.00")
    assert capture(ada, hold["id"], amount="65.00").json["error_code"] == "MORE_THAN_HELD"
    beyond = capture(ada, hold["id"], amount="80.01", over_capture=True)
    assert (beyond.json["error_code"], beyond.json["details"]["available"]) == ("INSUFFICIENT_FUNDS", "80.00")
    assert capture(ada, hold["id"], amount="80.00", over_capture=True).status_code == 201
    assert figures(ada) == ("20.00", "0.00", "20.00")
    assert capture(ada, other["id"]).status_code == 201


def test_what_is_held_is_captured_whatever_a_fee_has_taken_meanwhile(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=5_000, synthetic=True)
    hold = placed(ada, "50.00")
    admin = ledger.keys.headers(new_id(), role="admin", scope="bank:simulate")
    fee = {"type": "fee", "account_id": ada.account_id, "amount": "7.00", "idempotency_key": "fee"}
    (result,) = ledger.call("POST", "/api/transactions/batch", {"items": [fee]}, headers=admin).json["data"]
    assert result["status"] == "completed"
    assert figures(ada) == ("43.00", "-7.00", "50.00")
    assert capture(ada, hold["id"], amount="50.01", over_capture=True).json["error_code"] == "INSUFFICIENT_FUNDS"
    assert capture(ada, hold["id"]).status_code == 201
    assert figures(ada) == ("-7.00", "-7.00", "0.00")


def test_a_hold_given_back_is_available_again(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    hold = placed(ada, "80.00")
    gone = void(ada, hold["id"])
    assert (gone.status_code, gone.json["data"]["status"]) == (200, "voided")
    assert figures(ada) == ("100.00", "100.00", "0.00")


def test_a_hold_expires_when_the_bank_clock_is_there(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    hold = placed(ada, "80.00", expires_in={"hours": 5})
    later = placed(ada, "5.00", expires_in={"days": 2})
    assert advance(ada, hours=4)["due_work"] == 0
    assert hold_of(ada, hold["id"])["status"] == "pending"
    advance(ada, hours=1)
    ended = hold_of(ada, hold["id"])
    assert (ended["status"], ended["ended_at"]) == ("expired", hold["expires_at"])
    assert figures(ada) == ("100.00", "95.00", "5.00")
    again = capture(ada, hold["id"])
    assert (again.status_code, again.json["details"]) == (409, {"status": "expired"})
    assert capture(ada, later["id"]).status_code == 201


def test_the_same_key_holds_once_and_is_answered_alike(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    staff, payload = ledger.staff(), {"account_id": ada.account_id, "amount": "30.00"}
    first, second = (ledger.call("POST", HOLDS, payload, headers=staff, key="hold") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json["data"] == second.json["data"]
    assert figures(ada)[2] == "30.00"
    other = ledger.call("POST", HOLDS, {**payload, "amount": "31.00"}, headers=staff, key="hold")
    assert (other.status_code, other.json["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    path = f"{HOLDS}/{first.json['data']['id']}"
    captured = [ledger.call("POST", f"{path}/capture", {}, headers=staff, key="hold") for _ in range(2)]
    assert [reply.status_code for reply in captured] == [201, 201], "each operation has keys of its own"
    assert captured[0].json["data"]["id"] == captured[1].json["data"]["id"]
    assert figures(ada) == ("70.00", "70.00", "0.00")


def test_captures_are_bound_by_no_limit_and_use_up_none(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(movement_limit_minor=1_000, daily_limit_minor=2_000)
    bob = ledger.open_account(deposit_minor=10_000)
    assert bob.pay(ada, "100.00").status_code == 201
    hold = placed(ada, "60.00")
    assert capture(ada, hold["id"]).status_code == 201
    assert [ada.pay(bob, "10.00").status_code for _ in range(3)] == [201, 201, 400]


def test_an_account_with_held_money_is_not_closed_and_a_frozen_one_neither_holds_nor_pays(
    ledger: LedgerUnderTest,
) -> None:
    ada = ledger.open_account(deposit_minor=5_000)
    hold = placed(ada, "50.00")
    path = f"/internal/ledger/accounts/{ada.account_id}/status"
    frozen = ledger.call("PUT", path, {"status": "frozen", "reason": "looked at"}, headers=ledger.service)
    assert frozen.status_code == 200
    assert capture(ada, hold["id"]).json["error_code"] == "ACCOUNT_FROZEN"
    assert place(ada, "1.00").json["error_code"] == "ACCOUNT_FROZEN"
    ledger.call("PUT", path, {"status": "open"}, headers=ledger.service)
    assert capture(ada, hold["id"]).status_code == 201
    ada.deposit("1.00")
    last = placed(ada, "1.00")
    closing = ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service)
    assert (closing.status_code, closing.json["error_code"]) == (409, "ACCOUNT_NOT_EMPTY")
    assert capture(ada, last["id"]).status_code == 201
    assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 200
    assert place(ada, "1.00").json["error_code"] == "ACCOUNT_CLOSED"


def test_owners_see_their_holds_and_nobody_elses(ledger: LedgerUnderTest) -> None:
    ada, eve = ledger.open_account(deposit_minor=10_000), ledger.open_account(deposit_minor=10_000)
    holds = [placed(ada, f"{amount}.00")["id"] for amount in (1, 2, 3)]
    theirs = placed(eve, "9.00")["id"]
    void(ada, holds[1])

    def listed(headers: dict[str, str], query: str = "") -> list[str]:
        reply = ledger.call("GET", f"{HOLDS}{query}", headers=headers)
        assert reply.status_code == 200, reply.text
        return [hold["id"] for hold in reply.json["data"]]

    assert listed(ada.headers) == holds[::-1]
    assert listed(ada.headers, "?status=pending") == [holds[2], holds[0]]
    assert listed(ada.headers, f"?account_id={eve.account_id}") == []
    assert ledger.call("GET", f"{HOLDS}/{theirs}", headers=ada.headers).status_code == 404
    assert set(listed(ledger.staff())) >= {*holds, theirs}
    assert listed(ledger.staff(), f"?account_id={eve.account_id}&status=pending") == [theirs]
    first = ledger.call("GET", f"{HOLDS}?limit=2", headers=ada.headers).json
    assert [hold["id"] for hold in first["data"]] == holds[:0:-1]
    assert listed(ada.headers, f"?limit=2&cursor={first['next_cursor']}") == holds[:1]
    assert listed(ada.headers, f"?after={holds[0]}") == holds[1:]


def test_customers_cannot_hold_and_staff_not_on_what_is_their_own(ledger: LedgerUnderTest) -> None:
    employee = new_id()
    ada, own = ledger.open_account(deposit_minor=10_000), ledger.open_account(employee, deposit_minor=1_000)
    as_employee = ledger.keys.headers(employee, role="employee")
    payload = {"account_id": ada.account_id, "amount": "1.00"}
    assert ledger.call("POST", HOLDS, payload, headers=ada.headers).status_code == 403
    mine = ledger.call("POST", HOLDS, {**payload, "account_id": own.account_id}, headers=as_employee)
    assert (mine.status_code, mine.json["error_code"]) == (403, "OWN_INTEREST")
    hold = placed(ada, "5.00")
    path = f"{HOLDS}/{hold['id']}/capture"
    taken = ledger.call("POST", path, {"to_account_id": own.account_id}, headers=as_employee)
    assert (taken.status_code, taken.json["error_code"]) == (403, "OWN_INTEREST")
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    assert ledger.call("POST", HOLDS, payload, headers=simulator).status_code == 404, "real customers are not simulated"
    assert ledger.call("POST", path, {}, headers=simulator).status_code == 404


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"amount": "0.00"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": "-1.00"}, "amount"),
        ({"expires_in": {}}, "expires_in"),
        ({"expires_in": {"days": 401}}, "expires_in.days"),
        ({"expires_in": {"days": 400, "hours": 1}}, "expires_in"),
        ({"account_id": "none"}, "account_id"),
    ],
)
def test_what_cannot_be_held_is_named(ledger: LedgerUnderTest, payload: dict[str, object], field: str) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    sent = {"account_id": ada.account_id, "amount": "1.00", **payload}
    reply = ledger.call("POST", HOLDS, sent, headers=ledger.staff())
    assert reply.status_code == 422, reply.text
    assert field in reply.json["details"]["fields"], reply.text
