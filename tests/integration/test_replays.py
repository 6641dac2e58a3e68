"""The reply to a used key is rendered again from its entry: the same bytes, whatever has changed since."""

from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from shared.identifiers import new_id
from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.ledgers import Holder, LedgerUnderTest, open_ledger
from transaction_service.ledger.replays import CURRENT_FORM, FORMS
from transaction_service.payloads import Transaction

TRANSFER, DEPOSIT = "/api/transactions/transfer", "/api/transactions/deposit"


def kept_replies(ledger: LedgerUnderTest) -> list[tuple[str | None]]:
    with sqlite3.connect(ledger.path) as file:
        rows = file.execute("SELECT reply FROM idempotency_keys WHERE claimed_at > 0 ORDER BY number").fetchall()
    file.close()
    return rows


def rename(ledger: LedgerUnderTest, account: Holder, name: str, version: int) -> None:
    terms = {"version": version, "holder_name": name, "floor_minor": 0}
    terms |= {"movement_limit_minor": 10**8, "daily_limit_minor": 10**8}
    path = f"/internal/ledger/accounts/{account.account_id}/terms"
    assert ledger.call("PUT", path, terms, headers=ledger.service).status_code == 200


def test_every_kind_of_reply_is_the_same_again_and_none_of_them_is_kept_as_text(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000, synthetic=True), ledger.open_account(synthetic=True)
    savings, employee = ledger.open_account(ada.owner_id, synthetic=True), ledger.staff()
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    paid = ada.pay(bob, "1.00").json["data"]
    batch = [
        {"type": kind, "amount": "1.00", "idempotency_key": kind, "category": "ü", **sides}
        for kind, sides in (
            ("interest", {"account_id": ada.account_id}),
            ("fee", {"account_id": ada.account_id}),
            ("payroll", {"from_account_id": ada.account_id, "to_account_number": bob.number}),
        )
    ]
    in_a_batch = {"items": batch}
    calls: list[Callable[[], TestResponse]] = [
        lambda: ada.pay(bob, "1.00", key="t", description='Tea "for two"'),
        lambda: ada.pay(savings, "2.00", key="own"),
        lambda: ada.deposit("3.00", key="d"),
        lambda: ada.withdraw("0.50", key="w", category="cash"),
        lambda: ledger.call(
            "POST", DEPOSIT, {"account_id": ada.account_id, "amount": "4.00"}, headers=employee, key="staff"
        ),
        lambda: ledger.call(
            "POST", f"/api/transactions/{paid['id']}/reverse", {"reason": "mistake"}, headers=employee, key="back"
        ),
        lambda: ledger.call(
            "POST", DEPOSIT, {"account_id": ada.account_id, "amount": "4.00"}, headers=simulator, key="simulated"
        ),
    ]
    first = [call() for call in calls]
    items = ledger.call("POST", "/api/transactions/batch", in_a_batch, headers=simulator).json["data"]
    assert {reply.status_code for reply in first} == {201}
    assert first[-3].json["data"]["initiated_by"]["name"] is not None, "staff read names, in replays too"
    rename(ledger, bob, "Robert", 1)
    for before, call in zip(first, calls, strict=True):
        again = call()
        assert (again.status_code, again.data) == (before.status_code, before.data)
        assert again.headers["Idempotent-Replayed"] == "true"
    replayed = ledger.call("POST", "/api/transactions/batch", in_a_batch, headers=simulator).json["data"]
    assert [item["transaction"] for item in replayed] == [item["transaction"] for item in items]
    assert {item["status"] for item in replayed} == {"replayed"}
    assert set(kept_replies(ledger)) == {(None,)}


def test_a_replay_says_of_the_recipient_what_was_said_however_often_they_changed_their_name(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
        replies = []
        for version, name in enumerate(("Bob", "Robert", "Rob", "Robert", "Bob"), start=1):
            rename(ledger, bob, f"{name} Once", 2 * version - 1)
            rename(ledger, bob, name, 2 * version)
            replies.append(ada.pay(bob, "1.00", key=f"k{version}"))
    assert [reply.json["data"]["counterparty"]["name"] for reply in replies][:3] == ["Bob", "Robert", "Rob"]
    with open_ledger(tmp_path) as ledger:
        headers = ledger.keys.headers(ada.owner_id)
        body = {"from_account_id": ada.account_id, "to_account_id": bob.account_id, "amount": "1.00"}
        for version, before in enumerate(replies, start=1):
            again = ledger.call("POST", TRANSFER, body, headers=headers, key=f"k{version}")
            assert again.data == before.data
        ledger.check()


def test_a_refusal_is_kept_as_its_text_with_the_attempt_that_it_is_about(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account()
    refused = ada.pay(bob, "5.00", key="too-much")
    assert refused.status_code == 400
    ada.deposit("100.00")
    assert ada.pay(bob, "5.00", key="too-much").data == refused.data
    (attempt,) = ledger.call("GET", "/api/transactions/list?status=refused", headers=ada.headers).json["data"]
    with sqlite3.connect(ledger.path) as file:
        query = (
            "SELECT lower(hex(r.id)), r.details, k.reply FROM idempotency_keys k "
            "JOIN refused_attempts r ON r.id = k.refusal_id"
        )
        ((row_id, details, reply),) = file.execute(query).fetchall()
    file.close()
    assert row_id == attempt["id"].replace("-", "")
    assert '"available":"1.00"' in details
    assert details in reply


def test_the_present_form_of_replies_has_the_fields_of_the_api() -> None:
    assert FORMS[CURRENT_FORM] == tuple(Transaction.model_fields)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_never_changes(form: int) -> None:
    """Keys of before are answered in it; another set of fields is another form."""
    first = (
        "id type status amount currency from_account_id to_account_id account_id direction balance_after "
        "counterparty description category reference effective_at booked_at reverses reversed_amount error_code "
        "payer payee initiated_by"
    )
    second = f"{first} exchange card"
    third = f"{second} end_to_end_id due_work_id"
    pinned = {1: first, 2: second, 3: third, 4: f"{third} below_floor"}
    assert FORMS[form] == tuple(pinned[form].split())


def test_the_banks_own_keys_stand_in_nobodys_way(ledger: LedgerUnderTest) -> None:
    """Rule 18: whoever opens an account cannot have used up the key of its first deposit."""
    owner, account_id = new_id(), new_id()
    other = ledger.open_account(owner, deposit_minor=1_000)
    assert other.deposit("1.00", key=f"opening:{account_id}").status_code == 201
    facts = {
        "owner_id": owner,
        "account_number": "DE00123",
        "holder_name": "Ada",
        "account_type": "checking",
        "currency": "EUR",
        "movement_limit_minor": 10**6,
        "daily_limit_minor": 10**6,
        "initial_deposit_minor": 500,
        "opened_by": owner,
    }
    opened = ledger.call("PUT", f"/internal/ledger/accounts/{account_id}", facts, headers=ledger.service)
    assert opened.json["data"]["balance"] == "5.00"
