"""What was booked, and what happened to card payments, the database itself keeps, from the bank's own hands too."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Executable, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from shared.storage import append_only
from shared.storage.database import Database
from tests.cards import SHOP, TestCard
from tests.exchanges import tell_rates
from tests.ledgers import LedgerUnderTest
from transaction_service import models

pytestmark = pytest.mark.every_database


@pytest.fixture
def written(ledger: LedgerUnderTest) -> Iterator[LedgerUnderTest]:
    """A ledger with rows in each of the tables: payments in dollars, one of them collected without being authorized."""
    tell_rates(ledger)
    card = TestCard(ledger.open_account(deposit_minor=10_000))
    card.authorized("20.00", currency="USD", merchant=SHOP, capture=True)
    asked = {"card_id": card.id, "amount": "200.00", "currency": "EUR", "merchant": SHOP}
    cleared = card.ask("/clearings", asked)
    assert (cleared.status_code, cleared.json["data"]["below_floor"] is None) == (201, False)
    yield ledger
    ledger.check()


def refuse(database: Database, statement: Executable) -> None:
    with pytest.raises(DBAPIError, match="append-only|referenced in a foreign key"), database.write() as connection:
        connection.execute(statement)


def test_no_statement_changes_or_removes_a_row(written: LedgerUnderTest) -> None:
    database: Database = written.app.extensions["context"].database
    with database.read() as connection:
        kind = connection.dialect.name
        before = [_count(connection, table.name) for table in models.APPEND_ONLY]
    assert all(before), "without a row there is nothing to refuse"
    for table in models.APPEND_ONLY:
        column = next(iter(table.columns))
        refuse(database, update(table).values({column: column}))
        refuse(database, delete(table))
        if kind == "postgresql":
            refuse(database, text(f"TRUNCATE {table.name}"))
        else:
            refuse(database, text(f"REPLACE INTO {table.name} SELECT * FROM {table.name}"))
    with database.read() as connection:
        assert [_count(connection, table.name) for table in models.APPEND_ONLY] == before


def test_the_guards_are_back_after_a_bank_was_emptied(written: LedgerUnderTest) -> None:
    database: Database = written.app.extensions["context"].database
    with database.write() as connection, append_only.unguarded(connection, [t.name for t in models.APPEND_ONLY]):
        pass
    for table in models.APPEND_ONLY:
        refuse(database, delete(table))
    with database.read() as connection:
        assert all(_count(connection, table.name) for table in models.APPEND_ONLY)


def _count(connection: Connection, table: str) -> int:
    found: int = connection.execute(select(func.count()).select_from(text(table))).scalar_one()
    return found
