"""What a dispute is about is paid back once, by whom it should be, and not after half a lifetime."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from shared.identifiers import new_id
from tests.cards import SHOP, TestCard
from tests.holds import advance, figures
from tests.ledgers import Holder, LedgerUnderTest

pytestmark = pytest.mark.databases_in_turn


def _ask(card: TestCard, entry_id: str) -> TestResponse:
    asked = {"transaction_id": entry_id, "reason": "I have never been there"}
    return card.ask("/disputes", asked, headers=card.account.headers)


def _dispute(card: TestCard, entry_id: str) -> str:
    opened = _ask(card, entry_id)
    assert opened.status_code == 201, opened.text
    return str(opened.json["data"]["id"])


def _decide(card: TestCard, dispute_id: str, *, won: bool) -> None:
    decided = card.ask(f"/disputes/{dispute_id}/resolve", {"won": won}, headers=card.ledger.staff())
    assert decided.status_code == 200, decided.text


def _reverse(ledger: LedgerUnderTest, entry_id: str, **more: str) -> TestResponse:
    path, body = f"/api/transactions/{entry_id}/reverse", {"reason": "by hand", **more}
    return ledger.call("POST", path, body, headers=ledger.staff())


def _close(account: Holder) -> TestResponse:
    path = f"/internal/ledger/accounts/{account.account_id}/status"
    return account.ledger.call("PUT", path, {"status": "closed"}, headers=account.ledger.service)


def _sold(card: TestCard, shop: Holder, **more: object) -> str:
    """The id of a payment to a shop that has an account here."""
    merchant = {**SHOP, "account_id": shop.account_id}
    return str(card.authorized("40.00", merchant=merchant, **more)["id"])


@pytest.mark.parametrize("won", [None, False, True])
def test_nobody_reverses_by_hand_what_is_disputed_or_was(ledger: LedgerUnderTest, won: bool | None) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    entry_id = _sold(card, shop, capture=True)
    dispute_id = _dispute(card, entry_id)
    if won is not None:
        _decide(card, dispute_id, won=won)
    before = figures(ada), figures(shop)
    for part in ({}, {"amount": "1.00"}):
        refused = _reverse(ledger, entry_id, **part)
        assert (refused.status_code, refused.json["error_code"]) == (409, "PAYMENT_DISPUTED"), refused.text
        assert refused.json["details"] == {"dispute_id": dispute_id}
    assert (figures(ada), figures(shop)) == before
    ledger.check()


def test_what_was_reversed_in_part_is_disputed_for_the_rest_and_reversed_no_more(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True)["id"]
    assert _reverse(ledger, entry_id, amount="10.00").status_code == 201
    dispute_id = _dispute(card, entry_id)
    assert _reverse(ledger, entry_id).json["error_code"] == "PAYMENT_DISPUTED"
    _decide(card, dispute_id, won=True)
    assert figures(ada)[0] == "100.00"
    ledger.check()


def test_a_card_payment_is_disputed_up_to_the_end_of_its_hundred_and_twentieth_day(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    early, late = (card.authorized("10.00", capture=True)["id"] for _ in range(2))
    advance(ada, days=120)
    assert _dispute(card, early)
    advance(ada, days=1)
    refused = _ask(card, late)
    assert (refused.status_code, refused.json["error_code"]) == (409, "DISPUTE_TOO_LATE"), refused.text
    assert refused.json["details"]["until"].endswith("Z")
    assert figures(ada)[0] == "90.00", "one of them is back"
    ledger.check()


def test_a_shop_does_not_leave_while_cards_have_promised_it_money(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=20_000), ledger.open_account()
    card = TestCard(ada)
    first, second = _sold(card, shop), _sold(card, shop)
    refused = _close(shop)
    assert (refused.status_code, refused.json["error_code"]) == (409, "ACCOUNT_HAS_CARD_PAYMENTS"), refused.text
    assert refused.json["details"]["until"] == max(card.authorization(each)["expires_at"] for each in (first, second))
    assert card.reverse(first).status_code == 200
    assert _close(shop).json["error_code"] == "ACCOUNT_HAS_CARD_PAYMENTS"
    assert card.capture(second, amount="15.00", final=False).status_code == 201
    assert shop.withdraw("15.00").status_code == 201
    assert _close(shop).json["error_code"] == "ACCOUNT_HAS_CARD_PAYMENTS", "it may collect the rest"
    advance(ada, days=6)
    assert _close(shop).status_code == 200
    assert card.capture(second, amount="1.00").json["error_code"] == "ACCOUNT_CLOSED"
    assert figures(ada) == ("185.00", "185.00", "0.00")
    ledger.check()


def test_what_a_shop_is_promised_elsewhere_keeps_no_account_open(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    TestCard(ada).authorized("40.00")
    assert _close(bob).status_code == 200
    ledger.check()


def test_the_database_refuses_two_disputes_of_one_entry(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    for _ in range(2):
        _decide(card, _dispute(card, _sold(card, shop, capture=True)), won=True)
    database = ledger.app.extensions["database"]
    for name in ("position", "credit_position", "debit_position"):
        with database.read() as connection:
            values = sorted(connection.execute(text(f"SELECT {name} FROM disputes")).scalars())
        assert len(set(values)) == 2
        change = text(f"UPDATE disputes SET {name} = {values[0]} WHERE {name} = {values[1]}")
        with pytest.raises(IntegrityError), database.write() as connection:
            connection.execute(change)
    ledger.check()


def test_simulations_post_no_chargebacks_by_themselves(ledger: LedgerUnderTest) -> None:
    account = ledger.open_account(synthetic=True)
    headers = ledger.keys.headers("simulator", role="service", scope="bank:simulate")
    item = {"type": "chargeback", "account_id": account.account_id, "amount": "1.00", "idempotency_key": new_id()}
    (refused,) = ledger.call("POST", "/api/transactions/batch", {"items": [item]}, headers=headers).json["data"]
    assert refused["error"]["error_code"] == "VALIDATION_ERROR"
    assert figures(account)[0] == "0.00"


def test_disputed_and_reversed_at_once_it_comes_back_once(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=10_000_000)
    card = TestCard(ada)
    for _ in range(rounds):
        entry_id, before = card.authorized("40.00", capture=True)["id"], ada.balance_minor
        with ThreadPoolExecutor(3) as pool:
            disputing = [pool.submit(_ask, card, entry_id) for _ in range(2)]
            reversing = pool.submit(_reverse, ledger, entry_id)
            codes = [each.result().status_code for each in (*disputing, reversing)]
        assert sum(code < 300 for code in codes) == 1, codes
        assert ada.balance_minor == before + 4_000
    ledger.check()


def test_a_shop_leaves_or_is_promised_money_never_both(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=10_000_000)
    card = TestCard(ada)
    for _ in range(rounds):
        shop = ledger.open_account()
        merchant = {**SHOP, "account_id": shop.account_id}
        with ThreadPoolExecutor(2) as pool:
            closing = pool.submit(_close, shop)
            asking = pool.submit(card.authorize, "1.00", merchant=merchant)
            is_closed, asked = closing.result().status_code == 200, asking.result().json["data"]
        assert asked["status"] == ("declined" if is_closed else "approved")
    ledger.check()
