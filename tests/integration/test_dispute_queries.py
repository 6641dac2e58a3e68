"""What closing an account asks about card payments and direct debits is found by an index, however many there are."""

from tests.asked_statements import statements_asked
from tests.cards import SHOP, TestCard
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import agreed_mandate, collect_on, settled_day


def looked_up_to_close(ledger: LedgerUnderTest, account: Holder, *tables: str) -> tuple[list[int], list[str]]:
    """With how many values each statement asks for any of the tables as an account is closed, and the plans' steps."""
    database = ledger.app.extensions["database"]
    path = f"/internal/ledger/accounts/{account.account_id}/status"
    with statements_asked(database.engine) as asked:
        assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 200
    wanted = [each for each in asked if each[0].startswith("SELECT") and any(name in each[0] for name in tables)]
    with database.read() as connection:
        plans = [
            row[3]
            for statement, parameters in wanted
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    return [len(parameters) for _, parameters in wanted], plans


def test_an_account_is_closed_without_reading_every_dispute_or_authorization(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    paid = card.authorized("40.00", merchant={**SHOP, "account_id": shop.account_id}, capture=True)
    card.ask("/disputes", {"transaction_id": paid["id"], "reason": "no"}, headers=ada.headers)
    asked, steps = looked_up_to_close(ledger, ledger.open_account(), "disputes", "authorizations")
    assert len(asked) == 2, "what is disputed, and what is promised"
    assert [step for step in steps if "SCAN" in step] == []


def test_an_account_is_closed_without_reading_every_mandate_or_collection(ledger: LedgerUnderTest) -> None:
    power, ada, bob = (ledger.open_account() for _ in range(3))
    for number, debtor in enumerate((ada, bob, bob, bob)):
        mandate_id = agreed_mandate(power, debtor, f"OF-{number}")["id"]
        assert collect_on(power, mandate_id, "5.00", settled_day(ledger, 3)).status_code == 201
    tables = "mandates", "collections", "payment_orders"
    asked, steps = looked_up_to_close(ledger, ada, *tables)
    assert len(asked) == 4, "what may have to be given back, orders, mandates, and what is to be collected by them"
    assert [step for step in steps if "SCAN" in step] == []
    assert looked_up_to_close(ledger, bob, *tables)[0] == asked, "more of them are no more values"
