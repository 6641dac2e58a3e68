"""A ledger that somebody alters behind its back, and what it then finds wrong with itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.ledgers import Holder, LedgerUnderTest


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
    """Two customers, and three payments from the first to the second, at the positions 2 to 4."""
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    for _ in range(3):
        assert ada.pay(bob, "1.00").status_code == 201
    return ada, bob


def findings(ledger: LedgerUnderTest) -> list[tuple[str, str]]:
    """The check and the record of each finding of its own proof."""
    proof = ledger.call("GET", "/internal/ledger/proof", headers=ledger.service).json["data"]
    return [(finding["check"], finding["record"]) for finding in proof["findings"]]
