"""The statements of a commit write the same rows on every database, and read what the models read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Connection, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from shared.identifiers import new_id
from shared.storage.compact_columns import pack_id
from shared.storage.database import Database
from shared.storage.statements import Statement
from tests.ledgers import LedgerUnderTest
from transaction_service.ledger import idempotency_keys, initiators, journal
from transaction_service.ledger.entry import Entry, Initiator, Posting
from transaction_service.ledger.idempotency_keys import Claim
from transaction_service.ledger.journal import BalanceChange, Draft
from transaction_service.models import accounts, daily_outgoings, entries, ledger_state, postings
from transaction_service.models import idempotency_keys as key_table
from transaction_service.models import initiators as initiator_table

pytestmark = pytest.mark.databases_in_turn

BY = Initiator(new_id(), "customer", "Zoë", "customer", new_id(), "api")
IDS = sorted(new_id() for _ in range(5))


def database_of(ledger: LedgerUnderTest) -> Database:
    database: Database = ledger.app.extensions["context"].database
    return database


class _UndoneError(Exception):
    """Rolls a transaction back."""


@contextmanager
def undone(ledger: LedgerUnderTest) -> Iterator[Connection]:
    """A write transaction of which nothing stays."""
    with suppress(_UndoneError), database_of(ledger).write() as connection:
        yield connection
        raise _UndoneError


def read(connection: Connection, table: Table, *names: str, by: str) -> list[Sequence[Any]]:
    """Rows as the models read them, which is how everything but the writer does."""
    return [tuple(row) for row in connection.execute(select(*table.c[names]).order_by(table.c[by]))]


def test_a_commit_writes_the_rows_that_the_models_tell_of(ledger: LedgerUnderTest) -> None:
    ada, bob = (ledger.open_account().account_id for _ in range(2))
    entry = Entry(IDS[0], "transfer", "EUR", 7, ada, bob, "Kä'se %s ?", None, None, 5, 6, BY, IDS[1])
    legs = (Posting(ada, "EUR", -7, -7), Posting(bob, "EUR", 7, None))
    claim = Claim(b"n" * 16, b"h" * 16, 1, pack_id(IDS[2]), 1, None, None, 6)
    kept = Claim(b"o" * 16, b"h" * 16, None, None, None, 400, '{"a":"%"}', 6)
    with undone(ledger) as connection:
        idempotency_keys.claim(connection, [claim, kept])
        initiator_keys = initiators.keys_of(connection, [BY])
        keys = {account.id: account.key for account in journal.lock_accounts(connection, [ada])}
        drafts = [Draft(entry, legs, None)]
        after = journal.append(connection, journal.state(connection), drafts, keys, initiator_keys)
        journal.move_balances(connection, [BalanceChange(-7, 3, 1, keys[ada], 0, 0)])
        journal.store_outgoings(connection, set(), {(keys[ada], 20_000): 7})
        journal.store_outgoings(connection, {(keys[ada], 20_000)}, {(keys[ada], 20_000): 9})

        assert journal.state(connection) == after
        names = ("head_position", "head_hash", "head_booked_at")
        assert read(connection, ledger_state, *names, by="id") == [(1, after.head_hash, 6)]
        names = ("id", "type", "currency", "amount_minor", "payer_key", "description", "category", "request_id", "hash")
        facts = (IDS[0], "transfer", "EUR", 7, keys[ada], "Kä'se %s ?", None, IDS[1], after.head_hash)
        assert read(connection, entries, *names, by="position") == [facts]
        names = ("leg", "account_key", "amount_minor", "balance_after_minor", "effective_at")
        key_of_bob = key_of(connection, bob)
        assert read(connection, postings, *names, by="leg") == [(0, keys[ada], -7, -7, 5), (1, key_of_bob, 7, None, 5)]
        names = ("name", "request_hash", "position", "refusal_id", "reply")
        assert read(connection, key_table, *names, by="number") == [
            ((b"n" * 16).hex(), (b"h" * 16).hex(), 1, IDS[2], None),
            ((b"o" * 16).hex(), (b"h" * 16).hex(), None, None, '{"a":"%"}'),
        ]
        assert idempotency_keys.used(connection, [b"x" * 16, kept.name]) == {kept.name: (b"h" * 16, 400, kept.reply)}
        assert read(connection, initiator_table, *Initiator._fields, by="key") == [tuple(BY)]
        assert read(connection, daily_outgoings, "account_key", "day", "amount_minor", by="day") == [
            (keys[ada], 20_000, 9)
        ]
        wanted = [(keys[ada], 20_000), (keys[ada], 20_001), (0, 20_000)]
        assert journal.spent_on(connection, wanted) == {(keys[ada], 20_000): 9}
        (account,) = journal.lock_accounts(connection, [ada])
        assert (account.balance_minor, account.held_minor, account.floor_passed_at) == (-7, 3, 1)
        assert account.owner_id == owner_of(connection, ada)


def key_of(connection: Connection, account_id: str) -> int:
    return int(connection.execute(select(accounts.c.key).where(accounts.c.id == account_id)).scalar_one())


def owner_of(connection: Connection, account_id: str) -> str:
    return str(connection.execute(select(accounts.c.owner_id).where(accounts.c.id == account_id)).scalar_one())


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_lists_of_every_length_find_what_is_there_once_and_nothing_else(ledger: LedgerUnderTest, count: int) -> None:
    known = [ledger.open_account().account_id for _ in range(count)]
    with database_of(ledger).write() as connection:
        found = journal.lock_accounts(connection, [*known, *IDS])
        assert sorted(account.id for account in found) == sorted(known)
        assert [account.key for account in found] == sorted(account.key for account in found)
        assert journal.lock_accounts(connection, IDS) == []


def test_a_balance_that_moved_under_the_lock_stops_the_commit(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=100)
    with database_of(ledger).read() as connection:
        key = key_of(connection, ada.account_id)
    changes = [BalanceChange(99, 0, None, key, 100, 0), BalanceChange(98, 0, None, key, 100, 0)]
    with pytest.raises(journal.DriftError), database_of(ledger).write() as connection:
        journal.move_balances(connection, changes)


def test_a_row_that_a_table_refuses_is_an_error_of_the_kind_that_everybody_knows(ledger: LedgerUnderTest) -> None:
    claim = Claim(b"n" * 16, b"h" * 16, 1, None, 1, None, None, 6)
    with pytest.raises(IntegrityError), database_of(ledger).write() as connection:
        idempotency_keys.claim(connection, [claim, claim])
    with database_of(ledger).read() as connection:
        assert connection.execute(select(func.count()).select_from(key_table)).scalar_one() == 0


def test_parameters_in_another_order_than_the_statements_are_refused_before_anything_is_written(
    ledger: LedgerUnderTest,
) -> None:
    balance = update(accounts).where(accounts.c.key == bindparam("account")).values(balance_minor=bindparam("after"))
    with database_of(ledger).write() as connection, pytest.raises(RuntimeError, match="the parameters are"):
        Statement(balance, "account", "after").run(connection, [(1, 100)])
    columns = list(daily_outgoings.c.keys())
    with database_of(ledger).write() as connection, pytest.raises(RuntimeError, match="the parameters are"):
        Statement(insert(daily_outgoings), *reversed(columns)).run(connection, [(1, 2, 3)])
