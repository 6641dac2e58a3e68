"""A ledger of thousands of entries in the tables of before is carried over: nothing lost, altered or unsealed."""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.network.addresses import MissingSettingError
from shared.storage import append_only
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.sqlite import sqlite_driver as sqlite3
from tests import databases
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.oracle import check_ledger
from tests.releases import ledger_0002
from tests.releases.ledger_0002 import OldLedger
from tests.thoroughness import often

ENTRIES = often(6_000, 10_000)
PATHS = {"deposit": "deposit", "withdrawal": "withdraw", "transfer": "transfer"}
_DIES = """
import os, sys
from alembic import op
from shared.network.addresses import MissingSettingError
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.sqlite import sqlite_driver as sqlite3
def die(*_args, **_more):
    os._exit(9)
setattr(op, sys.argv[2], die)
migrate(Database.at(sys.argv[1]), "transaction_service")
"""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> OldLedger:
    return ledger_0002.write(tmp_path_factory.mktemp("old") / "ledger.db", ENTRIES)


@pytest.fixture(scope="module")
def carried_over(old: OldLedger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerUnderTest]:
    folder = tmp_path_factory.mktemp("new")
    shutil.copy(old.path, folder / "ledger.db")
    with open_ledger(folder, key_days=3_650) as ledger:
        yield ledger
        assert ledger.check()["entries"] >= ENTRIES


@pytest.fixture
def small(tmp_path: Path) -> OldLedger:
    """One on the server that the test is about; its file stands for the database there (tests/databases.py)."""
    old = ledger_0002.write(tmp_path / "old.db", 600)
    ledger_0002.copy(old.path, databases.url_of(tmp_path / "ledger.db"))
    return old


def feed(ledger: LedgerUnderTest) -> list[dict]:
    rows: list[dict] = []
    while True:
        path = f"/internal/journal?after={len(rows)}&limit=2000"
        page = ledger.call("GET", path, headers=ledger.service).json["data"]
        if not page:
            return rows
        rows += page


def test_every_entry_is_there_in_order_and_still_verifies_by_the_rule_it_was_sealed_by(
    old: OldLedger, carried_over: LedgerUnderTest
) -> None:
    check_entries(old, carried_over)


def check_entries(old: OldLedger, carried_over: LedgerUnderTest) -> None:
    carried_over.check()
    rows = feed(carried_over)[: len(old.entries)]
    assert [row["hash"] for row in rows] == old.hashes
    assert {row["hash_version"] for row in rows} == {1}
    for row, entry in zip(rows, old.entries, strict=True):
        told = (row["id"], row["type"], row["amount_minor"], row["description"], row["category"], row["reverses"])
        names = ("id", "type", "amount_minor", "description", "category", "reverses")
        assert told == tuple(entry[name] for name in names)
        assert (row["effective_at_us"], row["booked_at_us"]) == (entry["effective_at"], entry["booked_at"])
        assert (row["initiator_id"], row["initiated_by"]["kind"]) == (entry["initiator_id"], entry["initiator_kind"])
        customers = {leg["amount_minor"] > 0: leg["account_id"] for leg in row["postings"] if leg["owner_id"]}
        assert (customers.get(False), customers.get(True)) == (entry["from_account_id"], entry["to_account_id"])


def test_balances_and_histories_are_what_they_were(old: OldLedger, carried_over: LedgerUnderTest) -> None:
    check_balances_and_histories(old, carried_over)


