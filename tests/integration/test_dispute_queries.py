"""What closing an account asks about card payments is found by an index, however many were ever made."""

from typing import Any

from sqlalchemy import event

from tests.cards import SHOP, TestCard
from tests.ledgers import LedgerUnderTest


def test_an_account_is_closed_without_reading_every_dispute_or_authorization(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    paid = card.authorized("40.00", merchant={**SHOP, "account_id": shop.account_id}, capture=True)
    card.ask("/disputes", {"transaction_id": paid["id"], "reason": "no"}, headers=ada.headers)
    asked: list[tuple[str, Any]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    database = ledger.app.extensions["database"]
    path = f"/internal/ledger/accounts/{ledger.open_account().account_id}/status"
    event.listen(database.engine, "before_cursor_execute", remember)
    try:
        assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 200
    finally:
        event.remove(database.engine, "before_cursor_execute", remember)
    looked_at = [each for each in asked if "disputes" in each[0] or "authorizations" in each[0]]
    assert len(looked_at) == 2, "what is disputed, and what is promised"
    with database.read() as connection:
        plans = [
            row[3]
            for statement, parameters in looked_at
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert [step for step in plans if "SCAN" in step] == []
