"""A credit card's account adds up wherever it is told: on its bills, in its transactions and in its report."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from shared import services
from tests.cards import NETWORK, SHOP
from tests.integration.test_card_bills import CreditCard, credit_card, month_after
from tests.ledgers import LedgerUnderTest
from tests.orders import read
from tests.reporting_bank import ReportingBank, reporting_bank
from transaction_service.models import accounts, card_statements, entries, postings


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path) as opened:
        yield opened


def _signed(rows: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(row["amount"]) * (1 if row["direction"] == "in" else -1) for row in rows), Decimal(0))


def _booked_until(ledger: LedgerUnderTest, statement_id: str) -> int:
    """What was on the account as the bill was made, by its postings."""
    query = (
        select(func.sum(postings.c.amount_minor))
        .join(card_statements, card_statements.c.account_key == postings.c.account_key)
        .where(card_statements.c.id == statement_id, postings.c.position <= card_statements.c.until_position)
    )
    with ledger.app.extensions["database"].read() as connection:
        return int(connection.execute(query).scalar() or 0)


def _a_life(card: CreditCard) -> None:
    """Bought and given back, disputed, paid too much, paid too late, with a fee that is given back, and interest."""
    ledger, first = card.ledger, card.first_billing()
    bought = card.buy("120.00")
    assert card.card.ask("/refunds", {"original_id": bought, "amount": "20.00"}).status_code == 201
    disputed = card.buy("60.00")
    card.until(first)
    asked = {"transaction_id": disputed, "reason": "never there"}
    assert card.card.ask("/disputes", asked, headers=card.account.headers).status_code == 201, "it is paid too much now"
    second = month_after(first)
    card.until(second)
    card.buy("400.00")
    assert card.checking.withdraw("840.00").status_code == 201
    third = month_after(second)
    card.until(third)
    (fee,) = read(card.account, f"/api/transactions/list?account_id={card.account.account_id}&type=fee")
    path = f"/api/transactions/{fee['id']}/reverse"
    assert ledger.call("POST", path, {"reason": "goodwill"}, headers=ledger.staff()).status_code == 201
    assert card.checking.deposit("100.00").status_code == 201
    card.until(month_after(third))


def test_each_bill_begins_where_the_last_one_ended_and_adds_up(ledger: LedgerUnderTest) -> None:
    card = credit_card(ledger, ledger.open_account(deposit_minor=100_000))
    _a_life(card)
    bills = card.statements()
    assert len(bills) == 5
    closed_before = Decimal(0)
    for bill in reversed(bills):
        figures = {name: Decimal(bill[name]) for name in ("purchases", "payments", "interest", "fees")}
        assert min(figures.values()) >= 0
        closing = Decimal(bill["opening"]) + figures.pop("purchases") - figures.pop("payments") + sum(figures.values())
        assert (Decimal(bill["opening"]), Decimal(bill["closing"])) == (closed_before, closing), bill
        if bill["id"] is not None:
            assert -_booked_until(ledger, bill["id"]) == int(closing * 100)
        closed_before = closing
    assert -card.account.balance_minor == int(closed_before * 100)
    assert [Decimal(bill["closing"]) < 0 for bill in bills].count(True) == 1, "once it was in the holder's favour"
    assert sum(Decimal(bill["interest"]) for bill in bills) > 0
    rows = read(card.account, f"/api/transactions/list?account_id={card.account.account_id}&status=completed&limit=200")
    assert _signed(rows) == -closed_before
    with ledger.app.extensions["database"].read() as connection:
        is_of_it = accounts.c.id == card.account.account_id
        of_account = postings.join(accounts, accounts.c.key == postings.c.account_key)
        joined = of_account.join(entries, entries.c.position == postings.c.position)
        kinds = set(connection.execute(select(entries.c.type).select_from(joined).where(is_of_it)).scalars())
    assert kinds == {"card_purchase", "card_refund", "chargeback", "card_payment", "fee", "reversal", "interest_charge"}
    ledger.check()


def test_the_report_of_a_credit_account_begins_and_ends_with_its_balances(bank: ReportingBank) -> None:
    ada = bank.customer("1000.00")
    asked = {"kind": "credit", "settlement_account_id": ada.accounts[0]["id"]}
    account_client, ledger_client = (bank.bank.client(one) for one in (services.ACCOUNT, services.TRANSACTION))
    card = account_client.post("/api/cards/create", json=asked, headers=ada.headers).json["data"]
    acquirer = bank.bank.headers("admin", scope="cards:acquire")
    bought = {"card_id": card["id"], "amount": "70.00", "currency": "EUR", "merchant": SHOP, "channel": "chip"}
    sold = ledger_client.post(f"{NETWORK}/authorizations", json={**bought, "capture": True}, headers=acquirer)
    assert sold.status_code == 201, sold.text
    back = {"original_id": sold.json["data"]["id"], "amount": "15.00"}
    assert ledger_client.post(f"{NETWORK}/refunds", json=back, headers=acquirer).status_code == 201
    paid = account_client.post(f"/api/cards/{card['id']}/pay", json={"amount": "25.00"}, headers=ada.headers)
    assert paid.status_code == 201, paid.text
    bank.follow()
    report = bank.report(f"/account/{card['account_id']}", ada.headers)
    assert (report["account"]["account_type"], report["opening_balance"]) == ("credit", "0.00")
    assert (report["income"], report["expense"], report["closing_balance"]) == ("40.00", "70.00", "-30.00")
    assert _signed(report["history"]) == Decimal(report["closing_balance"])
    assert report["balance_trend"][-1]["balance"] == "-30.00"
