"""Backups (catalogue 25): made while people pay, of one instant; restored from one a bank holds and goes on."""

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from operations.backup import restoring
from operations.backup.contents import CREDENTIALS
from operations.backup.opening import verify
from operations.backup.restoring import restore
from sandbank import Client
from shared.services import GATEWAY, NOTIFICATION, REPORTING, TRANSACTION
from shared.storage.sqlite import sqlite_driver
from tests.bank_processes import bank_processes, wait_until
from tests.oracle import Acknowledged, check_ledger
from tests.resilience.lived_bank import PASSPHRASE, PASSWORD, backup_of, latencies, lived_in

pytestmark = pytest.mark.thorough

READERS = {
    REPORTING: {"journal": TRANSACTION},
    NOTIFICATION: {"journal": TRANSACTION},
}


@dataclass
class Lived:
    """A bank that was killed, backups made of it before, and what was acknowledged before the last."""

    data: Path
    plain: Path
    sealed: Path
    acknowledged: list[Acknowledged]
    old_token: str


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("lived")
    with bank_processes(folder / "data", logs=folder) as bank:
        with lived_in(bank) as payers:
            before = [len(payer.seconds) for payer in payers]
            made = [backup_of(bank.data, folder / f"{number}.tar.gz") for number in range(3)]
            median, longest = latencies(payers, before)
            took = ", ".join(f"{one.seconds:.2f} s for {one.manifest.bank_bytes // 1024:,} KiB" for one in made)
            print(f"backups: {took}; payments meanwhile: median {median:.3f} s, longest {longest:.3f} s")
            acknowledged = [one for payer in payers for one in payer.done]
            backup_of(bank.data, folder / "last.tar.gz")
            backup_of(bank.data, folder / "sealed", PASSPHRASE)
            counts = [len(payer.done) for payer in payers]
            wait_until(lambda: all(len(one.done) > n for one, n in zip(payers, counts, strict=True)), 60)
        assert [payer.refused for payer in payers] == [[]] * len(payers), "nobody is refused for the sake of a backup"
        token = bank.admin_token()
    return Lived(folder / "data", folder / "last.tar.gz", folder / "sealed", acknowledged, token)


def nobody() -> str:
    raise AssertionError("no passphrase is asked for")


def silent(_said: str) -> None:
    """Nobody watches."""


def restored(lived: Lived, data: Path, **options: Any) -> restoring.Restored:
    settings: dict[str, Any] = {"passphrase": nobody, "replace": False, "accept_findings": False, "say": silent}
    return restore(lived.plain, data, **(settings | options))


def query(file: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite_driver.connect(str(file))) as connection:
        return list(connection.execute(statement))


def test_every_backup_made_under_load_is_whole_and_holds(lived: Lived) -> None:
    for file in sorted(lived.plain.parent.glob("*.tar.gz")):
        found = verify(file, passphrase=nobody, say=silent)
        assert (found.checked.findings, found.checked.unproved) == ([], [])
        assert set(found.checked.proved) == {
            "the ledger's proof",
            "the audit trail",
            "the seals of the simulator's rows",
            "the seals of the inbox's rows",
        }
        assert found.checked.proved["the ledger's proof"] > 10


def test_a_restored_bank_holds_has_all_that_was_acknowledged_and_goes_on(lived: Lived, tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = restored(lived, data)
    assert (done.replaced, done.checked.findings) == (None, [])
    check_ledger(data / "transaction_service.db", lived.acknowledged)
    check_no_reader_is_ahead(data)
    check_accounts_are_in_both(data)
    assert {path.stat().st_mode & 0o077 for path in data.rglob("*")} == {0}
    with bank_processes(data, logs=tmp_path) as bank:
        status, _ = bank.ask("GET", "/api/auth/profile", token=lived.old_token)
        assert status == 401, "a token of before the restore is of a session that there is not"
        admin = Client(bank.url(GATEWAY))
        admin.log_in("admin", _admin_password(data))
        payer = Client(bank.url(GATEWAY))
        payer.log_in("payer0", PASSWORD)
        source, target = (one["id"] for one in payer.accounts.list().data)
        paid = payer.transactions.transfer(source, "1.00", to_account_id=target, idempotency_key="after").data
        wait_until(lambda: paid["id"] in {row["id"] for row in payer.transactions.list().data}, 60)
        wait_until(lambda: bool(admin.audit.list(action="bank_restored").data), 60)
        proof = admin.reports.proof(timeout_seconds=120).data
        assert (proof["holds"], proof["findings"]) == (True, [])
        assert admin.audit.verify().data["holds"]
    check_ledger(data / "transaction_service.db", [*lived.acknowledged, Acknowledged("after", paid["id"])])


def _admin_password(data: Path) -> str:
    return str(json.loads((data / CREDENTIALS).read_text())["admin"]["password"])


def check_no_reader_is_ahead(data: Path) -> None:
    """A reader's place may not be behind the end of what it reads."""
    heads = {TRANSACTION: query(data / "transaction_service.db", "SELECT head_position FROM ledger_state")[0][0]}
    for reader, feeds in READERS.items():
        positions = dict(query(data / f"{reader.package}.db", "SELECT feed, position FROM feed_positions"))
        for feed, source in feeds.items():
            assert 0 < positions[feed] <= heads[source], (reader.name, feed, positions)


def check_accounts_are_in_both(data: Path) -> None:
    """What the account service calls open the ledger has; what only the ledger has is being opened."""
    ours = dict(query(data / "account_service.db", "SELECT id, status FROM accounts"))
    ledger = {
        row[0] for row in query(data / "transaction_service.db", "SELECT id FROM accounts WHERE owner_id IS NOT NULL")
    }
    ledger = {str(_uuid(one)) for one in ledger}
    assert {one for one, status in ours.items() if status == "open"} <= ledger
    assert ledger <= set(ours)


def _uuid(raw: Any) -> Any:
    return UUID(bytes=bytes(raw)) if isinstance(raw, bytes) else raw