def check_balances_and_histories(old: OldLedger, carried_over: LedgerUnderTest) -> None:
    ids = [account["id"] for account in old.accounts]
    rows = carried_over.call(
        "POST", "/internal/ledger/balances", {"account_ids": ids}, headers=carried_over.service
    ).json["data"]
    assert {row["account_id"]: int(row["balance"].replace(".", "")) for row in rows} == {
        account_id: old.balances[account_id] for account_id in ids
    }
    person = old.accounts[0]["owner_id"]
    theirs = {account["id"] for account in old.accounts if account["owner_id"] == person}
    expected = sorted(
        (entry["effective_at"], entry["id"])
        for entry in old.entries
        if theirs & {entry["from_account_id"], entry["to_account_id"]}
    )
    refused = [(attempt["booked_at"], attempt["id"]) for attempt in old.refused if attempt["owner_id"] == person]
    shown: list[str] = []
    cursor = ""
    while True:
        path = f"/api/transactions/list?limit=200{cursor}"
        reply = carried_over.call("GET", path, headers=carried_over.keys.headers(person)).json
        shown += [row["id"] for row in reply["data"]]
        if reply["next_cursor"] is None:
            break
        cursor = f"&cursor={reply['next_cursor']}"
    assert shown == [row_id for _, row_id in sorted(expected + refused, reverse=True)]


def test_keys_used_before_are_answered_as_they_were_byte_for_byte(
    old: OldLedger, carried_over: LedgerUnderTest
) -> None:
    by_status = check_used_keys(old, carried_over)
    assert by_status[201] >= 80
    assert by_status[400] >= ENTRIES // 100


def check_used_keys(old: OldLedger, carried_over: LedgerUnderTest) -> Counter[int]:
    """Ask again with some of them; the answers by status."""
    by_status: Counter[int] = Counter()
    before = carried_over.check()
    for used in (*old.keys[:40], *old.keys[-50:], *(key for key in old.keys if key.status != 201)):
        path = f"/api/transactions/{PATHS[used.payload['type']]}"
        payload = {name: value for name, value in used.payload.items() if name != "type"}
        headers = carried_over.keys.headers(used.user_id)
        reply = carried_over.call("POST", path, payload, headers=headers, key=used.key)
        body = f'{{"success":true,"data":{used.body}}}' if used.status == 201 else used.body
        assert (reply.status_code, reply.text) == (used.status, body)
        assert reply.headers["Idempotent-Replayed"] == "true"
        other = carried_over.call("POST", path, {**payload, "amount": "0.07"}, headers=headers, key=used.key)
        assert other.json["error_code"] == "IDEMPOTENCY_KEY_REUSED"
        by_status[used.status] += 1
    assert carried_over.check() == before
    return by_status


def test_what_was_booked_before_can_be_reversed_and_new_entries_follow_on_the_old(
    old: OldLedger, carried_over: LedgerUnderTest
) -> None:
    unreversed = [entry for entry in old.entries if entry["kind"] == "deposit" and entry["amount_minor"] < 100]
    entry = next(one for one in reversed(unreversed) if old.balances[one["to_account_id"]] > 200)
    path = f"/api/transactions/{entry['id']}/reverse"
    reply = carried_over.call("POST", path, {"reason": "by mistake"}, headers=carried_over.staff())
    assert (reply.status_code, reply.json["data"]["reverses"]) == (201, entry["id"])
    again = carried_over.call("POST", path, {"reason": "again"}, headers=carried_over.staff())
    assert again.json["error_code"] == "NOT_REVERSIBLE"
    last = feed(carried_over)[-1]
    assert (last["hash_version"], last["reverses"]) == (2, entry["id"])


@pytest.mark.parametrize("step", ["rename_table", "create_index", "drop_table"])
def test_a_migration_killed_midway_has_not_begun_and_is_run_again(step: str, tmp_path: Path) -> None:
    old = ledger_0002.write(tmp_path / "ledger.db", 300)
    die_in_migration(f"sqlite:///{old.path}", step)
    with sqlite3.connect(old.path) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchone() == (ledger_0002.REVISION,)
        assert file.execute("SELECT COUNT(*), MAX(hash) FROM journal").fetchone() == (300, max(old.hashes))
    file.close()
    database = Database.at(f"sqlite:///{old.path}")
    migrate(database, "transaction_service")
    database.close()
    with open_ledger(tmp_path) as ledger:
        assert ledger.check()["entries"] == 300
    assert check_ledger(old.path)["keys"] == 300 + len(old.refused)


