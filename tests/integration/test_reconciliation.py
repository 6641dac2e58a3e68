"""The ledger finds what somebody altered behind its back (catalogue 27 in part, 28, 29 for the journal)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.sqlite import sqlite_driver as sqlite3
from tests.ledgers import Holder, LedgerUnderTest, open_ledger


@pytest.fixture
def tampered(tmp_path: Path) -> Iterator[LedgerUnderTest]:
    """A ledger whose file the test is going to alter, so the oracle is not asked at the end."""
    with open_ledger(tmp_path) as opened:
        yield opened


@contextmanager
def by_hand(ledger: LedgerUnderTest) -> Iterator["sqlite3.Connection"]:
    """The file as an intruder with the right to write it would open it: the guards taken off."""
    connection = sqlite3.connect(ledger.path)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.commit()
    connection.close()


def three_payments(ledger: LedgerUnderTest) -> tuple[Holder, Holder]:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    for _ in range(3):
        assert ada.pay(bob, "1.00").status_code == 201
    return ada, bob


def findings(ledger: LedgerUnderTest) -> list[tuple[str, str]]:
    proof = ledger.call("GET", "/internal/ledger/proof", headers=ledger.service).json["data"]
    return [(finding["check"], finding["record"]) for finding in proof["findings"]]


def test_one_cent_of_drift_freezes_the_account_and_names_it(tampered: LedgerUnderTest) -> None:
    ada, bob = three_payments(tampered)
    with by_hand(tampered) as file:
        file.execute("UPDATE accounts SET balance_minor = balance_minor + 1 WHERE id = ?", [ada.account_id])
    assert ("balances equal postings", ada.account_id) in findings(tampered)
    (found,) = tampered.app.extensions["context"].reconciliation.look()
    assert found.record == ada.account_id
    assert ada.pay(bob, "1.00").json["error_code"] == "ACCOUNT_FROZEN"
    assert bob.withdraw("1.00").status_code == 201


def test_the_database_itself_refuses_to_change_entries_postings_and_journal(tampered: LedgerUnderTest) -> None:
    three_payments(tampered)
    connection = sqlite3.connect(tampered.path)
    for table in ("entries", "postings", "journal"):
        column = "hash" if table == "journal" else "effective_at"
        for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                connection.execute(change)
    connection.close()
    assert tampered.check()["entries"] == 4


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        ("UPDATE postings SET balance_after_minor = balance_after_minor + 1 WHERE entry_id = :third", "3"),
        ("UPDATE entries SET description = 'x' WHERE id = :third", "3"),
        ("UPDATE entries SET effective_at = effective_at - 1 WHERE id = :third", "3"),
        ("DELETE FROM journal WHERE position = 3", "3"),
        ("DELETE FROM journal WHERE position = 4", "4"),
        ("UPDATE journal SET position = CASE position WHEN 3 THEN 99 ELSE 3 END WHERE position IN (3, 4)", "3"),
    ],
)
def test_an_edited_reordered_or_cut_journal_is_named_at_its_first_bad_position(
    tampered: LedgerUnderTest, change: str, first_bad: str
) -> None:
    three_payments(tampered)
    with by_hand(tampered) as file:
        (third,) = file.execute("SELECT entry_id FROM journal WHERE position = 3").fetchone()
        file.execute(change, {"third": third} if ":third" in change else {})
    assert ("hash chain", first_bad) in findings(tampered)
