"""Feeds: positions come in the order of commits; a reader takes each row in once, follows a feed that began anew, and
never mixes two."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, MetaData, Table, event, func, insert, select

from shared.events import feeds
from shared.events.feeds import FeedPosition, FeedReader, Row
from shared.identifiers import new_id
from shared.storage.database import BigInt, Database, IdText, LongText
from tests import databases

pytestmark = pytest.mark.every_database

metadata = MetaData()
heads = feeds.heads_table(metadata)
positions = feeds.positions_table(metadata)
events = Table(
    "events",
    metadata,
    Column("position", BigInt, primary_key=True, autoincrement=False),
    Column("id", IdText, nullable=False),
    sqlite_strict=True,
)
derived = Table("derived", metadata, Column("id", IdText, primary_key=True), Column("text", LongText))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.at(databases.url_of(tmp_path / "feeds.db"))
    with opened.write() as connection:
        metadata.create_all(connection)
        connection.execute(insert(heads).values(feed="events", position=0))
    yield opened
    opened.close()


def publish(database: Database, count: int) -> None:
    with database.write() as connection:
        feeds.append(connection, heads, events, [{"id": new_id()} for _ in range(count)])


@dataclass
class Source:
    """A feed to read, as its service would serve it."""

    rows: list[Row] = field(default_factory=list)

    def grow(self, count: int) -> "Source":
        first = len(self.rows) + 1
        self.rows += [{"position": first + number, "id": new_id()} for number in range(count)]
        return self

    def page(self, at: FeedPosition, limit: int = 1000) -> tuple[list[Row], int]:
        after = max(at.position - 1, 0)
        found = [row for row in self.rows if row["position"] > after][:limit]
        return found, self.rows[-1]["position"] if self.rows else 0


def reader_of(database: Database) -> FeedReader:
    def derive(connection: Connection, rows: list[Row]) -> None:
        connection.execute(insert(derived), [{"id": row["id"], "text": str(row["position"])} for row in rows])

    def forget(connection: Connection) -> None:
        connection.execute(derived.delete())

    return FeedReader(database, positions, "source", derive=derive, forget=forget)


def read(reader: FeedReader, source: Source, limit: int = 1000) -> FeedPosition:
    """Pull until nothing moves any more."""
    at = reader.position()
    while (reached := reader.take_in(at, *source.page(at, limit))) != at:
        at = reached
    return reached


def taken_in(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(derived.c.id)).scalars())


def test_writers_at_once_give_out_every_position_once_and_in_order(database: Database) -> None:
    threads = [threading.Thread(target=publish, args=(database, 3)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert list(connection.execute(select(events.c.position).order_by(events.c.position)).scalars()) == list(
            range(1, 61)
        )
        assert feeds.head_position(connection, heads, "events") == 60


def test_a_position_is_not_given_out_again_after_its_row_was_deleted(database: Database) -> None:
    publish(database, 3)
    with database.write() as connection:
        connection.execute(events.delete())
    publish(database, 1)
    with database.read() as connection:
        assert connection.execute(select(func.min(events.c.position))).scalar_one() == 4


def test_what_was_not_committed_leaves_no_gap(database: Database) -> None:
    with pytest.raises(RuntimeError, match="changed my mind"), database.write() as connection:  # noqa: PT012
        feeds.append(connection, heads, events, [{"id": new_id()}])
        message = "changed my mind"
        raise RuntimeError(message)
    publish(database, 1)
    with database.read() as connection:
        assert connection.execute(select(events.c.position)).scalars().all() == [1]


def test_the_head_row_is_locked_before_a_position_is_given_out(database: Database) -> None:
    """What makes it right on PostgreSQL and MySQL: whoever holds the head row commits before the next one reads it."""
    statements: list[str] = []
    with database.write() as connection:
        driver = connection.connection.driver_connection
        if database.is_sqlite:
            driver.set_trace_callback(statements.append)  # type: ignore[union-attr]
        else:
            event.listen(
                connection, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement)
            )
        feeds.append(connection, heads, events, [{"id": new_id()}])
        if database.is_sqlite:
            driver.set_trace_callback(None)  # type: ignore[union-attr]
    assert [statement.split()[0] for statement in statements] == ["UPDATE", "SELECT", "INSERT"]
    assert "feed_heads" in statements[0]


@pytest.mark.parametrize("limit", [2, 3, 1000])
def test_a_reader_takes_every_row_in_once(database: Database, limit: int) -> None:
    source, reader = Source().grow(7), reader_of(database)
    assert read(reader, source, limit).position == 7
    source.grow(4)
    assert read(reader, source, limit).position == 11
    assert taken_in(database) == {row["id"] for row in source.rows}


@pytest.mark.parametrize("length", [0, 3, 5, 8])
def test_a_feed_that_was_replaced_is_read_from_its_start(database: Database, length: int) -> None:
    """Shorter, just as long or longer: nothing of the old feed is left, and nothing of the new one is missing."""
    reader = reader_of(database)
    read(reader, Source().grow(5))
    other = Source().grow(length)
    reached = read(reader, other)
    assert (reached.position, reached.generation) == (length, 1)
    assert taken_in(database) == {row["id"] for row in other.rows}


def test_a_backup_that_grew_on_is_another_feed(database: Database) -> None:
    reader, source = reader_of(database), Source().grow(5)
    read(reader, source)
    restored = Source(source.rows[:3]).grow(4)
    read(reader, restored)
    assert taken_in(database) == {row["id"] for row in restored.rows}


def test_a_row_that_was_deleted_at_the_readers_position_is_no_other_feed(database: Database) -> None:
    reader, source = reader_of(database), Source().grow(5)
    read(reader, source)
    before = {row["id"] for row in source.rows}
    source.grow(2)
    del source.rows[4]
    assert read(reader, source) == FeedPosition(7, source.rows[-1]["id"], 0)
    assert taken_in(database) == before | {row["id"] for row in source.rows}


def test_a_page_of_an_older_feed_leaves_no_hole_in_a_newer_one(database: Database) -> None:
    """Another process begins anew and comes just as far, while this one holds a page of before."""
    slow, other_process, old = reader_of(database), reader_of(database), Source().grow(5)
    asked_at = read(slow, old)
    late_page = old.grow(3).page(asked_at)
    restored = Source(old.rows[:4])
    read(other_process, restored)
    restored.rows.append(old.rows[4])
    assert read(other_process, restored).position == asked_at.position
    slow.take_in(asked_at, *late_page)
    assert slow.position() == FeedPosition(5, old.rows[4]["id"], 1)
    assert taken_in(database) == {row["id"] for row in restored.rows}


def test_an_effect_and_its_position_are_one_commit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, source = reader_of(database), Source().grow(3)

    def fails(*_: object) -> None:
        message = "the disk is gone"
        raise OSError(message)

    with monkeypatch.context() as broken:
        broken.setattr(reader, "store", fails)
        with pytest.raises(OSError, match="the disk is gone"):
            read(reader, source)
    assert taken_in(database) == set()
    assert read(reader, source).position == 3


def test_readers_side_by_side_take_each_row_in_once(database: Database) -> None:
    source = Source().grow(100)
    problems: list[BaseException] = []

    def consume() -> None:
        try:
            reader = reader_of(database)
            while (at := reader.position()).position < 100:
                reader.take_in(at, *source.page(at, 8))
        except BaseException as problem:  # noqa: BLE001 (said in the test's own thread)
            problems.append(problem)

    threads = [threading.Thread(target=consume) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(taken_in(database)) == 100
