"""One key, one execution (catalogue 6 to 10), on the ledger itself."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.ledgers import LedgerUnderTest, open_ledger

pytestmark = pytest.mark.every_database


def test_one_key_64_times_at_once_executes_once(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    with ThreadPoolExecutor(64) as pool:
        replies = list(pool.map(lambda _: ada.pay(bob, "1.00", key="once"), range(64)))
    assert Counter(reply.status_code for reply in replies) == {201: 64}
    assert len({reply.data for reply in replies}) == 1
    assert sum(reply.headers.get("Idempotent-Replayed") == "true" for reply in replies) == 63
    assert bob.balance_minor == 100


def test_one_key_with_two_bodies_at_once_lets_the_loser_write_nothing(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    for round_number in range(10):
        key = f"round-{round_number}"
        before = bob.balance_minor
        with ThreadPoolExecutor(2) as pool:
            replies = list(pool.map(lambda amount, key=key: ada.pay(bob, amount, key=key), ("1.00", "2.00")))
        won = [reply for reply in replies if reply.status_code == 201]
        lost = [reply for reply in replies if reply.status_code == 422]
        assert (len(won), len(lost)) == (1, 1)
        assert lost[0].json["error_code"] == "IDEMPOTENCY_KEY_REUSED"
        assert bob.balance_minor - before == int(won[0].json["data"]["amount"].replace(".", ""))


def test_someone_elses_key_is_independent_and_so_is_another_operations(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account(deposit_minor=1_000)
    assert ada.pay(bob, "1.00", key="same").status_code == 201
    reply = bob.pay(ada, "2.00", key="same")
    assert (reply.status_code, reply.headers.get("Idempotent-Replayed")) == (201, None)
    assert ada.deposit("1.00", key="same").status_code == 201
    assert (ada.balance_minor, bob.balance_minor) == (1_200, 900)


def test_replay_after_restart_gives_the_same_status_and_body(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as first:
        ada, bob = first.open_account(deposit_minor=1_000), first.open_account()
        done, refused = ada.pay(bob, "3.00", key="done"), ada.pay(bob, "99.00", key="refused")
        assert (done.status_code, refused.status_code) == (201, 400)
    with open_ledger(tmp_path) as second:
        headers = second.keys.headers(ada.owner_id)
        body = {"from_account_id": ada.account_id, "to_account_id": bob.account_id}
        funding = {"account_id": ada.account_id, "amount": "500.00"}
        assert second.call("POST", "/api/transactions/deposit", funding, headers=headers).status_code == 201
        for key, amount, before in (("done", "3.00", done), ("refused", "99.00", refused)):
            payload = {**body, "amount": amount}
            again = second.call("POST", "/api/transactions/transfer", payload, headers=headers, key=key)
            assert (again.status_code, again.data) == (before.status_code, before.data)
            assert again.headers["Idempotent-Replayed"] == "true"
        second.check()


def test_conflicts_and_invalid_requests_are_not_stored(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    path = f"/internal/ledger/accounts/{bob.account_id}/status"
    ledger.call("PUT", path, {"status": "frozen"}, headers=ledger.service)
    assert ada.pay(bob, "1.00", key="k").status_code == 409
    assert ada.pay(bob, "0.001", key="k").status_code == 422
    ledger.call("PUT", path, {"status": "open"}, headers=ledger.service)
    assert ada.pay(bob, "1.00", key="k").status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 256, "a b", "tab\there", "é", "\x7f"])
def test_a_key_that_is_not_visible_ascii_is_refused(ledger: LedgerUnderTest, key: str) -> None:
    ada = ledger.open_account()
    reply = ada.deposit("1.00", key=key)
    assert (reply.status_code, reply.json["error_code"]) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert ada.deposit("1.00", key="k" * 255).status_code == 201


def test_a_batch_and_a_single_request_share_their_keys(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    item = {"type": "transfer", "idempotency_key": "k", "from_account_id": ada.account_id}
    item |= {"to_account_id": bob.account_id, "amount": "1.00"}
    other = {**item, "amount": "2.00"}
    body = {"items": [item, item, other]}
    results = ledger.call("POST", "/api/transactions/batch", body, headers=ada.headers).json["data"]
    assert [result["status"] for result in results] == ["completed", "replayed", "refused"]
    assert results[0]["transaction"] == results[1]["transaction"]
    assert results[2]["error"]["error_code"] == "IDEMPOTENCY_KEY_REUSED"
    single = ada.pay(bob, "1.00", key="k")
    assert single.headers["Idempotent-Replayed"] == "true"
    assert bob.balance_minor == 100


def test_an_all_or_nothing_batch_with_one_refusal_leaves_no_trace(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    base = {"type": "transfer", "from_account_id": ada.account_id, "to_account_id": bob.account_id}
    items = [{**base, "idempotency_key": f"k{n}", "amount": amount} for n, amount in enumerate(["6.00", "6.00"])]
    before = ledger.check()
    body = {"items": items, "atomic": True}
    results = ledger.call("POST", "/api/transactions/batch", body, headers=ada.headers).json["data"]
    assert [result["error"]["error_code"] for result in results] == ["BATCH_ABORTED", "INSUFFICIENT_FUNDS"]
    assert ledger.check() == before
    ada.deposit("2.00")
    results = ledger.call("POST", "/api/transactions/batch", body, headers=ada.headers).json["data"]
    assert [result["status"] for result in results] == ["completed", "completed"]


def test_an_invalid_item_spoils_an_all_or_nothing_batch_and_no_other(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    good = {"type": "transfer", "idempotency_key": "g", "from_account_id": ada.account_id}
    good |= {"to_account_id": bob.account_id, "amount": "1.00"}
    bad = {**good, "idempotency_key": "b", "amount": "NaN"}
    for atomic, expected in ((True, ["BATCH_ABORTED", "VALIDATION_ERROR"]), (False, [None, "VALIDATION_ERROR"])):
        body = {"items": [good, bad], "atomic": atomic}
        results = ledger.call("POST", "/api/transactions/batch", body, headers=ada.headers).json["data"]
        assert [result.get("error", {}).get("error_code") for result in results] == expected
    assert bob.balance_minor == 100
