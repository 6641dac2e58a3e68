"""One transaction a block, as a connection or as Flask-SQLAlchemy's session, in whatever folder the data lies."""

import ctypes
import math
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import CheckConstraint, func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from shared import services, settings
from shared.refusals import Refused
from shared.storage.database import Database, IdText, service_models
from shared.storage.sqlite import sqlite_driver
from shared.storage.text_search import contains
from tests import databases

db = service_models()


class Shelf(db.Model):  # type: ignore[name-defined,misc]
    """Something to store."""

    __tablename__ = "shelves"
    __table_args__ = (CheckConstraint("books >= 0"), {"sqlite_strict": True})

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    books: Mapped[int]
    locked: Mapped[bool]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database.at(databases.url_of(tmp_path / "library.db"), db)
    with made.write() as connection:
        db.metadata.create_all(connection)
    yield made
    made.close()


def _shelf(name: str, books: int = 1) -> Shelf:
    return Shelf(id=name, books=books, locked=False)


def _count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(Shelf)).scalar_one()


def test_a_write_session_begins_immediately_and_commits_once_when_its_block_ends(database: Database) -> None:
    with database.write_session() as session:
        session.add(_shelf("a"))
        session.commit()
        assert _count(database) == 0
        with pytest.raises(sqlite_driver.OperationalError, match="locked"):
            _other_writer(database).execute("BEGIN IMMEDIATE")
    assert _count(database) == 1


def _other_writer(database: Database) -> Any:
    """Of the same library: two copies of SQLite in one process do not see each other's locks."""
    return sqlite_driver.connect(
        str(database.engine.url.database), timeout=0, isolation_level=None, check_same_thread=False
    )


def test_a_write_session_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _store_and_fail(database)
    assert _count(database) == 0
    with pytest.raises(IntegrityError), database.write_session() as session:
        session.add(_shelf("a", books=-1))
    with database.write_session() as session:
        session.add(_shelf("a"))
    assert _count(database) == 1


def _store_and_fail(database: Database) -> None:
    with database.write_session() as session:
        session.add(_shelf("a"))
        session.flush()
        raise ZeroDivisionError


@pytest.mark.every_database
def test_nothing_is_flushed_before_it_is_told_to(database: Database) -> None:
    with database.write_session() as session:
        session.add(_shelf("a"))
        assert session.scalars(select(Shelf)).all() == []
        session.flush()
        assert session.scalars(select(Shelf)).one().id == "a"


@pytest.mark.every_database
def test_objects_stay_readable_after_their_block_and_flags_are_booleans(database: Database) -> None:
    with database.write_session() as session:
        session.add(_shelf("a"))
    with database.read_session() as session:
        found = session.get_one(Shelf, "a")
    assert (found.books, found.locked) == (1, False)
    with database.read() as connection:
        assert connection.execute(text("SELECT locked FROM shelves")).scalar() == 0


@pytest.mark.every_database
def test_a_change_in_a_read_session_is_an_error_and_not_lost_in_silence(database: Database) -> None:
    with pytest.raises(RuntimeError, match="read_session"), database.read_session() as session:
        session.add(_shelf("a"))


@pytest.mark.every_database
def test_the_session_of_flask_sqlalchemy_alone_begins_no_transaction(tmp_path: Path) -> None:
    app = Flask("library")
    Database(db).init_app(app, databases.url_of(tmp_path / "library.db"))
    with app.app_context(), pytest.raises(RuntimeError, match="write_session"):
        db.session.execute(select(Shelf))


def test_one_db_serves_several_apps_each_on_its_own_file_and_in_threads(tmp_path: Path) -> None:
    both = [Database(db) for _ in range(2)]
    for position, database in enumerate(both):
        app = Flask(f"library {position}")
        database.init_app(app, f"sqlite:///{tmp_path / f'{position}.db'}")
        assert app.extensions["database"] is database
        with database.write() as connection:
            db.metadata.create_all(connection)

    def store(database: Database, name: str) -> None:
        with database.write_session() as session:
            session.add(_shelf(name))

    threads = [threading.Thread(target=store, args=(both[turn % 2], f"shelf-{turn}")) for turn in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [_count(database) for database in both] == [5, 5]
    for database in both:
        database.close()


def test_a_writer_outside_this_process_gives_503_within_the_deadline_and_no_error_of_the_driver(
    database: Database,
) -> None:
    other = _other_writer(database)
    other.execute("BEGIN IMMEDIATE")
    with Flask("library").test_request_context():
        for opened in (database.write, database.write_session):
            g.deadline = time.monotonic() + 0.4
            began = time.monotonic()
            with pytest.raises(Refused) as refused, opened():
                pass
            assert refused.value.refusal.status == 503
            assert time.monotonic() - began < 2
    other.rollback()
    with database.write_session() as session:
        session.add(_shelf("a"))
    assert _count(database) == 1


def test_errors_do_not_tell_what_was_to_be_stored(database: Database) -> None:
    with pytest.raises(IntegrityError) as error, database.write() as connection:
        connection.execute(insert(Shelf), [{"id": "Jane Doe", "books": -1, "locked": False}])
    assert "Jane Doe" not in str(error.value)


@pytest.mark.parametrize("folder", ["with space", "100%", "%20", "what?", "a#b", "größe €", "a:b@c", "semi;colon&=x"])
def test_any_data_directory_that_the_file_system_allows_works(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path / folder))
    database = Database.at(settings.database_url(services.AUTH), db)
    with database.write() as connection:
        db.metadata.create_all(connection)
    database.close()
    file = tmp_path / folder / "auth_service.db"
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_a_database_file_and_those_beside_it_are_its_owners_alone(database: Database, tmp_path: Path) -> None:
    with database.write_session() as session:
        session.add(_shelf("a"))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert "library.db-wal" in modes


