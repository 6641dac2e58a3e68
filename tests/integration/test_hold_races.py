"""Whoever races on a hold, it ends once, and what is held is what remains of holds (catalogue 12)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import TestResponse

from tests.cards import TestCard
from tests.holds import HOLDS, advance, capture, figures, hold_of, place, placed, void
from tests.ledgers import Holder, LedgerUnderTest

pytestmark = pytest.mark.every_database


def _at_once(*calls: Callable[[], TestResponse]) -> list[TestResponse]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))


def _rich(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=10_000_000)


def test_captured_twice_captured_against_given_back_one_of_them_wins(ledger: LedgerUnderTest, rounds: int) -> None:
    ada, shop = _rich(ledger), ledger.open_account()
    ended: Counter[str] = Counter()
    for _ in range(rounds):
        hold_id = placed(ada, "10.00")["id"]
        replies = _at_once(
            lambda: capture(ada, hold_id, to_account_id=shop.account_id),  # noqa: B023 (called in the round)
            lambda: void(ada, hold_id),  # noqa: B023
            lambda: capture(ada, hold_id),  # noqa: B023
            lambda: void(ada, hold_id),  # noqa: B023
        )
        assert sorted(reply.status_code for reply in replies)[1:] == [409] * 3
        ended[hold_of(ada, hold_id)["status"]] += 1
    assert set(ended) <= {"captured", "voided"}
    taken = ended["captured"] * 1_000
    assert ada.balance_minor == 10_000_000 - taken
    assert figures(ada)[2] == "0.00"


@pytest.mark.parametrize(("act", "ended"), [(capture, "captured"), (void, "voided")], ids=["capture", "void"])
def test_against_expiry_one_of_them_wins(
    ledger: LedgerUnderTest, rounds: int, act: Callable[..., TestResponse], ended: str
) -> None:
    ada = _rich(ledger)
    for _ in range(rounds):
        hold_id = placed(ada, "10.00", expires_in={"hours": 1})["id"]
        before = ada.balance_minor
        with ThreadPoolExecutor(3) as pool:
            moving = pool.submit(advance, ada, hours=1)
            racers = [pool.submit(act, ada, hold_id) for _ in range(2)]
            statuses = sorted(racer.result().status_code for racer in racers)
            moving.result()
        status = hold_of(ada, hold_id)["status"]
        if status == "expired":
            assert statuses == [409, 409]
        else:
            assert (status, statuses[1]) == (ended, 409)
        assert ada.balance_minor == before - (1_000 if status == "captured" else 0)
        assert figures(ada)[2] == "0.00"


def test_parts_captured_at_once_are_never_more_than_was_held(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = _rich(ledger)
    for _ in range(rounds):
        hold_id = placed(ada, "10.00")["id"]
        replies = _at_once(*[lambda: capture(ada, hold_id, amount="3.00", final=False)] * 6)  # noqa: B023
        assert Counter(reply.status_code for reply in replies) == {201: 3, 400: 3}
        hold = hold_of(ada, hold_id)
        assert (hold["captured_amount"], hold["remaining_amount"]) == ("9.00", "1.00")
        assert void(ada, hold_id).status_code == 200


def test_of_two_holds_on_the_last_euro_one_is_placed(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=100)
    for _ in range(rounds):
        replies = _at_once(lambda: place(ada, "1.00"), lambda: place(ada, "1.00"), lambda: ada.withdraw("1.00"))
        assert sorted(reply.status_code for reply in replies) == [201, 400, 400]
        for reply in replies:
            if reply.status_code == 201:
                made = reply.json["data"]
                assert (void(ada, made["id"]) if "expires_at" in made else ada.deposit("1.00")).status_code < 300
    assert figures(ada) == ("1.00", "1.00", "0.00")


@pytest.mark.parametrize("wanted", ["closed", "frozen"])
def test_captured_against_close_and_freeze(ledger: LedgerUnderTest, rounds: int, wanted: str) -> None:
    for _ in range(rounds):
        ada = ledger.open_account(deposit_minor=1_000)
        hold_id = placed(ada, "10.00")["id"]
        path = f"/internal/ledger/accounts/{ada.account_id}/status"
        captured, changed = _at_once(
            lambda: capture(ada, hold_id),  # noqa: B023
            lambda: ledger.call("PUT", path, {"status": wanted}, headers=ledger.service),  # noqa: B023
        )
        assert captured.status_code in ((201,) if wanted == "closed" else (201, 409)), captured.text
        assert changed.status_code in ((200, 409) if wanted == "closed" else (200,)), changed.text
        if captured.status_code == 409:
            assert captured.json["error_code"] == "ACCOUNT_FROZEN"
            assert figures(ada) == ("10.00", "0.00", "10.00")
        else:
            assert figures(ada) == ("0.00", "0.00", "0.00")


@pytest.mark.parametrize("wanted", ["closed", "frozen"])
def test_an_authorization_captured_against_close_and_freeze(ledger: LedgerUnderTest, rounds: int, wanted: str) -> None:
    """From a frozen account nothing is collected; one of which something was promised is not closed before."""
    for _ in range(rounds):
        ada = ledger.open_account(deposit_minor=1_000)
        card = TestCard(ada)
        authorization_id = card.authorized("10.00")["id"]
        path = f"/internal/ledger/accounts/{ada.account_id}/status"
        captured, changed = _at_once(
            lambda: card.capture(authorization_id),  # noqa: B023
            lambda: ledger.call("PUT", path, {"status": wanted}, headers=ledger.service),  # noqa: B023
        )
        assert changed.status_code in ((200, 409) if wanted == "closed" else (200,)), changed.text
        assert captured.status_code in ((201,) if wanted == "closed" else (201, 409)), captured.text
        status = card.authorization(authorization_id)["status"]
        if captured.status_code == 409:
            assert (captured.json["error_code"], status) == ("ACCOUNT_FROZEN", "approved")
            assert figures(ada) == ("10.00", "0.00", "10.00")
        else:
            assert status == "captured"
            assert figures(ada) == ("0.00", "0.00", "0.00")


def test_the_same_key_at_once_holds_once(ledger: LedgerUnderTest, rounds: int) -> None:
    ada, staff = _rich(ledger), ledger.staff()
    payload = {"account_id": ada.account_id, "amount": "1.00"}
    for number in range(rounds):
        replies = _at_once(
            *[lambda: ledger.call("POST", HOLDS, payload, headers=staff, key=f"k{number}")] * 4  # noqa: B023
        )
        done = [reply for reply in replies if reply.status_code == 201]
        assert len({reply.json["data"]["id"] for reply in done}) == 1
        assert {reply.status_code for reply in replies} <= {201, 409}
    assert figures(ada)[2] == f"{rounds}.00"
