"""Opening accounts by the hundred for synthetic customers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from account_service.models import Account
from account_service.recovery import recover
from shared.identifiers import new_id
from tests.account_bank import AccountBank, account_bank


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


def item(user_id: str, key: str, **facts: Any) -> dict[str, Any]:
    return {"user_id": user_id, "account_type": "checking", "idempotency_key": key, **facts}


def batch(bank: AccountBank, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    reply = bank.simulation("POST", "/batch", {"accounts": items})
    assert reply.status_code == 200, reply.json
    results: list[dict[str, Any]] = reply.json["data"]
    return results


def test_five_hundred_accounts_are_opened_with_one_call_to_the_ledger(bank: AccountBank) -> None:
    people = [bank.person(synthetic=True) for _ in range(100)]
    items = [item(people[n % 100], f"k{n}", initial_deposit="10.00") for n in range(500)]
    results = batch(bank, items)
    assert {result["status"] for result in results} == {"completed"}
    assert [result["account"]["user_id"] for result in results] == [one["user_id"] for one in items]
    assert {result["account"]["balance"] for result in results} == {"10.00"}
    assert len({result["account"]["account_number"] for result in results}) == 500
    assert bank.weather.calls == ["POST /internal/ledger/accounts/batch"]
    assert len(bank.entries()) == 500
    assert len(bank.events()) == 500


def test_a_batch_sent_again_opens_nothing_again(bank: AccountBank) -> None:
    made = bank.person(synthetic=True)
    first = batch(bank, [item(made, "a"), item(made, "b")])
    again = batch(bank, [item(made, "b"), item(made, "a"), item(made, "c")])
    assert [result["status"] for result in again] == ["replayed", "replayed", "completed"]
    assert [result["account"] for result in again[:2]] == [first[1]["account"], first[0]["account"]]
    assert len(bank.simulation("GET", "/all").json["data"]) == 3


def test_each_item_is_refused_for_its_own_reason_and_leaves_no_trace(bank: AccountBank) -> None:
    made = bank.person(synthetic=True)
    batch(bank, [item(made, "used")])
    results = batch(
        bank,
        [
            item(bank.person(), "real"),
            item(new_id(), "unknown"),
            item(bank.person(synthetic=True, status="disabled"), "disabled"),
            item(made, "used", account_type="savings"),
            item(made, "currency", currency="ZZZ"),
            item(made, "much", initial_deposit="1000000.01"),
            item(made, "good"),
        ],
    )
    assert [result["status"] for result in results] == ["refused"] * 6 + ["completed"]
    assert [result["error"]["error_code"] for result in results[:6]] == [
        "NOT_SYNTHETIC",
        "OWNER_UNKNOWN",
        "OWNER_DISABLED",
        "IDEMPOTENCY_KEY_REUSED",
        "VALIDATION_ERROR",
        "MOVEMENT_LIMIT_EXCEEDED",
    ]
    assert len(bank.simulation("GET", "/all").json["data"]) == 2


def test_a_batch_whose_reply_was_lost_is_answered_when_it_is_sent_again(bank: AccountBank) -> None:
    made = bank.person(synthetic=True)
    items = [item(made, key, initial_deposit="1.00") for key in ("a", "b")]
    bank.weather.lose_replies = 1
    assert bank.simulation("POST", "/batch", {"accounts": items}).status_code == 503
    waiting = batch(bank, items)
    assert {result["error"]["error_code"] for result in waiting} == {"IDEMPOTENCY_KEY_IN_FLIGHT"}
    with bank.database.write() as connection:
        connection.execute(update(Account).values(leased_until=0))
    assert recover(bank.context) == 2
    assert [result["status"] for result in batch(bank, items)] == ["replayed", "replayed"]
    assert len(bank.entries()) == 2


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_of_an_impossible_size_is_refused(bank: AccountBank, count: int) -> None:
    items = [item(new_id(), f"k{n}") for n in range(count)]
    assert bank.simulation("POST", "/batch", {"accounts": items}).status_code == 422


def test_one_key_twice_in_a_batch_is_refused(bank: AccountBank) -> None:
    made = bank.person(synthetic=True)
    assert bank.simulation("POST", "/batch", {"accounts": [item(made, "k")] * 2}).status_code == 422


def test_only_a_simulation_opens_batches_and_an_administrator_with_its_scope(bank: AccountBank) -> None:
    body = {"accounts": [item(bank.person(synthetic=True), "k")]}
    assert bank.staff("POST", "/batch", body, role="admin").status_code == 403
    allowed = bank.call("POST", "/batch", new_id(), body, role="admin", scope="bank:simulate")
    assert allowed.json["data"][0]["status"] == "completed"
    real = {"accounts": [item(bank.person(), "r")]}
    refused = bank.call("POST", "/batch", new_id(), real, role="admin", scope="bank:simulate")
    assert refused.json["data"][0]["error"]["error_code"] == "NOT_SYNTHETIC"


def test_ids_are_chosen_by_the_simulator_alone_in_development_alone_and_numbers_follow_from_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, numbers = new_id(), []
    for name, may_choose in (("one", True), ("two", True), ("production", False)):
        (folder := tmp_path / name).mkdir()
        with account_bank(folder, monkeypatch, may_reset=may_choose) as bank:
            items = [item(bank.person(synthetic=True), "k", id=chosen)]
            by_admin = bank.call("POST", "/batch", new_id(), {"accounts": items}, role="admin", scope="bank:simulate")
            assert (by_admin.status_code, list(by_admin.json["details"]["fields"])) == (422, ["accounts.0.id"])
            if not may_choose:
                assert bank.simulation("POST", "/batch", {"accounts": items}).status_code == 422
                continue
            (made,) = batch(bank, items)
            assert made["account"]["id"] == chosen
            assert batch(bank, items)[0]["account"] == made["account"]
            numbers.append(made["account"]["account_number"])
            taken = {"accounts": [item(bank.person(synthetic=True), "other", id=chosen)]}
            assert bank.simulation("POST", "/batch", taken).status_code == 422
    assert numbers[0] == numbers[1]