@pytest.mark.parametrize(
    ("altered", "told"),
    [
        ("DELETE FROM journal WHERE position = 30", "1 entries that are not in the journal"),
        (
            "DELETE FROM entries WHERE id = (SELECT entry_id FROM journal WHERE position = 30)",
            "1 places of the journal",
        ),
        ("UPDATE postings SET account_id = 'nobody' WHERE amount_minor < 0", "postings without an entry or an account"),
    ],
)
def test_tables_of_which_something_would_be_lost_are_not_carried_over(altered: str, told: str, tmp_path: Path) -> None:
    """Somebody altered them behind the bank's back: that has to be found, and not to vanish with the old tables."""
    old = ledger_0002.write(tmp_path / "ledger.db", 60)
    with sqlite3.connect(old.path) as file:
        guards = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            file.execute(f"DROP TRIGGER {name}")
        file.execute(altered)
        for _, sql in guards:
            file.execute(sql)
    file.close()
    with pytest.raises(MissingSettingError, match=told), open_ledger(tmp_path):
        pass
    with sqlite3.connect(old.path) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchone() == (ledger_0002.REVISION,)
        assert file.execute("SELECT COUNT(*) FROM postings").fetchone() == (120,)
    file.close()


def die_in_migration(url: str, step: str) -> None:
    process = subprocess.run([sys.executable, "-c", _DIES, url, step], cwd=Path.cwd(), capture_output=True, check=False)
    assert process.returncode == 9, process.stderr.decode()


@pytest.mark.server_in_turn
def test_a_ledger_on_a_server_is_carried_over_as_one_in_a_file(small: OldLedger, tmp_path: Path) -> None:
    with open_ledger(tmp_path, key_days=3_650) as ledger:
        check_entries(small, ledger)
        check_balances_and_histories(small, ledger)
        assert set(check_used_keys(small, ledger)) == {201, 400}


@pytest.mark.server_in_turn
@pytest.mark.parametrize("step", ["rename_table", "create_index", "drop_table"])
def test_a_migration_on_a_server_killed_midway_is_run_again_or_asks_for_the_backup(
    step: str, small: OldLedger, tmp_path: Path
) -> None:
    """PostgreSQL undoes it. MariaDB cannot, and nothing there goes on with half a ledger."""
    url = databases.url_of(tmp_path / "ledger.db")
    die_in_migration(url, step)
    if databases.server().kind == "mariadb":
        for _ in range(2):
            with pytest.raises(MissingSettingError, match="broken off .from revision 0002.*restore its backup"):
                migrate(Database.at(url), "transaction_service")
        databases.server().drop(url)
        ledger_0002.copy(small.path, databases.url_of(tmp_path / "ledger.db"))
    with open_ledger(tmp_path) as ledger:
        assert ledger.check() == {"entries": 600, "keys": 600 + len(small.refused)}
        check_balances_and_histories(small, ledger)


@pytest.mark.server_in_turn
def test_a_ledger_on_a_server_that_is_refused_is_refused_again_and_works_when_it_is_whole(
    small: OldLedger, tmp_path: Path
) -> None:
    database = Database.at(databases.url_of(tmp_path / "ledger.db"))
    lost = {"position": 30, "entry_id": small.entries[29]["id"], "hash": small.hashes[29]}
    alter(database, "DELETE FROM journal WHERE position = :position", lost)
    for _ in range(2):
        with pytest.raises(MissingSettingError, match="1 entries that are not in the journal; nothing was changed"):
            migrate(database, "transaction_service")
    alter(database, "INSERT INTO journal (position, entry_id, hash) VALUES (:position, :entry_id, :hash)", lost)
    database.close()
    with open_ledger(tmp_path) as ledger:
        check_entries(small, ledger)


def alter(database: Database, statement: str, facts: dict[str, object]) -> None:
    """Change what the database keeps from being changed."""
    with database.engine.connect() as connection, append_only.unguarded(connection, ["journal"]):
        connection.execute(text(statement), facts)
        connection.commit()