def test_a_database_in_memory_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="in memory"):
        Database.at("sqlite:///:memory:", db)


@pytest.mark.every_database
@pytest.mark.parametrize(
    ("wanted", "found"), [("äöü", 2), ("ÄÖÜ", 2), ("strasse", 1), ("100%", 1), ("a_b", 0), ("%", 1)]
)
def test_a_search_knows_the_capitals_of_every_language(database: Database, wanted: str, found: int) -> None:
    with database.write_session() as session:
        session.add_all([_shelf("ÄÖÜ one"), _shelf("two äöü"), _shelf("Straße"), _shelf("100% sure"), _shelf("axb")])
    with database.read() as connection:
        query = select(func.count()).where(contains(Shelf.id, wanted))
        assert connection.execute(query).scalar_one() == found


def test_after_a_rush_of_readers_one_connection_is_used_again_and_the_others_caches_stay_empty(tmp_path: Path) -> None:
    database = Database.at(f"sqlite:///{tmp_path / 'file.db'}")
    with ExitStack() as rush:
        for _ in range(5):
            rush.enter_context(database.read())
    used = set()
    for _ in range(5):
        with database.read() as connection:
            used.add(id(connection.connection.driver_connection))
    assert len(used) == 1
    database.close()


def test_the_caches_of_all_connections_together_stay_within_what_a_process_may_hold(tmp_path: Path) -> None:
    database = Database.at(f"sqlite:///{tmp_path / 'file.db'}")
    with database.write() as connection:
        connection.execute(text("CREATE TABLE filled (content BLOB)"))
        connection.execute(text("INSERT INTO filled VALUES (zeroblob(1000))"), [{}] * 9000)
    with ExitStack() as readers:
        for _ in range(6):
            connection = readers.enter_context(database.read())
            connection.execute(text("SELECT sum(length(content)) FROM filled")).one()
        assert _held_by_sqlite() < 12 * 1024 * 1024
    database.close()


def _held_by_sqlite() -> int:
    """Bytes, of all its connections in this process."""
    library = ctypes.CDLL((sys.modules.get("pysqlite3._sqlite3") or sys.modules["_sqlite3"]).__file__)
    library.sqlite3_memory_used.restype = ctypes.c_int64
    return int(library.sqlite3_memory_used())


def test_a_transaction_larger_than_the_cache_stays_out_of_the_log_until_it_commits(tmp_path: Path) -> None:
    """What spilled would be written twice, and once more to the log for each page that is written again."""
    database = Database.at(f"sqlite:///{tmp_path / 'file.db'}")
    log = tmp_path / "file.db-wal"
    with database.write() as connection:
        connection.execute(text("CREATE TABLE filled (content BLOB)"))
    before = log.stat().st_size
    with database.write() as connection:
        connection.execute(text("INSERT INTO filled VALUES (zeroblob(16000000))"))
        assert log.stat().st_size == before
    assert log.stat().st_size > before + 16_000_000
    database.close()


def test_bytes_and_nothing_are_bound_about_as_fast_as_numbers(database: Database) -> None:
    """The driver looks for ways to adapt what it does not know at once: for some time, and in vain."""
    with database.read() as connection:
        driver: Any = connection.connection.driver_connection

        def seconds(value: object) -> float:
            began = time.thread_time()
            for _ in range(200):
                driver.execute(f"SELECT {','.join('?' * 200)}", (value,) * 200)
            return time.thread_time() - began

        took: dict[object, float] = dict.fromkeys((7, b"seven", None), math.inf)
        for _round in range(20):  # in turn, as the machine is slower at one time than at another
            took = {value: min(before, seconds(value)) for value, before in took.items()}
            if max(took.values()) < 4 * took[7]:
                break
        assert max(took.values()) < 4 * took[7], took
        found = driver.execute("SELECT ?, ?, typeof(?)", (b"seven", None, b"seven")).fetchone()
        assert found == (b"seven", None, "blob")
