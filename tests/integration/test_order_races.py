"""Whoever races on what was arranged beforehand, one of them wins and money moves once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from shared.time.target_calendar import following_target_day
from tests.holds import advance
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import (
    COLLECTIONS,
    MANDATES,
    STANDING,
    agreed_mandate,
    asked_mandate,
    bank_now,
    collect_on,
    executions,
    go_to,
    made,
    read,
    settled_day,
    standing_order,
)

pytestmark = pytest.mark.every_database


def _at_once(*calls: Callable[[], TestResponse]) -> list[TestResponse]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))


def _post(holder: Holder, path: str, key: str | None = None) -> TestResponse:
    return holder.ledger.call("POST", path, {}, headers=holder.headers, key=key)


def test_paused_against_its_execution_it_pays_once_or_not_at_all(ledger: LedgerUnderTest, rounds: int) -> None:
    ada, bob = ledger.open_account(deposit_minor=100_000), ledger.open_account()
    paid = 0
    for _ in range(rounds):
        day = following_target_day(bank_now(ledger).date() + timedelta(days=1))
        order = standing_order(ada, bob, "1.00", day)
        go_to(ledger, day, 5)
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(advance, ada, hours=2)
            pausing = pool.submit(_post, ada, f"{STANDING}/{order['id']}/pause")
            assert pausing.result().status_code == 200
            moving.result()
        go_to(ledger, day, 20)
        assert read(ada, f"{STANDING}/{order['id']}")["status"] == "paused"
        paid += len(executions(ada, order["id"]))
        assert bob.balance_minor == paid * 100


def test_confirmed_against_cancelled_it_ends_cancelled(ledger: LedgerUnderTest, rounds: int) -> None:
    ada, power = ledger.open_account(), ledger.open_account()
    for number in range(rounds):
        path = f"{MANDATES}/{asked_mandate(power, ada, f'M-{number}')['id']}"
        confirmed, cancelled = _at_once(
            lambda: _post(ada, f"{path}/confirm"),  # noqa: B023 (called in the round)
            lambda: _post(power, f"{path}/cancel"),  # noqa: B023
        )
        assert cancelled.status_code == 200
        assert confirmed.status_code in (200, 409), confirmed.text
        mandate = read(ada, path)
        assert (mandate["status"], mandate["confirmed_at"] is None) == ("cancelled", confirmed.status_code == 409)


def test_refunded_at_once_the_money_comes_back_once(ledger: LedgerUnderTest, rounds: int) -> None:
    ada, power = ledger.open_account(deposit_minor=100_000), ledger.open_account()
    mandate, day = agreed_mandate(power, ada), settled_day(ledger, 1)
    collected = [made(collect_on(power, mandate["id"], "1.00", day))["id"] for _ in range(rounds)]
    go_to(ledger, day, 7)
    assert power.balance_minor == rounds * 100
    for number, collection_id in enumerate(collected):
        path, key = f"{COLLECTIONS}/{collection_id}/refund", "same" if number % 2 else None
        replies = _at_once(*[lambda: _post(ada, path, key and f"{key}{number}")] * 3)  # noqa: B023
        statuses = sorted(reply.status_code for reply in replies)
        assert statuses == ([201] * 3 if key else [201, 409, 409])
    assert (power.balance_minor, ada.balance_minor) == (0, 100_000)


def test_cancelled_against_its_day_a_collection_is_paid_or_cancelled(ledger: LedgerUnderTest, rounds: int) -> None:
    ada, power = ledger.open_account(deposit_minor=100_000), ledger.open_account()
    mandate, paid = agreed_mandate(power, ada), 0
    for _ in range(rounds):
        day = following_target_day(bank_now(ledger).date() + timedelta(days=1))
        path = f"{COLLECTIONS}/{made(collect_on(power, mandate['id'], '1.00', day))['id']}"
        go_to(ledger, day, 5)
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(advance, ada, hours=2)
            cancelling = pool.submit(_post, power, f"{path}/cancel")
            status = cancelling.result().status_code
            moving.result()
        go_to(ledger, day, 9)
        assert read(ada, path)["status"] == ("cancelled" if status == 200 else "paid")
        paid += status == 409
        assert power.balance_minor == paid * 100


def test_an_order_changed_at_once_by_many_is_due_once(ledger: LedgerUnderTest, rounds: int) -> None:
    ada, bob = ledger.open_account(deposit_minor=100_000), ledger.open_account()
    day = settled_day(ledger, 2)
    for _ in range(rounds):
        order = standing_order(ada, bob, "1.00", day)
        path = f"{STANDING}/{order['id']}"
        replies = _at_once(
            lambda: _post(ada, f"{path}/pause"),  # noqa: B023
            lambda: _post(ada, f"{path}/resume"),  # noqa: B023
            lambda: ledger.call("PUT", path, {"frequency": "weekly"}, headers=ada.headers),  # noqa: B023
            lambda: ledger.call("DELETE", path, headers=ada.headers),  # noqa: B023
        )
        assert {reply.status_code for reply in replies} <= {200, 409}
        assert read(ada, path)["status"] == "cancelled"
    assert read(ada, "/api/transactions/upcoming") == []


def _closing(account: Holder) -> Callable[[], TestResponse]:
    ledger, path = account.ledger, f"/internal/ledger/accounts/{account.account_id}/status"
    return lambda: ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service)


def test_a_mandate_that_ends_against_its_collection_pays_or_returns_it(ledger: LedgerUnderTest, rounds: int) -> None:
    ada, power = ledger.open_account(deposit_minor=100_000), ledger.open_account()
    paid = 0
    for number in range(rounds):
        mandate = agreed_mandate(power, ada, f"M-{number}")
        day = following_target_day(bank_now(ledger).date() + timedelta(days=1))
        path = f"{COLLECTIONS}/{made(collect_on(power, mandate['id'], '1.00', day))['id']}"
        go_to(ledger, day, 5)
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(advance, ada, hours=2)
            ending = pool.submit(_post, (ada, power)[number % 2], f"{MANDATES}/{mandate['id']}/cancel")
            assert ending.result().status_code == 200
            moving.result()
        go_to(ledger, day, 9)
        collection = read(ada, path)
        assert (collection["status"], collection["return_code"]) in (("paid", None), ("returned", "MD01"))
        paid += collection["status"] == "paid"
        assert read(ada, f"{MANDATES}/{mandate['id']}")["status"] == "cancelled"
        assert power.balance_minor == paid * 100


def test_resumed_and_cancelled_against_its_execution_an_order_pays_at_most_once(
    ledger: LedgerUnderTest, rounds: int
) -> None:
    ada, bob = ledger.open_account(deposit_minor=100_000), ledger.open_account()
    paid = 0
    for number in range(rounds):
        day = following_target_day(bank_now(ledger).date() + timedelta(days=1))
        path = f"{STANDING}/{standing_order(ada, bob, '1.00', day)['id']}"
        if number % 2:
            assert _post(ada, f"{path}/pause").status_code == 200
        go_to(ledger, day, 5)
        with ThreadPoolExecutor(3) as pool:
            moving = pool.submit(advance, ada, hours=2)
            resuming = pool.submit(_post, ada, f"{path}/resume")
            cancelling = pool.submit(ledger.call, "DELETE", path, headers=ada.headers)
            assert resuming.result().status_code in (200, 409)
            assert cancelling.result().status_code == 200
            moving.result()
        go_to(ledger, day, 20)
        came_of_it = executions(ada, path.rpartition("/")[2])
        assert len(came_of_it) <= 1
        paid += len(came_of_it)
        assert read(ada, path)["status"] == "cancelled"
        assert bob.balance_minor == paid * 100


def test_an_account_that_closes_against_what_pays_into_it_is_closed_or_paid(
    ledger: LedgerUnderTest, rounds: int
) -> None:
    ada = ledger.open_account(deposit_minor=100_000)
    for _ in range(rounds):
        bob, day = ledger.open_account(), following_target_day(bank_now(ledger).date() + timedelta(days=1))
        order = standing_order(ada, bob, "1.00", day)
        go_to(ledger, day, 5)
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(advance, ada, hours=2)
            closing = pool.submit(_closing(bob)).result()
            moving.result()
        go_to(ledger, day, 20)
        (came_of_it,) = executions(ada, order["id"])
        assert closing.status_code in (200, 409), closing.text
        is_closed = closing.status_code == 200
        assert (came_of_it["error_code"], bob.balance_minor) == (("ACCOUNT_CLOSED", 0) if is_closed else (None, 100))
        assert ledger.call("DELETE", f"{STANDING}/{order['id']}", headers=ada.headers).status_code == 200


def test_refunded_against_its_creditor_leaving_the_money_comes_back_all_the_same(
    ledger: LedgerUnderTest, rounds: int
) -> None:
    ada = ledger.open_account(deposit_minor=100_000)
    for _ in range(rounds):
        power, day = ledger.open_account(), settled_day(ledger, 1)
        collection = made(collect_on(power, agreed_mandate(power, ada)["id"], "1.00", day))
        go_to(ledger, day, 7)
        assert power.withdraw("1.00").status_code == 201
        refunded, closed = _at_once(
            lambda: _post(ada, f"{COLLECTIONS}/{collection['id']}/refund"),  # noqa: B023 (called in the round)
            _closing(power),
        )
        assert refunded.status_code == 201, refunded.text
        assert ada.balance_minor == 100_000
        assert (closed.status_code, power.balance_minor) in ((200, 0), (409, -100))
