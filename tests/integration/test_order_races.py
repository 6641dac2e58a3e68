"""Whoever races on what was arranged beforehand, one of them wins and money moves once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from shared.target_calendar import following_target_day
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
