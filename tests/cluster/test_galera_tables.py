"""Tables are made once on a Galera cluster, wherever the bank's processes start, and one who froze cannot go on."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, inspect, text

from benchmarks.galera import GaleraCluster
from shared.identifiers import new_id
from shared.storage import galera as galera_storage
from shared.storage import galera_lease
from shared.storage.database import Database
from shared.storage.database_servers import migration_turn
from shared.storage.galera_lease import Lease
from shared.storage.galera_turns import TABLE
from tests.bank_processes import wait_until
from tests.copied_databases import migrate_in_earnest
from transaction_service import models

pytestmark = pytest.mark.cluster


@pytest.fixture
def at_each_server(galera: GaleraCluster) -> Iterator[list[Database]]:
    """The same new database, reached at each of the servers."""
    name = f"t{new_id().replace('-', '')}"
    galera.make_database(name)
    found = [Database.at(galera.url(name, first=number)) for number in range(3)]
    yield found
    for database in found:
        database.close()


def test_processes_that_begin_at_three_servers_at_once_make_the_tables_once(at_each_server: list[Database]) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda database: migrate_in_earnest(database, "transaction_service"), at_each_server))
    wanted = {table.name for table in models.metadata.sorted_tables} | {"alembic_version", TABLE}
    for database in at_each_server:
        assert set(inspect(database.engine).get_table_names()) == wanted
        with database.read() as connection:
            assert connection.execute(text("SELECT COUNT(*) FROM alembic_version")).scalar_one() == 1


def test_who_changes_tables_and_freezes_is_followed_and_cannot_go_on_afterwards(
    at_each_server: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(galera_lease, "DEAD_AFTER_SECONDS", 3.0)
    here, elsewhere, _ = at_each_server
    leases, is_thawed = [], threading.Event()

    class Watched(Lease):
        def __init__(self, engine: Engine) -> None:
            super().__init__(engine)
            leases.append(self)

    monkeypatch.setattr(galera_storage, "Lease", Watched)
    with here.engine.connect() as connection, migration_turn(connection):
        connection.exec_driver_sql("CREATE TABLE begun (id INT PRIMARY KEY)")
        change = leases[0]._change
        monkeypatch.setattr(leases[0], "_change", lambda *facts, **more: is_thawed.wait() and change(*facts, **more))
        heir = Lease(elsewhere.engine)
        heir.take()
        is_thawed.set()
        wait_until(lambda: leases[0].is_lost, 10)
        with pytest.raises(RuntimeError, match="taken over"):
            connection.exec_driver_sql("CREATE TABLE too_late (id INT PRIMARY KEY)")
    assert not heir.is_lost
    heir.give_back()
    assert set(inspect(elsewhere.engine).get_table_names()) == {"begun", TABLE}


def test_writers_at_three_servers_take_turns(at_each_server: list[Database]) -> None:
    """Each reads, waits, and writes what it read and one more: nothing is lost between."""
    here = at_each_server[0]
    with here.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE counted (id INT PRIMARY KEY, number INT NOT NULL)")
        connection.exec_driver_sql("INSERT INTO counted VALUES (1, 0)")

    def count_once(database: Database) -> None:
        def work(connection: Connection) -> None:
            number = connection.exec_driver_sql("SELECT number FROM counted").scalar_one()
            time.sleep(0.002)
            connection.exec_driver_sql(f"UPDATE counted SET number = {number + 1}")

        database.repeatedly(work)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count_once, at_each_server * 40))
    for database in at_each_server:
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT number FROM counted").scalar_one() == 120
