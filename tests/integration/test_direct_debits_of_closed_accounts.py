"""Direct debits when an account on either side is closed: nothing goes on by itself, and nobody loses a refund."""

from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, update

from shared.identifiers import new_id
from tests.integration.test_card_bills import credit_card
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import (
    COLLECTIONS,
    MANDATES,
    agreed_mandate,
    asked_mandate,
    collect_on,
    go_to,
    made,
    read,
    settled_day,
    told,
)
from transaction_service.models import accounts, collections
from transaction_service.orders import direct_debits

STEP = "transaction_service.migrations.versions.0027_mandates_of_closed_accounts"

pytestmark = pytest.mark.databases_in_turn


@pytest.fixture
def power(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(holder_name="Power and Light")


@pytest.fixture
def ada(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=3_000)


def _close(account: Holder) -> None:
    path = f"/internal/ledger/accounts/{account.account_id}/status"
    reply = account.ledger.call("PUT", path, {"status": "closed"}, headers=account.ledger.service)
    assert reply.status_code == 200, reply.text


def _collected(power: Holder, ada: Holder) -> str:
    """The id of what was collected from her account, which she has closed since."""
    day = settled_day(power.ledger, 2)
    collection_id: str = made(collect_on(power, agreed_mandate(power, ada)["id"], "30.00", day))["id"]
    go_to(power.ledger, day, 7)
    _close(ada)
    return collection_id


def test_closing_what_pays_ends_its_mandates_and_returns_what_was_to_come(
    ledger: LedgerUnderTest, power: Holder
) -> None:
    ada = ledger.open_account()
    mandates = [agreed_mandate(power, ada, "A")["id"], asked_mandate(power, ada, "B")["id"]]
    day = settled_day(ledger, 3)
    collection = made(collect_on(power, mandates[0], "5.00", day))
    _close(ada)
    assert [read(power, f"{MANDATES}/{one}")["status"] for one in mandates] == ["cancelled", "cancelled"]
    returned = read(power, f"{COLLECTIONS}/{collection['id']}")
    assert (returned["status"], returned["return_code"]) == ("returned", "AC04")
    changed = told(ledger, "mandate_changed")[-2:]
    assert {(one["user_id"], one["side"], one["status"]) for one in changed} == {
        (power.owner_id, "creditor", "cancelled")
    }
    assert [one["user_id"] for one in told(ledger, "collection_returned")] == [power.owner_id]
    refused = collect_on(power, mandates[0], "5.00", day)
    assert (refused.status_code, refused.json["error_code"]) == (409, "MANDATE_NOT_ACTIVE")
    go_to(ledger, day, 7)
    _close(ada)
    ledger.check()


def test_closing_what_is_paid_calls_off_what_it_would_have_collected(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    mandate_id, day = agreed_mandate(power, ada)["id"], settled_day(ledger, 3)
    collection = made(collect_on(power, mandate_id, "5.00", day))
    _close(power)
    assert read(ada, f"{MANDATES}/{mandate_id}")["status"] == "cancelled"
    assert read(ada, f"{COLLECTIONS}/{collection['id']}")["status"] == "cancelled"
    assert [one["user_id"] for one in told(ledger, "mandate_changed")][-1:] == [ada.owner_id]
    go_to(ledger, day, 7)
    assert ada.balance_minor == 3_000
    ledger.check()


def test_the_debtor_of_a_closed_account_has_the_money_back_on_another_of_theirs(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    path, key = f"{COLLECTIONS}/{_collected(power, ada)}/refund", new_id()
    nowhere = ledger.call("POST", path, {}, headers=ada.headers)
    assert (nowhere.status_code, nowhere.json["error_code"]) == (409, "ACCOUNT_CLOSED")
    other, bob = ledger.open_account(ada.owner_id), ledger.open_account()
    dollars = ledger.open_account(ada.owner_id, currency="USD")
    for wrong in (bob.account_id, dollars.account_id, new_id()):
        refused = ledger.call("POST", path, {"to_account_id": wrong}, headers=ada.headers)
        assert (refused.status_code, list(refused.json["details"]["fields"])) == (422, ["to_account_id"])
    asked = {"to_account_id": other.account_id}
    first, again = (ledger.call("POST", path, asked, headers=ada.headers, key=key) for _ in range(2))
    assert (first.status_code, again.json) == (201, first.json), first.text
    assert ledger.call("POST", path, {}, headers=ada.headers, key=key).json["error_code"] == "IDEMPOTENCY_KEY_REUSED"
    assert (other.balance_minor, power.balance_minor, ada.balance_minor) == (3_000, 0, 0)
    entry = read(ada, f"/api/transactions/details/{first.json['data']['refund_transaction_id']}")
    assert (entry["type"], entry["to_account_id"]) == ("reversal", other.account_id)
    once_more = ledger.call("POST", path, asked, headers=ada.headers)
    assert once_more.json["error_code"] == "NOT_REFUNDABLE"
    ledger.check()


def test_staff_have_it_paid_to_nobody_else(ledger: LedgerUnderTest, power: Holder, ada: Holder) -> None:
    path = f"{COLLECTIONS}/{_collected(power, ada)}/refund"
    other, bob = ledger.open_account(ada.owner_id), ledger.open_account()
    clerk = ledger.staff()
    assert ledger.call("POST", path, {"to_account_id": bob.account_id}, headers=clerk).status_code == 422
    assert ledger.call("POST", path, {"to_account_id": other.account_id}, headers=clerk).status_code == 201
    ledger.check()


def test_while_the_account_that_paid_is_open_the_money_comes_back_to_it(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    day, other = settled_day(ledger, 2), ledger.open_account(ada.owner_id)
    collection_id = made(collect_on(power, agreed_mandate(power, ada)["id"], "30.00", day))["id"]
    go_to(ledger, day, 7)
    path, asked = f"{COLLECTIONS}/{collection_id}/refund", {"to_account_id": other.account_id}
    assert ledger.call("POST", path, asked, headers=ada.headers).status_code == 422
    assert ledger.call("POST", path, headers=ada.headers).status_code == 201, "a body is not needed"
    assert (ada.balance_minor, other.balance_minor) == (3_000, 0)
    ledger.check()


def test_a_refund_to_an_account_of_somebody_else_is_found(ledger: LedgerUnderTest, power: Holder, ada: Holder) -> None:
    collection_id, other = _collected(power, ada), ledger.open_account(ada.owner_id)
    path = f"{COLLECTIONS}/{collection_id}/refund"
    assert ledger.call("POST", path, {"to_account_id": other.account_id}, headers=ada.headers).status_code == 201
    ledger.check()
    is_it = accounts.c.id == other.account_id
    with ledger.app.extensions["database"].write() as connection:
        owner_id = connection.execute(select(accounts.c.owner_id).where(is_it)).scalar_one()
        connection.execute(update(accounts).where(is_it).values(owner_id=new_id()))
    found = ledger.call("GET", "/internal/ledger/proof", headers=ledger.service).json["data"]["findings"]
    assert collection_id in {finding["record"] for finding in found}
    with ledger.app.extensions["database"].write() as connection:
        connection.execute(update(accounts).where(is_it).values(owner_id=owner_id))
        assert connection.execute(select(collections.c.id)).scalar_one() == collection_id


def test_what_comes_back_is_on_no_credit_card(ledger: LedgerUnderTest, power: Holder, ada: Holder) -> None:
    card = credit_card(ledger, ledger.open_account(ada.owner_id))
    card.buy("20.00")
    path = f"{COLLECTIONS}/{_collected(power, ada)}/refund"
    refused = ledger.call("POST", path, {"to_account_id": card.account.account_id}, headers=ada.headers)
    assert refused.status_code == 422, refused.text
    assert "no credit card's" in refused.json["details"]["fields"]["to_account_id"]
    assert (card.account.balance_minor, power.balance_minor) == (-20_00, 30_00)
    ledger.check()


def test_what_had_come_back_onto_a_credit_card_has_paid_its_bill(
    ledger: LedgerUnderTest, power: Holder, ada: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = credit_card(ledger, ledger.open_account(ada.owner_id))
    card.buy("20.00")
    card.until(card.first_billing())
    assert (card.statements()[1]["status"], card.statements()[1]["left"]) == ("late", "20.00")
    path = f"{COLLECTIONS}/{_collected(power, ada)}/refund"
    with monkeypatch.context() as before:
        before.setattr(direct_debits, "_check_comes_back_to", lambda *_: None)
        asked = {"to_account_id": card.account.account_id}
        assert ledger.call("POST", path, asked, headers=ada.headers).status_code == 201
    assert (card.statements()[1]["status"], card.statements()[1]["left"]) == ("paid", "0.00")
    ledger.check()


def test_mandates_of_accounts_closed_by_earlier_releases_end_as_the_bank_is_upgraded(
    ledger: LedgerUnderTest, power: Holder, ada: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, day = ledger.open_account(), settled_day(ledger, 3)
    active, goes_on = agreed_mandate(power, ada, "A")["id"], agreed_mandate(power, shop, "B")["id"]
    pending, paid = asked_mandate(power, ada, "C")["id"], agreed_mandate(ada, shop)["id"]
    ended = agreed_mandate(shop, ada, "D")["id"]
    assert ledger.call("POST", f"{MANDATES}/{ended}/cancel", {}, headers=ada.headers).status_code == 200
    before = read(shop, f"{MANDATES}/{ended}")
    collection = made(collect_on(power, active, "5.00", day))
    with monkeypatch.context() as earlier:
        earlier.setattr(direct_debits, "end_all_of", lambda *_: None)
        assert ada.withdraw("30.00").status_code == 201
        _close(ada)
    assert read(power, f"{MANDATES}/{active}")["status"] == "active"
    with (
        ledger.app.extensions["database"].write() as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        import_module(STEP).upgrade()
    found = {one["id"]: one for one in read(power, MANDATES) + read(shop, MANDATES)}
    assert [found[one]["status"] for one in (active, pending, paid)] == ["cancelled"] * 3
    assert found[goes_on]["status"] == "active"
    assert found[ended] == before
    refused = collect_on(power, active, "5.00", day)
    assert (refused.status_code, refused.json["error_code"]) == (409, "MANDATE_NOT_ACTIVE")
    ledger.check()
    go_to(ledger, day, 7)
    returned = read(power, f"{COLLECTIONS}/{collection['id']}")
    assert (returned["status"], returned["return_code"]) == ("returned", "MD01")
    assert [one["user_id"] for one in told(ledger, "collection_returned")] == [power.owner_id, ada.owner_id]
    ledger.check()
