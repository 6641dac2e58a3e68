"""The proof asks for a page of accounts at once: more accounts are no more queries, and each figure is looked at."""

import threading
from typing import Any

import pytest
from sqlalchemy import event, select, update

from shared.storage.database import Database
from tests.cards import SHOP, TestCard
from tests.ledgers import LedgerUnderTest
from tests.plans import first_after, go_to, put_plan, today
from transaction_service.ledger import journal
from transaction_service.models import card_statements
from transaction_service.proof import account_listing, card_bill_checks, interest_checks


def _asked(database: Database, check: Any) -> int:
    """How many statements the database is given by a check, which finds nothing; what others ask is not counted."""
    seen: list[str] = []
    own = threading.get_ident()

    def note(text: str) -> None:
        if threading.get_ident() == own:
            seen.append(text)

    def listen(driver: Any, *_: Any) -> None:
        driver.set_trace_callback(note)

    event.listen(database.engine, "checkout", listen)
    try:
        assert check.findings(database) == []
    finally:
        event.remove(database.engine, "checkout", listen)
        with database.engine.connect() as connection:
            connection.connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]
    return len([text for text in seen if text.startswith("SELECT")])


def _billed(ledger: LedgerUnderTest, cards: int) -> None:
    """So many credit cards, each of them used and to be settled from an account of its own."""
    plan = put_plan(ledger, "card", debit_rate=199_000, late_payment_fee_minor=100)
    assert plan.status_code == 200, plan.text
    for _ in range(cards):
        checking = ledger.open_account(deposit_minor=100_000)
        line = {"settlement_account_id": checking.account_id, "billing_day": 20, "rate_plan": "card"}
        account = ledger.open_account(checking.owner_id, account_type="credit", floor_minor=-100_000, credit_line=line)
        TestCard(account).authorized("30.00", merchant=SHOP, capture=True)


def test_more_accounts_with_interest_and_bills_are_no_more_queries(ledger: LedgerUnderTest) -> None:
    database: Database = ledger.app.extensions["context"].database
    put_plan(ledger, credit_rate=36_500)
    ledger.open_account(deposit_minor=100_000, rate_plan="savings")
    _billed(ledger, 1)
    go_to(ledger, first_after(today(ledger), months=2))
    few = [_asked(database, check) for check in (interest_checks, card_bill_checks)]
    for _ in range(4):
        ledger.open_account(deposit_minor=100_000, rate_plan="savings")
    _billed(ledger, 4)
    go_to(ledger, first_after(today(ledger), months=2))
    assert [_asked(database, check) for check in (interest_checks, card_bill_checks)] == few
    assert min(few) >= 3


def test_balances_as_of_lately_are_told_without_reading_what_was_posted_before(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=100_000), ledger.open_account()
    before = _steps_of_listing(ledger)
    for _ in range(50):
        assert ada.pay(bob, "1.00").status_code == 201
    assert _steps_of_listing(ledger) < before + 50


def test_balances_as_of_long_ago_are_told_without_reading_what_was_posted_to_others(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = [ledger.open_account(deposit_minor=100_000) for _ in range(3)]
    quiet, ada, bob = sorted(opened, key=lambda one: one.account_id)
    monkeypatch.setattr(account_listing, "A_FEW_ENTRIES", 20)
    database: Database = ledger.app.extensions["context"].database
    with database.read() as connection:
        begun = journal.state(connection).head_position
    for _ in range(21):
        assert ada.pay(bob, "1.00").status_code == 201
    before = _steps_of_listing(ledger, at=begun, limit=1)
    for _ in range(50):
        assert ada.pay(bob, "1.00").status_code == 201
    assert _steps_of_listing(ledger, at=begun, limit=1) < before + 50
    assert quiet.pay(ada, "5.00").status_code == 201
    with database.read() as connection:
        rows = account_listing.page(connection, after="", until=None, limit=3, at=begun)
    assert {row["balance_minor"] for row in rows} == {100_000}, "each as it was then"


def _steps_of_listing(ledger: LedgerUnderTest, *, at: int | None = None, limit: int = 10) -> int:
    """How many instructions SQLite needs for a page of accounts as of an entry, or of the last one but one."""
    database: Database = ledger.app.extensions["context"].database
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with database.read() as connection:
        if at is None:
            at = journal.state(connection).head_position - 1
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, 1)
        try:
            rows = account_listing.page(connection, after="", until=None, limit=limit, at=at)
        finally:
            driver.set_progress_handler(None, 0)
    assert len(rows) == min(limit, 2)
    return steps


@pytest.mark.every_database
@pytest.mark.parametrize(
    "figure", ["purchases_minor", "payments_minor", "interest_minor", "fees_minor", "opening_minor"]
)
def test_the_proof_names_a_statement_with_another_figure(ledger: LedgerUnderTest, figure: str) -> None:
    _billed(ledger, 2)
    go_to(ledger, first_after(today(ledger), months=3))
    database: Database = ledger.app.extensions["context"].database
    column, closing = card_statements.c[figure], card_statements.c.closing_minor
    with database.read() as connection:
        ids = connection.execute(select(card_statements.c.id).order_by(card_statements.c.key)).scalars().all()
    altered = ids[-1]

    def change(by: int) -> None:
        total = closing - by if figure == "payments_minor" else closing + by
        values = {figure: column + by, "closing_minor": total}
        with database.write() as connection:
            connection.execute(update(card_statements).where(card_statements.c.id == altered).values(values))

    assert len(ids) >= 4
    change(1)
    found = [finding.record for finding in card_bill_checks.findings(database)]
    change(-1)
    assert found == [altered]
    assert card_bill_checks.findings(database) == []
