"""What only a database on a server does: deadlocks, lost connections, other processes, tables changed halfway."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.network.addresses import MissingSettingError
from shared.refusals import Refused
from shared.storage import database_servers, migrations
from shared.storage.database import Database
from shared.storage.database_errors import is_away
from shared.storage.database_servers import LONGEST_LOCK_WAIT_SECONDS, with_driver
from tests import databases
from tests.copied_databases import migrate_in_earnest
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.oracle import Acknowledged, check_ledger
from transaction_service import models

pytestmark = pytest.mark.every_server


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[LedgerUnderTest]:
    with open_ledger(tmp_path) as opened:
        yield opened
        opened.check()


@contextmanager
def outsider(ledger: LedgerUnderTest) -> Iterator[Connection]:
    """Somebody who writes in the bank's database past the bank."""
    engine = create_engine(with_driver(make_url(databases.url_of(ledger.path))), isolation_level="READ COMMITTED")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def test_a_payment_that_the_server_undid_in_a_deadlock_is_carried_out_again_and_once(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outsider locks the two accounts in the other order, and is the one that the server lets live."""
    ada, bob = sorted(
        (ledger.open_account(deposit_minor=10_000) for _ in range(2)), key=lambda holder: holder.account_id
    )
    repeated = _counted(monkeypatch, "shared.storage.database.was_undone")
    lock = text("UPDATE accounts SET status_reason = 'seen' WHERE account_number = :number")
    with outsider(ledger) as other, ThreadPoolExecutor(1) as pool:
        if other.dialect.name == "postgresql":
            other.execute(text("SET deadlock_timeout = '20s'"))
        else:
            other.execute(text("CREATE TEMPORARY TABLE heavy (number BIGINT) ENGINE = InnoDB"))
            other.execute(text("INSERT INTO heavy SELECT seq FROM seq_1_to_5000"))
        other.execute(lock, {"number": bob.number})
        paid = pool.submit(ada.pay, bob, "10.00", key="through-a-deadlock")
        time.sleep(0.5)
        other.execute(lock, {"number": ada.number})
        other.commit()
        assert paid.result(30).status_code == 201
    assert repeated[True] >= 1
    assert (ada.balance_minor, bob.balance_minor) == (9_000, 11_000)


def _counted(monkeypatch: pytest.MonkeyPatch, name: str) -> Counter[bool]:
    """How often this answers yes and no from here on."""
    module, function = name.rsplit(".", 1)
    found: Counter[bool] = Counter()
    real: Callable[[BaseException], bool] = getattr(__import__(module, fromlist=[function]), function)

    def count(error: BaseException) -> bool:
        answer = real(error)
        found[answer] += 1
        return answer

    monkeypatch.setattr(name, count)
    return found


def test_two_processes_write_one_ledger_without_losing_a_cent(tmp_path: Path) -> None:
    """Two ledgers with nothing in common but the database: what TRANSACTION_WORKERS=2 is."""
    with open_ledger(tmp_path) as first, open_ledger(tmp_path) as second:
        holders = [first.open_account(deposit_minor=50_000) for _ in range(4)]
        elsewhere = [replace(each, ledger=second, headers=second.keys.headers(each.owner_id)) for each in holders]
        until, statuses = time.monotonic() + 3, Counter[int]()

        def is_enough() -> bool:
            return time.monotonic() > until + (0 if statuses[201] > 50 else 60)

        def move(here: list[Any], seed: int) -> None:
            turn = seed
            while not is_enough():
                turn += 1
                reply = here[turn % 4].pay(
                    here[(turn + 1 + turn % 3) % 4], f"{turn % 90 + 10}.00", key=f"{seed}-{turn}"
                )
                statuses[reply.status_code] += 1

        threads = [
            threading.Thread(target=move, args=(here, seed))
            for seed in range(0, 8000, 1000)
            for here in [holders if seed % 2000 else elsewhere]
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) <= {201, 400}, statuses
        assert statuses[201] > 50
        assert sum(each.balance_minor for each in holders) == 200_000
        first.check()


def test_a_server_that_crashes_amid_payments_loses_none_that_was_answered(tmp_path: Path) -> None:
    acknowledged: list[Acknowledged] = []
    with open_ledger(tmp_path) as ledger:
        ada, bob = ledger.open_account(deposit_minor=1_000_000), ledger.open_account()
        statuses: Counter[int] = Counter()

        def pay(number: int) -> None:
            key = f"payment-{number}"
            for _ in range(200):
                reply = ada.pay(bob, "1.00", key=key)
                statuses[reply.status_code] += 1
                if reply.status_code == 201:
                    acknowledged.append(Acknowledged(key, reply.json["data"]["id"]))
                    return
                assert reply.status_code == 503, reply.text
                time.sleep(0.05)
            raise AssertionError("never answered")

        with ThreadPoolExecutor(8) as pool:
            paying = [pool.submit(pay, number) for number in range(400)]
            time.sleep(0.3)
            databases.server().crash()
            time.sleep(0.3)
            databases.server().start()
            for one in paying:
                one.result(60)
        assert len(acknowledged) == 400
        assert statuses[503] > 0
        assert bob.balance_minor == 40_000
        check_ledger(ledger.path, acknowledged)


def test_a_writer_elsewhere_gives_503_in_time(ledger: LedgerUnderTest) -> None:
    mine = ledger.app.extensions["database"]
    other = Database.at(databases.url_of(ledger.path))
    with other.write():
        began = time.monotonic()
        with pytest.raises(Refused) as refused, mine.write(wait_seconds=0.4):
            pass
        assert refused.value.refusal.status == 503
        assert time.monotonic() - began < 2
    with mine.write():
        pass
    other.close()


def test_a_lock_that_cannot_be_given_back_keeps_nobody_out_and_fails_no_commit(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody kills that very statement: the connection lives on, with the lock."""
    mine, other = ledger.app.extensions["database"], Database.at(databases.url_of(ledger.path))
    say = database_servers._say

    def interrupted(connection: Connection, statement: str) -> Any:
        if "release_lock" in statement:
            raise OperationalError(statement, None, RuntimeError(1317, "Query execution was interrupted"))
        return say(connection, statement)

    with monkeypatch.context() as patched:
        patched.setattr(database_servers, "_say", interrupted)
        with mine.write() as connection:
            connection.execute(text("UPDATE ledger_state SET clock_offset_us = 7"))
    for database in (other, mine):
        with database.write(wait_seconds=1) as connection:
            assert connection.execute(text("SELECT clock_offset_us FROM ledger_state")).scalar_one() == 7
    other.close()


def test_a_table_that_somebody_else_has_locked_keeps_nobody_waiting_for_long(ledger: LedgerUnderTest) -> None:
    """Backups and people at a console lock tables whole, for hours: who comes meanwhile is told to ask again."""
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    with outsider(ledger) as other, ThreadPoolExecutor(2) as pool:
        is_postgresql = other.dialect.name == "postgresql"
        everything = "LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE" if is_postgresql else "LOCK TABLES accounts WRITE"
        other.execute(text(everything))
        began = time.monotonic()
        asked = [
            pool.submit(ada.pay, bob, "10.00", key="at-a-locked-table"),
            pool.submit(ledger.call, "GET", f"/api/transactions/account/{ada.account_id}", headers=ada.headers),
        ]
        try:
            answers = [one.result(LONGEST_LOCK_WAIT_SECONDS + 8) for one in asked]
        finally:
            took = time.monotonic() - began
            other.rollback()
            if not is_postgresql:
                other.execute(text("UNLOCK TABLES"))
    assert [(each.status_code, "Retry-After" in each.headers) for each in answers] == [(503, True)] * 2
    assert took < LONGEST_LOCK_WAIT_SECONDS + 5
    assert ada.pay(bob, "10.00", key="at-a-locked-table").status_code == 201
    assert (ada.balance_minor, bob.balance_minor) == (9_000, 1_000)


def test_the_connection_to_a_machine_that_is_gone_breaks_after_twenty_seconds(ledger: LedgerUnderTest) -> None:
    """Else a statement that was sent waits for a quarter of an hour, and one that is awaited for two."""
    engine = ledger.app.extensions["database"].engine
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        descriptor = raw.pgconn.socket if connection.dialect.name == "postgresql" else raw._sock.fileno()
        with socket.socket(fileno=os.dup(descriptor)) as connected:
            assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
            assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


def test_a_server_that_can_write_no_more_is_left_for_another(tmp_path: Path) -> None:
    """A leader that has become a standby, or a member that has lost its cluster, would refuse the next one too."""
    database = Database.at(databases.url_of(tmp_path / "left.db"))
    said = "DO $$ BEGIN RAISE EXCEPTION 'read-only' USING ERRCODE = '25006'; END $$"
    if database.engine.dialect.name != "postgresql":
        said = "SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1047"
    used = []

    def ask() -> None:
        with database.read() as connection:
            used.append(connection.connection.driver_connection)
            connection.exec_driver_sql(said)

    with pytest.raises(DBAPIError) as refused:
        ask()
    assert is_away(refused.value)
    with database.read() as connection:
        assert connection.connection.driver_connection is not used[0]
    database.close()


@pytest.mark.parametrize("no_id", ["%00", "a%00b", "\N{PILE OF POO}", "%ff", "x" * 2000])
def test_an_id_of_characters_that_a_server_does_not_take_names_nothing(ledger: LedgerUnderTest, no_id: str) -> None:
    """PostgreSQL takes no NUL in a text. In a reversal it would be an error of everybody in the same group commit."""
    ada = ledger.open_account(deposit_minor=10_000)
    for path in ("account/{}", "details/{}", "limits/{}"):
        reply = ledger.call("GET", f"/api/transactions/{path.format(no_id)}", headers=ada.headers)
        assert reply.status_code == 404, reply.text
    reply = ledger.call("POST", f"/api/transactions/{no_id}/reverse", {"reason": "Twice"}, headers=ledger.staff())
    assert reply.status_code == 404, reply.text


@pytest.mark.parametrize("statement_number", [1, 3, 8, 15, 24])
def test_an_installation_that_was_broken_off_is_simply_run_again(tmp_path: Path, statement_number: int) -> None:
    url = databases.url_of(tmp_path / "broken-off.db")
    database = Database.at(url)
    seen = 0

    def break_off(*_facts: object) -> None:
        nonlocal seen
        seen += 1
        if seen == statement_number:
            raise ConnectionError("the process was killed")

    event.listen(database.engine, "after_cursor_execute", break_off)
    with suppress(ConnectionError):
        migrate_in_earnest(database, "transaction_service")
    assert seen == statement_number
    event.remove(database.engine, "after_cursor_execute", break_off)
    database.close()
    again = Database.at(url)
    migrate_in_earnest(again, "transaction_service")
    tables = set(inspect(again.engine).get_table_names())
    assert {table.name for table in models.metadata.sorted_tables} | {"alembic_version"} == tables
    again.close()


def test_a_server_that_is_away_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "_PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(migrations, "_PAUSE_SECONDS", 0.1)
    nowhere = make_url(databases.url_of(tmp_path / "away.db")).set(port=1)
    with pytest.raises(MissingSettingError, match="could not be reached"):
        migrate_in_earnest(Database.at(nowhere), "auth_service")


def test_a_stranger_who_is_not_let_in_is_told_so_and_no_password(tmp_path: Path) -> None:
    unknown = make_url(databases.url_of(tmp_path / "strange.db")).set(username="nobody", password="a secret of mine")
    with pytest.raises(MissingSettingError, match="does not let us in") as refused:
        migrate_in_earnest(Database.at(unknown), "auth_service")
    assert "a secret of mine" not in str(refused.value)
