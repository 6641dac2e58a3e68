"""What a dispute has given back meanwhile stays within reach until it is decided, and nobody gains by the way."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import TestResponse

from shared.identifiers import new_id
from tests.cards import NETWORK, SHOP, TestCard
from tests.exchanges import positions, tell_rates
from tests.holds import figures
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import told

pytestmark = pytest.mark.databases_in_turn


def _disputed(card: TestCard, entry_id: str) -> dict[str, str]:
    asked = {"transaction_id": entry_id, "reason": "I have never been there"}
    opened = card.ask("/disputes", asked, headers=card.account.headers)
    assert opened.status_code == 201, opened.text
    dispute: dict[str, str] = opened.json["data"]
    return dispute


def _decided(card: TestCard, dispute: dict[str, str], *, won: bool) -> TestResponse:
    return card.ask(f"/disputes/{dispute['id']}/resolve", {"won": won}, headers=card.ledger.staff())


def _close(account: Holder) -> TestResponse:
    path = f"/internal/ledger/accounts/{account.account_id}/status"
    return account.ledger.call("PUT", path, {"status": "closed"}, headers=account.ledger.service)


def test_nobody_takes_a_disputed_payment_out_and_closes_the_account(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    dispute = _disputed(card, card.authorized("40.00", capture=True)["id"])
    assert ada.withdraw("100.00").status_code == 201
    refused = _close(ada)
    assert (refused.status_code, refused.json["error_code"]) == (409, "ACCOUNT_HAS_DISPUTES")
    assert _decided(card, dispute, won=False).status_code == 200
    assert figures(ada)[0] == "-40.00"
    ledger.check()


def test_an_account_is_closed_once_its_disputes_are_decided(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=4_000)
    card = TestCard(ada)
    dispute = _disputed(card, card.authorized("40.00", capture=True)["id"])
    assert ada.withdraw("40.00").status_code == 201
    assert _decided(card, dispute, won=True).status_code == 200
    assert _close(ada).status_code == 200
    ledger.check()


def test_what_a_dispute_gave_back_is_taken_again_by_its_decision_alone(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    dispute = _disputed(card, card.authorized("40.00", capture=True)["id"])
    path = f"/api/transactions/{dispute['credit_transaction_id']}/reverse"
    refused = ledger.call("POST", path, {"reason": "by hand"}, headers=ledger.staff())
    assert (refused.status_code, refused.json["error_code"]) == (400, "NOT_REVERSIBLE")
    assert _decided(card, dispute, won=True).status_code == 200
    assert figures(ada)[0] == "100.00"
    ledger.check()


def test_what_was_decided_is_not_disputed_again(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    entry_id = card.authorized("40.00", capture=True)["id"]
    assert _decided(card, _disputed(card, entry_id), won=False).status_code == 200
    again = card.ask("/disputes", {"transaction_id": entry_id, "reason": "still"}, headers=ada.headers)
    assert (again.status_code, again.json["error_code"]) == (409, "NOT_DISPUTABLE")
    ledger.check()


def test_whoever_opened_a_dispute_for_its_holder_leaves_the_decision_to_a_colleague(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    clerk, colleague = ledger.staff(), ledger.keys.headers(new_id(), role="admin", username="grace")
    asked = {"transaction_id": card.authorized("40.00", capture=True)["id"], "reason": "They called us"}
    opened = card.ask("/disputes", asked, headers=clerk).json["data"]
    assert (opened["opened_by"]["kind"], opened["decided_by"]) == ("staff", None)
    path = f"/disputes/{opened['id']}/resolve"
    for won in (True, False):
        refused = card.ask(path, {"won": won}, headers=clerk)
        assert (refused.status_code, refused.json["error_code"]) == (403, "OWN_INTEREST")
    decided = card.ask(path, {"won": True}, headers=colleague).json["data"]
    assert decided["decided_by"] == {"kind": "staff", "name": "grace"}
    (seen,) = ledger.call("GET", "/api/card-network/disputes", headers=ada.headers).json["data"]
    assert (seen["opened_by"], seen["decided_by"]) == ({"kind": "bank", "name": None},) * 2, "no names for customers"
    ledger.check()


def test_the_shop_s_owner_neither_opens_nor_decides_a_dispute_as_staff(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card, owner = TestCard(ada), ledger.keys.headers(shop.owner_id, role="employee")
    entry_id = card.authorized("40.00", capture=True, merchant={**SHOP, "account_id": shop.account_id})["id"]
    asked = {"transaction_id": entry_id, "reason": "They called us"}
    assert card.ask("/disputes", asked, headers=owner).json["error_code"] == "OWN_INTEREST"
    path = f"/disputes/{_disputed(card, entry_id)['id']}/resolve"
    assert card.ask(path, {"won": False}, headers=owner).json["error_code"] == "OWN_INTEREST"
    assert card.ask(path, {"won": False}, headers=ledger.staff()).status_code == 200
    ledger.check()


def test_nobody_disputes_what_they_paid_to_themself(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    entry_id = _sold(TestCard(ada), ledger.open_account(ada.owner_id))
    refused = TestCard(ada).ask("/disputes", {"transaction_id": entry_id, "reason": "not me"}, headers=ada.headers)
    assert (refused.status_code, refused.json["error_code"]) == (409, "NOT_DISPUTABLE")
    ledger.check()


@pytest.mark.parametrize("is_of_this_bank", [True, False])
@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_is_told_of_as_it_is_opened_and_as_it_is_decided(
    ledger: LedgerUnderTest, *, is_of_this_bank: bool, won: bool
) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    shop = ledger.open_account() if is_of_this_bank else None
    entry_id = card.authorized("40.00", capture=True, merchant=SHOP)["id"] if shop is None else _sold(card, shop)
    dispute = _disputed(card, entry_id)
    (opened,) = told(ledger, "dispute_opened", "dispute_resolved")
    facts = {
        "dispute_id": dispute["id"],
        "transaction_id": entry_id,
        "account_id": ada.account_id,
        "user_id": ada.owner_id,
        "amount_minor": 4_000,
        "currency": "EUR",
        "merchant_name": SHOP["name"],
    }
    assert opened == {"type": "dispute_opened", **facts, "status": "open", "happened_at": opened["happened_at"]}
    assert _decided(card, dispute, won=won).status_code == 200
    assert _decided(card, dispute, won=won).status_code == 409
    _, resolved = told(ledger, "dispute_opened", "dispute_resolved")
    facts = {**facts, "status": "won" if won else "lost", "happened_at": resolved["happened_at"]}
    assert resolved == {"type": "dispute_resolved", **facts}
    ledger.check()


def _sold(card: TestCard, shop: Holder, amount: str = "40.00", **more: str) -> str:
    """The id of a payment to a shop that has an account here."""
    merchant = {**SHOP, "account_id": shop.account_id}
    return str(card.authorized(amount, capture=True, merchant=merchant, **more)["id"])


def _shop_s_row(shop: Holder) -> dict[str, str]:
    path = f"/api/transactions/list?account_id={shop.account_id}&type=chargeback"
    (row,) = shop.ledger.call("GET", path, headers=shop.headers).json["data"]
    found: dict[str, str] = row
    return found


@pytest.mark.parametrize("status", ["open", "frozen"])
def test_a_shop_that_loses_a_dispute_pays_it_below_zero_if_need_be(ledger: LedgerUnderTest, status: str) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    entry_id = _sold(card, shop)
    assert shop.withdraw("30.00").status_code == 201
    dispute = _disputed(card, entry_id)
    assert figures(shop)[0] == "10.00", "the shop keeps it until that is decided"
    ledger.check()
    path = f"/internal/ledger/accounts/{shop.account_id}/status"
    assert ledger.call("PUT", path, {"status": status}, headers=ledger.service).status_code == 200
    decided = _decided(card, dispute, won=True).json["data"]
    assert (figures(ada)[0], figures(shop)[0]) == ("100.00", "-30.00")
    row = _shop_s_row(shop)
    assert (row["id"], row["direction"], row["reverses"]) == (decided["debit_transaction_id"], "out", None)
    assert row["description"] == f"Disputed card payment SB-{entry_id[-12:].upper()}"
    (seen,) = ledger.call("GET", f"{NETWORK}/disputes", headers=ada.headers).json["data"]
    assert seen["debit_transaction_id"] is None, "no business of the card's holder"
    refused = ledger.call("POST", f"/api/transactions/{row['id']}/reverse", {"reason": "no"}, headers=ledger.staff())
    assert refused.json["error_code"] == "NOT_REVERSIBLE"
    assert card.ask("/refunds", {"original_id": entry_id}).json["error_code"] == "NOT_REVERSIBLE"
    ledger.check()


def test_a_shop_that_wins_a_dispute_has_paid_nothing(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    decided = _decided(card, _disputed(card, _sold(card, shop)), won=False).json["data"]
    assert decided["debit_transaction_id"] is None
    assert (figures(ada)[0], figures(shop)[0]) == ("60.00", "40.00")
    ledger.check()


def test_of_a_payment_that_was_refunded_in_part_the_shop_pays_the_rest(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    entry_id = _sold(card, shop)
    assert card.ask("/refunds", {"original_id": entry_id, "amount": "15.00"}).status_code == 201
    assert _decided(card, _disputed(card, entry_id), won=True).status_code == 200
    assert (figures(ada)[0], figures(shop)[0]) == ("100.00", "0.00")
    ledger.check()


def test_a_shop_pays_in_its_own_currency_what_it_was_paid(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    ada, shop = ledger.open_account(deposit_minor=100_000), ledger.open_account(currency="USD")
    card = TestCard(ada)
    entry_id = _sold(card, shop, "100.00", currency="USD")
    tell_rates(ledger, USD="2")
    assert _decided(card, _disputed(card, entry_id), won=True).status_code == 200
    assert (figures(ada)[0], figures(shop)[0]) == ("1000.00", "0.00")
    assert positions(ledger) == {"EUR": 0, "USD": 0}
    ledger.check()


def test_the_network_pays_for_a_shop_that_had_left_before(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    entry_id = _sold(card, shop)
    assert shop.withdraw("40.00").status_code == 201
    assert _close(shop).status_code == 200
    decided = _decided(card, _disputed(card, entry_id), won=True).json["data"]
    assert (decided["status"], decided["debit_transaction_id"]) == ("won", None)
    assert (figures(ada)[0], figures(shop)[0]) == ("100.00", "0.00")
    ledger.check()


def test_a_shop_does_not_leave_while_what_it_was_paid_is_disputed(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    dispute = _disputed(card, _sold(card, shop))
    assert shop.withdraw("40.00").status_code == 201
    assert _close(shop).json["error_code"] == "ACCOUNT_HAS_DISPUTES"
    assert _decided(card, dispute, won=False).status_code == 200
    assert _close(shop).status_code == 200
    ledger.check()


def test_decided_both_ways_at_once_as_the_shop_leaves_it_is_decided_once(ledger: LedgerUnderTest, rounds: int) -> None:
    ada = ledger.open_account(deposit_minor=10_000_000)
    balance = 10_000_000
    for _ in range(rounds):
        card, shop = TestCard(ada), ledger.open_account()
        entry_id = _sold(card, shop)
        assert shop.withdraw("40.00").status_code == 201
        dispute = _disputed(card, entry_id)
        with ThreadPoolExecutor(4) as pool:
            leaving = pool.submit(_close, shop)
            deciding = [pool.submit(_decided, card, dispute, won=won) for won in (True, False, True)]
            codes = sorted(each.result().status_code for each in deciding)
        assert codes == [200, 409, 409]
        path = f"{NETWORK}/disputes/{dispute['id']}"
        is_won = ledger.call("GET", path, headers=ledger.staff()).json["data"]["status"] == "won"
        balance -= 0 if is_won else 4_000
        assert (ada.balance_minor, shop.balance_minor) == (balance, -4_000 if is_won else 0)
        assert leaving.result().status_code == 409 or not is_won
    ledger.check()
