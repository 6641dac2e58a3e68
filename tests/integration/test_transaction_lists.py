"""Lists of transactions: who sees what in them, what is found, and pages that follow on."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.identifiers import new_id
from tests.ledgers import Holder, LedgerUnderTest

pytestmark = pytest.mark.databases_in_turn

LIST, ALL = "/api/transactions/list", "/api/transactions/all"
Get = Callable[..., Any]


def get(ledger: LedgerUnderTest, path: str, headers: dict[str, str], **query: object) -> Any:
    reply = ledger.app.test_client().get(path, query_string=query, headers=headers)
    return reply.json["data"] if reply.status_code == 200 else (reply.status_code, reply.json["error_code"])


def named(ledger: LedgerUnderTest, name: str, **facts: Any) -> Holder:
    return ledger.open_account(holder_name=name, **facts)


def test_the_bank_wide_list_heeds_status_and_direction(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    assert ada.pay(bob, "1.00").status_code == 201
    assert ada.pay(bob, "99.00").status_code == 400
    assert ada.withdraw("2.00").status_code == 201
    staff = ledger.staff()
    assert {row["status"] for row in get(ledger, ALL, staff)} == {"completed", "refused"}
    assert [row["error_code"] for row in get(ledger, ALL, staff, status="refused")] == ["INSUFFICIENT_FUNDS"]
    assert [row["type"] for row in get(ledger, ALL, staff, status="completed", direction="in")] == ["deposit"]
    assert [row["type"] for row in get(ledger, ALL, staff, status="completed", direction="out")] == ["withdrawal"]
    of_bob = get(ledger, ALL, staff, account_id=bob.account_id, direction="out")
    assert of_bob == []


def test_a_category_is_found_however_its_letters_are_composed(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account()
    assert ada.deposit("1.00", category="caf\u00e9").status_code == 201
    for typed in ("caf\u00e9", "cafe\u0301", " caf\u00e9 "):
        assert len(get(ledger, LIST, ada.headers, category=typed)) == 1
    assert get(ledger, LIST, ada.headers, category="caf\u00e9\0") == (422, "VALIDATION_ERROR")


def test_a_refusal_made_for_a_customer_is_listed_to_them_and_to_staff_and_to_nobody_else(
    ledger: LedgerUnderTest,
) -> None:
    ada, bob = ledger.open_account(), ledger.open_account()
    staff = ledger.staff()
    payload = {"from_account_id": ada.account_id, "to_account_id": bob.account_id, "amount": "5.00"}
    assert ledger.call("POST", "/api/transactions/transfer", payload, headers=staff).status_code == 400
    (theirs,) = get(ledger, LIST, ada.headers, status="refused")
    assert theirs["initiated_by"] == {"kind": "bank", "name": None}
    (seen,) = get(ledger, ALL, staff, status="refused")
    assert (seen["id"], seen["initiated_by"]["kind"]) == (theirs["id"], "staff")
    assert seen["initiated_by"]["name"].startswith("user-")
    assert get(ledger, LIST, bob.headers, status="refused") == []
    assert get(ledger, LIST, staff, status="refused") == []
    assert get(ledger, f"/api/transactions/details/{theirs['id']}", bob.headers) == (404, "NOT_FOUND")


def test_a_refused_payment_by_number_does_not_name_the_recipients_account(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(), ledger.open_account()
    payload = {"from_account_id": ada.account_id, "to_account_number": bob.number, "amount": "5.00"}
    assert ledger.call("POST", "/api/transactions/transfer", payload, headers=ada.headers).status_code == 400
    (refused,) = get(ledger, LIST, ada.headers, status="refused")
    assert refused["to_account_id"] is None
    assert refused["counterparty"] is None


def test_staff_find_a_transaction_by_either_sides_name_or_number_and_see_who_paid_whom(
    ledger: LedgerUnderTest,
) -> None:
    ada, bob = named(ledger, "Ada ÄÖÜ", deposit_minor=1_000), named(ledger, "Bob Łuk")
    paid = ada.pay(bob, "1.00").json["data"]["id"]
    staff = ledger.staff()
    for q in ("äöü", "łUK", ada.number, bob.number, bob.number[-8:], f"{bob.number[:4]} {bob.number[4:8]}"):
        found = get(ledger, ALL, staff, q=q, type="transfer")
        assert [row["id"] for row in found] == [paid], q
        assert (found[0]["payer"]["name"], found[0]["payee"]["name"]) == ("Ada ÄÖÜ", "Bob Łuk")
    assert get(ledger, ALL, staff, q="nobody of that name") == []


def test_a_customer_finds_a_counterparty_by_name_and_whole_number_but_no_hidden_digits(
    ledger: LedgerUnderTest,
) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), named(ledger, "Bob ŁUK")
    paid = ada.pay(bob, "1.00").json["data"]["id"]
    for q in ("łuk", bob.number, f"{bob.number[:4]}-{bob.number[4:]}"):
        assert [row["id"] for row in get(ledger, LIST, ada.headers, q=q)] == [paid], q
    assert get(ledger, LIST, ada.headers, q=bob.number[4:14]) == []
    assert get(ledger, LIST, ada.headers, q="a\x00") == (422, "VALIDATION_ERROR")


def test_details_show_the_side_of_the_account_they_are_read_for_else_both(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    path = f"/api/transactions/details/{ada.pay(bob, '1.00').json['data']['id']}"
    staff = ledger.staff()
    of_bob = get(ledger, path, staff, account_id=bob.account_id)
    assert (of_bob["direction"], of_bob["balance_after"]) == ("in", "1.00")
    of_nobody = get(ledger, path, staff)
    assert of_nobody["account_id"] is of_nobody["balance_after"] is None
    assert of_nobody["payer"] is not None
    assert of_nobody["payee"] is not None
    assert of_nobody["initiated_by"]["kind"] == "customer"
    assert get(ledger, path, bob.headers)["direction"] == "in"
    assert get(ledger, path, bob.headers, account_id=ada.account_id) == (404, "NOT_FOUND")


def test_a_poller_that_follows_the_last_id_misses_and_repeats_nothing(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    first = ada.pay(bob, "1.00").json["data"]["id"]
    paid = [ada.pay(bob, "1.00").json["data"]["id"] for _ in range(7)]
    for path, headers in (
        (LIST, ada.headers),
        (f"/api/transactions/account/{ada.account_id}", ada.headers),
        (ALL, ledger.staff()),
    ):
        seen: list[str] = []
        last = first
        while rows := get(ledger, path, headers, after=last, limit=3):
            seen += [row["id"] for row in rows]
            last = seen[-1]
        assert seen == paid, path
        page = ledger.app.test_client().get(f"{path}?after={first}&limit=3", headers=headers).json
        following = get(ledger, path, headers, cursor=page["next_cursor"], limit=200)
        assert [row["id"] for row in following] == paid[3:]
        assert get(ledger, path, headers, after=new_id()) == (422, "VALIDATION_ERROR")
        assert get(ledger, path, headers, after=first, cursor=page["next_cursor"]) == (422, "VALIDATION_ERROR")
    assert get(ledger, LIST, ledger.open_account().headers, after=first) == (422, "VALIDATION_ERROR")


def test_from_the_newest_time_gives_that_one_and_nothing_before(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    for _ in range(5):
        newest = ada.pay(bob, "1.00").json["data"]
    found = get(ledger, LIST, ada.headers, **{"from": newest["effective_at"]})
    assert [row["id"] for row in found] == [newest["id"]]


def test_a_date_alone_is_the_whole_day_and_a_reversed_range_is_refused(ledger: LedgerUnderTest) -> None:
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    account = ledger.open_account(synthetic=True)
    payload = {"account_id": account.account_id, "amount": "1.00", "effective_at": "2026-03-10T22:30:00Z"}
    assert ledger.call("POST", "/api/transactions/deposit", payload, headers=simulator).status_code == 201
    assert len(get(ledger, LIST, account.headers, **{"from": "2026-03-10", "to": "2026-03-10"})) == 1
    late = {**payload, "effective_at": "2026-03-10T23:30:00Z"}  # the eleventh in Berlin
    assert ledger.call("POST", "/api/transactions/deposit", late, headers=simulator).status_code == 201
    assert len(get(ledger, LIST, account.headers, **{"from": "2026-03-11", "to": "2026-03-11"})) == 1
    assert get(ledger, LIST, account.headers, **{"from": "2026-03-11", "to": "2026-03-10"}) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("changed", [{"type": "deposit"}, {"direction": "in"}, {"q": "x"}])
def test_a_cursor_of_another_list_or_of_other_filters_is_refused(
    ledger: LedgerUnderTest, changed: dict[str, str]
) -> None:
    ada = ledger.open_account()
    for _ in range(3):
        assert ada.deposit("1.00").status_code == 201
    page = ledger.app.test_client().get(f"{LIST}?limit=1", headers=ada.headers).json
    cursor = page["next_cursor"]
    assert len(get(ledger, LIST, ada.headers, cursor=cursor)) == 2
    refused = (422, "VALIDATION_ERROR")
    assert get(ledger, LIST, ada.headers, cursor=cursor, **changed) == refused
    assert get(ledger, f"/api/transactions/account/{ada.account_id}", ada.headers, cursor=cursor) == refused
    assert get(ledger, ALL, ledger.staff(), cursor=cursor) == refused


def test_an_account_shows_its_limits_and_a_refusal_says_its_figures(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000, movement_limit_minor=10_000, daily_limit_minor=8_000)
    bob = ledger.open_account()
    assert ada.pay(bob, "50.00").status_code == 201
    shown = get(ledger, f"/api/transactions/limits/{ada.account_id}", ada.headers)
    assert (shown["per_payment"], shown["daily"]) == ("100.00", "80.00")
    assert (shown["used_today"], shown["available_today"]) == ("50.00", "30.00")
    daily = ada.pay(bob, "31.00").json["details"]
    assert (daily["limit"], daily["used"], daily["available"]) == ("80.00", "50.00", "30.00")
    assert daily["retry_at"] == shown["resets_at"]
    assert ada.pay(bob, "100.01").json["details"]["limit"] == "100.00"
    assert bob.pay(ada, "50.01").json["details"]["available"] == "50.00"
    assert get(ledger, f"/api/transactions/limits/{ada.account_id}", bob.headers) == (404, "NOT_FOUND")
    assert get(ledger, f"/api/transactions/limits/{ada.account_id}", ledger.staff()) == shown
