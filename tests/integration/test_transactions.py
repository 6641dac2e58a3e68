"""The public API of the ledger, on a real file: what a client sees."""

import pytest

from reporting_service.reports import summaries
from shared.enums import TransactionType
from shared.identifiers import new_id
from shared.privacy.masking import mask_account_number
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.databases_in_turn


def test_a_deposit_a_withdrawal_and_a_transfer_stand_in_both_histories(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    assert ada.deposit("5.00", description="cash").status_code == 201
    assert ada.withdraw("1.00").json["data"]["balance_after"] == "104.00"
    sent = ada.pay(bob, "4.50", description="lunch", category="food").json["data"]
    assert (sent["direction"], sent["balance_after"], sent["amount"]) == ("out", "99.50", "4.50")
    assert sent["counterparty"] == {
        "name": "Ada Lovelace",
        "account_number": mask_account_number(bob.number),
    }
    rows = ledger.call("GET", "/api/transactions/list", headers=bob.headers).json["data"]
    assert [(row["id"], row["direction"], row["balance_after"]) for row in rows] == [(sent["id"], "in", "4.50")]
    assert ada.balance_minor == 9_950


def test_a_recipient_can_be_named_by_account_number_written_with_spaces(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account()
    spaced = " ".join(bob.number[i : i + 4] for i in range(0, len(bob.number), 4)).lower()
    payload = {"from_account_id": ada.account_id, "to_account_number": spaced, "amount": "1"}
    assert ledger.call("POST", "/api/transactions/transfer", payload, headers=ada.headers).status_code == 201
    assert bob.balance_minor == 100


@pytest.mark.parametrize("to_both", [True, False])
def test_a_transfer_names_exactly_one_recipient(ledger: LedgerUnderTest, to_both: bool) -> None:
    ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account()
    payload = {"from_account_id": ada.account_id, "amount": "1"}
    if to_both:
        payload |= {"to_account_id": bob.account_id, "to_account_number": bob.number}
    reply = ledger.call("POST", "/api/transactions/transfer", payload, headers=ada.headers)
    assert (reply.status_code, reply.json["error_code"]) == (422, "VALIDATION_ERROR")


def test_somebody_elses_account_and_one_that_is_not_there_look_the_same(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account(deposit_minor=100)
    answers = []
    for account_id in (bob.account_id, new_id()):
        payload = {"from_account_id": account_id, "to_account_id": ada.account_id, "amount": "1"}
        reply = ledger.call("POST", "/api/transactions/transfer", payload, headers=ada.headers)
        answers.append((reply.status_code, {**reply.json, "request_id": ""}))
        reply = ledger.call("GET", f"/api/transactions/account/{account_id}", headers=ada.headers)
        answers.append((reply.status_code, {**reply.json, "request_id": ""}))
    assert answers[0] == answers[2]
    assert answers[1] == answers[3]
    assert answers[0][0] == answers[1][0] == 404


def test_a_refused_attempt_is_listed_to_the_one_who_tried_and_to_nobody_else(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account()
    assert ada.pay(bob, "50.00").json["error_code"] == "INSUFFICIENT_FUNDS"
    (row,) = ledger.call("GET", "/api/transactions/list?status=refused", headers=ada.headers).json["data"]
    assert (row["status"], row["error_code"], row["amount"]) == ("refused", "INSUFFICIENT_FUNDS", "50.00")
    assert ledger.call("GET", f"/api/transactions/details/{row['id']}", headers=ada.headers).json["data"] == row
    assert ledger.call("GET", f"/api/transactions/details/{row['id']}", headers=bob.headers).status_code == 404
    assert ledger.call("GET", "/api/transactions/list", headers=bob.headers).json["data"] == []


def test_a_transfer_between_ones_own_accounts_is_listed_once_and_on_each_account(ledger: LedgerUnderTest) -> None:
    checking = ledger.open_account(deposit_minor=1_000)
    savings = ledger.open_account(checking.owner_id)
    moved = checking.pay(savings, "3.00").json["data"]
    assert moved["counterparty"]["account_number"] == savings.number
    rows = ledger.call("GET", "/api/transactions/list?type=transfer", headers=checking.headers).json["data"]
    assert [(row["id"], row["direction"]) for row in rows] == [(moved["id"], "out")]
    for holder, direction in ((checking, "out"), (savings, "in")):
        path = f"/api/transactions/account/{holder.account_id}?type=transfer"
        rows = ledger.call("GET", path, headers=checking.headers).json["data"]
        assert [(row["id"], row["direction"]) for row in rows] == [(moved["id"], direction)]


def test_pages_are_stable_under_inserts_and_hold_every_row_once(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=100)
    made = [ada.deposit("1.00").json["data"]["id"] for _ in range(25)]
    seen, cursor = [], ""
    while cursor is not None:
        path = "/api/transactions/list?limit=7&type=deposit" + (f"&cursor={cursor}" if cursor else "")
        page = ledger.call("GET", path, headers=ada.headers).json
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
        ada.deposit("1.00")
    assert seen[:25] == made[::-1]
    assert len(seen) == len(set(seen)) == 26


def test_filters_narrow_the_list(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account(holder_name="Grace Hopper")
    ada.pay(bob, "5.00", description="Train 100%_ticket", category="transport")
    ada.pay(bob, "9.00", description="Shoes", category="clothing")

    def amounts(query: str) -> list[str]:
        reply = ledger.call("GET", f"/api/transactions/list?{query}", headers=ada.headers)
        assert reply.status_code == 200, reply.text
        return [row["amount"] for row in reply.json["data"]]

    assert amounts("category=transport") == ["5.00"]
    assert amounts("q=grace") == ["9.00", "5.00"]
    assert amounts("q=100%25_t") == ["5.00"]
    assert amounts("q=%25") == ["5.00"]
    assert amounts("min_amount=9&max_amount=9.00") == ["9.00"]
    assert amounts("direction=in") == ["100.00"]
    assert amounts("to=1971-01-01") == []
    assert amounts("from=1971-01-01") == ["9.00", "5.00", "100.00"]
    assert amounts(f"account_id={bob.account_id}") == []


def test_staff_reverse_a_transfer_in_parts_and_never_more_than_all_of_it(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    paid = ada.pay(bob, "60.00").json["data"]
    path, staff = f"/api/transactions/{paid['id']}/reverse", ledger.staff()
    first = ledger.call("POST", path, {"reason": "duplicate", "amount": "20.00"}, headers=staff)
    assert (first.status_code, first.json["data"]["reverses"]) == (201, paid["id"])
    too_much = ledger.call("POST", path, {"reason": "duplicate", "amount": "40.01"}, headers=staff)
    assert too_much.json["error_code"] == "REVERSAL_TOO_LARGE"
    assert ledger.call("POST", path, {"reason": "the rest"}, headers=staff).json["data"]["amount"] == "40.00"
    again = ledger.call("POST", path, {"reason": "again"}, headers=staff).json
    assert (again["error_code"], "nothing is left to give back" in again["message"]) == ("NOT_REVERSIBLE", True)
    shown = ledger.call("GET", f"/api/transactions/details/{paid['id']}", headers=ada.headers).json["data"]
    assert shown["reversed_amount"] == "60.00"
    assert (ada.balance_minor, bob.balance_minor) == (10_000, 0)
    on_reversal = f"/api/transactions/{first.json['data']['id']}/reverse"
    assert ledger.call("POST", on_reversal, {"reason": "no"}, headers=staff).json["error_code"] == "NOT_REVERSIBLE"
    assert ledger.call("POST", path, {"reason": "mine"}, headers=ada.headers).status_code == 403


def test_a_spent_deposit_cannot_be_reversed_below_the_floor(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(), ledger.open_account()
    paid_in = ada.deposit("10.00").json["data"]
    ada.pay(bob, "10.00")
    reply = ledger.call("POST", f"/api/transactions/{paid_in['id']}/reverse", {"reason": "x"}, headers=ledger.staff())
    assert reply.json["error_code"] == "INSUFFICIENT_FUNDS"


def test_limits_hold_per_movement_and_per_day_of_the_banks_time(ledger: LedgerUnderTest) -> None:
    limits = {"movement_limit_minor": 5_000, "daily_limit_minor": 8_000}
    ada, bob = ledger.open_account(deposit_minor=5_000, **limits), ledger.open_account()
    ada.deposit("50.00"), ada.deposit("50.00")
    assert ada.pay(bob, "50.01").json["error_code"] == "MOVEMENT_LIMIT_EXCEEDED"
    assert ada.pay(bob, "50.00").status_code == 201
    assert ada.withdraw("30.01").json["error_code"] == "DAILY_LIMIT_EXCEEDED"
    assert ada.withdraw("30.00").status_code == 201
    admin = ledger.keys.headers(new_id(), role="admin", scope="bank:simulate")
    ledger.call("POST", "/api/transactions/clock", {"advance_by": {"days": 1}}, headers=admin)
    assert ada.pay(bob, "40.00").status_code == 201


def test_the_bank_clock_moves_forward_only_and_only_for_a_simulation(ledger: LedgerUnderTest) -> None:
    admin = ledger.keys.headers(new_id(), role="admin", scope="bank:simulate")
    path = "/api/transactions/clock"
    before = ledger.call("GET", path, headers=admin).json["data"]
    assert before["real"] is True
    assert ledger.call("POST", path, {"advance_by": {"days": 1}}, headers=ledger.staff("admin")).status_code == 403
    moved = ledger.call("POST", path, {"advance_by": {"days": 30, "hours": 2}}, headers=admin).json["data"]
    assert moved["bank_time"] > before["bank_time"]
    assert moved["real"] is False
    back = ledger.call("POST", path, {"advance_to": before["bank_time"]}, headers=admin)
    assert (back.status_code, back.json["error_code"]) == (400, "CLOCK_BACKWARDS")
    ada = ledger.open_account()
    assert ada.deposit("1").json["data"]["effective_at"] >= moved["bank_time"]


def test_a_time_is_set_for_synthetic_customers_alone_and_never_in_the_future(ledger: LedgerUnderTest) -> None:
    real, synthetic = ledger.open_account(), ledger.open_account(synthetic=True)
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    admin = ledger.keys.headers(new_id(), role="admin", scope="bank:simulate")

    def deposit(account_id: str, headers: dict[str, str], at: str = "2026-01-02T03:04:05Z") -> tuple[int, str]:
        payload = {"account_id": account_id, "amount": "1", "effective_at": at}
        reply = ledger.call("POST", "/api/transactions/deposit", payload, headers=headers)
        return reply.status_code, reply.json.get("error_code") or reply.json["data"]["effective_at"]

    assert deposit(synthetic.account_id, simulator) == (201, "2026-01-02T03:04:05.000000Z")
    assert deposit(synthetic.account_id, simulator, "2999-01-01T00:00:00Z") == (422, "VALIDATION_ERROR")
    assert deposit(real.account_id, simulator) == (404, "NOT_FOUND")
    assert deposit(real.account_id, admin) == (403, "FORBIDDEN")
    assert deposit(synthetic.account_id, synthetic.headers) == (403, "FORBIDDEN")


def test_frozen_and_closed_accounts_move_no_money(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account()
    path = f"/internal/ledger/accounts/{bob.account_id}/status"
    ledger.call("PUT", path, {"status": "frozen", "reason": "asked"}, headers=ledger.service)
    assert ada.pay(bob, "1").json["error_code"] == "ACCOUNT_FROZEN"
    ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service)
    assert ada.pay(bob, "1").json["error_code"] == "ACCOUNT_CLOSED"
    own = f"/internal/ledger/accounts/{ada.account_id}/status"
    assert (
        ledger.call("PUT", own, {"status": "closed"}, headers=ledger.service).json["error_code"] == "ACCOUNT_NOT_EMPTY"
    )
    assert ledger.call("PUT", path, {"status": "open"}, headers=ledger.service).json["error_code"] == "ACCOUNT_CLOSED"


def test_an_opening_asked_for_again_changes_nothing_and_with_other_facts_is_a_conflict(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=700)
    payload = {
        "owner_id": ada.owner_id,
        "account_number": ada.number,
        "holder_name": "Ada Lovelace",
        "account_type": "checking",
        "currency": "EUR",
        "movement_limit_minor": 1,
        "daily_limit_minor": 1,
        "initial_deposit_minor": 700,
        "opened_by": ada.owner_id,
    }
    path = f"/internal/ledger/accounts/{ada.account_id}"
    assert ledger.call("PUT", path, payload, headers=ledger.service).json["data"]["balance"] == "7.00"
    conflict = ledger.call("PUT", path, {**payload, "owner_id": new_id()}, headers=ledger.service)
    assert (conflict.status_code, conflict.json["error_code"]) == (409, "ACCOUNT_CONFLICT")


def test_the_bank_is_emptied_by_a_service_with_that_scope_and_can_start_again(ledger: LedgerUnderTest) -> None:
    ledger.open_account(deposit_minor=100)
    assert ledger.call("POST", "/internal/reset", {}, headers=ledger.staff("admin")).status_code == 403
    assert ledger.call("POST", "/internal/reset", {}, headers=ledger.service).status_code == 200
    assert ledger.check() == {"entries": 0, "keys": 0}
    assert ledger.open_account(deposit_minor=100).balance_minor == 100


def test_what_an_account_is_opened_with_says_so_and_is_no_income_in_reports(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    [row] = ledger.call("GET", "/api/transactions/list", headers=ada.headers).json["data"]
    assert (row["type"], row["category"], row["amount"]) == (TransactionType.DEPOSIT, summaries.OPENING, "100.00")
