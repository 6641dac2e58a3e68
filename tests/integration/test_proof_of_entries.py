"""Of entries as most are the proof compares what the database put together; what it thinks of none gets past it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reporting_service.proof import chain_walk
from shared import services
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.reporting_bank import reporting_bank
from tests.tampered_ledgers import by_hand, findings, three_payments
from transaction_service.proof import journal_checks


@pytest.fixture
def tampered(tmp_path: Path) -> Iterator[LedgerUnderTest]:
    """A ledger whose file the test is going to alter, so the oracle is not asked at the end."""
    with open_ledger(tmp_path) as opened:
        yield opened


def test_an_entry_that_does_not_seem_to_fit_its_hash_is_looked_at_again_before_it_is_named(
    tampered: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a database writes a letter of its JSON otherwise than the bank would."""
    three_payments(tampered)
    monkeypatch.setattr(journal_checks, "hash_of_texts", lambda *_, **__: "0" * 64)
    assert findings(tampered) == []
    with by_hand(tampered) as file:
        file.execute("UPDATE entries SET description = 'x' WHERE position IN (3, 4)")
    assert findings(tampered) == [("hash chain", "3")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE postings SET effective_at = effective_at + 1 WHERE position = 3",
        "UPDATE postings SET account_key = (SELECT min(key) FROM accounts) WHERE position = 3 AND leg = 1",
        "UPDATE entries SET payer_key = payee_key, payee_key = payer_key WHERE position = 3",
        "UPDATE entries SET payer_key = NULL WHERE position = 3",
        "UPDATE accounts SET currency = 'USD'",
    ],
)
def test_what_stands_twice_is_compared_whatever_the_chain_says(
    tampered: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    three_payments(tampered)
    monkeypatch.setattr(journal_checks._Chain, "follow", lambda *_: None)
    with by_hand(tampered) as file:
        file.execute(change)
    assert "derived rows equal entries" in {check for check, _ in findings(tampered)}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE postings SET amount_minor = amount_minor + 1 WHERE position = 3 AND leg = 1", {"EUR"}),
        ("DELETE FROM postings WHERE position = 3 AND leg = 1", {"EUR"}),
        ("INSERT INTO postings SELECT 3, 2, account_key, 'USD', 5, NULL, effective_at FROM postings LIMIT 1", {"USD"}),
        ("DELETE FROM entries WHERE position = 3; UPDATE postings SET amount_minor = 7 WHERE position = 3", {"EUR"}),
        ("UPDATE postings SET leg = 7 WHERE position = 3 AND leg = 1", set()),
    ],
)
def test_what_does_not_come_to_nothing_is_named_with_its_currency(
    tampered: LedgerUnderTest, change: str, found: set[str]
) -> None:
    three_payments(tampered)
    with by_hand(tampered) as file:
        file.executescript(change)
    of_background = [(one.check, one.record) for one in journal_checks.uneven(tampered.app.extensions["database"])]
    for named in (findings(tampered), of_background):
        records = {record for check, record in named if check == "debits equal credits"}
        assert {record for record in records if len(record) == 3} == found


def test_a_copied_entry_that_does_not_seem_to_fit_is_looked_at_again_before_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reporting_bank(tmp_path) as bank:
        bank.customer("5.00")
        bank.follow()
        monkeypatch.setattr(chain_walk, "hash_of_texts", lambda *_, **__: None)
        assert bank.report("/proof")["findings"] == []
        with bank.altered(services.REPORTING, "UPDATE entries SET description = 'x' WHERE position = 1"):
            found = [one["detail"] for one in bank.report("/proof")["findings"]]
        assert "the entry at position 1 or its legs are not as sealed" in found
