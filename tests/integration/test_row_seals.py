"""A row altered, removed or slipped in by hand is named, whatever the shape of its key; a row as written is not."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, PrimaryKeyConstraint, Table, text

from shared import row_seals, services
from shared.database import BigInt, Database, IdText, LongText, as_dicts
from shared.json_parsing import render
from shared.migrations import migrate
from shared.services import Service
from tests.reporting_bank import reporting_bank

metadata = MetaData()
seals = row_seals.seal_table(metadata)
letters = Table(
    "letters",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("weight", BigInt),
    Column("text", LongText),
    sqlite_strict=True,
)
state = Table("state", metadata, Column("id", Integer, primary_key=True), Column("step", Integer), sqlite_strict=True)
seats = Table(
    "seats",
    metadata,
    Column("row_id", IdText, nullable=False),
    Column("seat", Integer, nullable=False),
    Column("guest", IdText),
    PrimaryKeyConstraint("row_id", "seat"),
    sqlite_strict=True,
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A table of each kind of key, with rows in it."""
    database = Database.at(f"sqlite:///{tmp_path / 'sealed.db'}")
    row_seals.use_key(database, "a key of tests")
    with database.write() as opened:
        metadata.create_all(opened)
        row_seals.insert_rows(opened, letters, [{"id": "a", "weight": 1}, {"id": "b", "text": "dear “€” "}])
        row_seals.insert_rows(opened, state, [{"id": 1, "step": 0}])
        row_seals.insert_rows(opened, seats, [{"row_id": "r", "seat": 1}, {"row_id": "r", "seat": 2, "guest": "ada"}])
        yield opened
    database.close()


def broken(connection: Connection) -> list[tuple[str, str]]:
    """Record and detail of each finding."""
    return [(finding["record"], finding["detail"]) for finding in row_seals.proof(connection, metadata)["findings"]]


def test_rows_that_were_written_hold_through_every_change(connection: Connection) -> None:
    row_seals.update_rows(connection, letters, letters.c.weight.is_(None), lambda row: {"weight": len(row["text"])})
    row_seals.update_rows(connection, state, state.c.id == 1, lambda row: {"step": row["step"] + 1})
    assert row_seals.update_rows(connection, seats, seats.c.row_id == "r", lambda _: {"guest": "bob"}) == 2
    assert row_seals.update_rows(connection, seats, seats.c.row_id == "none", lambda _: {"guest": "bob"}) == 0
    row_seals.insert_rows(connection, letters, [])
    row_seals.insert_rows(connection, letters, [{"id": "c"}])
    row_seals.delete_rows(connection, seats, seats.c.seat == 1)
    row_seals.delete_rows(connection, letters, letters.c.id == "a")
    assert row_seals.proof(connection, metadata) == {"rows": 4, "findings": []}
    assert connection.execute(letters.select().where(letters.c.id == "b")).one().weight == len("dear “€” ")
    row_seals.delete_rows(connection, letters)
    assert row_seals.proof(connection, metadata) == {"rows": 2, "findings": []}
    assert connection.execute(seals.select().where(seals.c.table_name == "letters")).all() == []


@pytest.mark.parametrize(
    ("statement", "record", "detail"),
    [
        ("UPDATE letters SET weight = 2 WHERE id = 'a'", "a", "the row of letters is not as it was written"),
        ("UPDATE letters SET weight = NULL WHERE id = 'a'", "a", "the row of letters is not as it was written"),
        ("UPDATE letters SET text = '' WHERE id = 'a'", "a", "the row of letters is not as it was written"),
        ("UPDATE state SET step = 9", "1", "the row of state is not as it was written"),
        ("UPDATE seats SET guest = 'eve' WHERE seat = 2", "r 2", "the row of seats is not as it was written"),
        ("DELETE FROM seats WHERE seat = 1", "r 1", "the row of seats was removed"),
        ("INSERT INTO seats VALUES ('r', 3, 'eve')", "r 3", "the row of seats was slipped in"),
        ("UPDATE row_seals SET seal = 'x' WHERE record = 'b'", "b", "the row of letters is not as it was written"),
        ("DELETE FROM row_seals WHERE record = 'b'", "b", "the row of letters was slipped in"),
    ],
)
def test_a_row_touched_by_hand_is_named(connection: Connection, statement: str, record: str, detail: str) -> None:
    connection.execute(text(statement))
    assert broken(connection) == [(record, detail)]


def test_a_changed_key_is_a_row_removed_and_one_slipped_in(connection: Connection) -> None:
    connection.execute(text("UPDATE letters SET id = 'z' WHERE id = 'a'"))
    assert broken(connection) == [
        ("z", "the row of letters was slipped in"),
        ("a", "the row of letters was removed"),
    ]


def test_a_row_that_a_hand_removed_can_be_written_again(connection: Connection) -> None:
    connection.execute(text("DELETE FROM letters WHERE id = 'a'"))
    row_seals.delete_rows(connection, letters, letters.c.id == "a")
    assert broken(connection) == [("a", "the row of letters was removed")]
    row_seals.insert_rows(connection, letters, [{"id": "a", "weight": 5}])
    assert broken(connection) == []


def test_a_table_with_another_column_is_sealed_again(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE letters ADD COLUMN stamp TEXT"))
    grown = MetaData()
    grown.reflect(connection)
    assert len(row_seals.proof(connection, grown)["findings"]) == 2
    row_seals.seal_again(connection, ["letters"])
    assert row_seals.proof(connection, grown) == {"rows": 5, "findings": []}


def test_a_later_change_does_not_hide_what_was_altered_before(connection: Connection) -> None:
    connection.execute(text("UPDATE letters SET text = 'forged' WHERE id = 'a'"))
    row_seals.update_rows(connection, letters, letters.c.id.is_not(None), lambda _: {"weight": 7})
    assert connection.execute(text("SELECT sum(weight) FROM letters")).scalar_one() == 14
    assert broken(connection) == [("a", "the row of letters is not as it was written")]


def test_values_do_not_run_into_one_another(connection: Connection) -> None:
    """A row that reads the same, value after value, is not the same row."""
    row_seals.insert_rows(connection, letters, [{"id": "x", "weight": 12, "text": "3"}])
    connection.execute(text("UPDATE letters SET weight = 1, text = '23' WHERE id = 'x'"))
    assert broken(connection) == [("x", "the row of letters is not as it was written")]


@pytest.mark.parametrize("service", [services.NOTIFICATION, services.SIMULATOR])
def test_a_database_from_before_seals_is_sealed_as_it_stands(tmp_path: Path, service: Service) -> None:
    with reporting_bank(tmp_path) as bank:
        ada = bank.customer("5.00")
        bank.settle_in_a_world(ada)
        bank.follow()
        sealed = bank.report("/proof")["compared"]["sealed_rows"]
        before = ["DROP TABLE row_seals", "UPDATE alembic_version SET version_num = '0001'"]
        before += {
            services.SIMULATOR: [
                "DROP INDEX parties_user",
                "DROP TABLE resets",
                "ALTER TABLE worlds DROP COLUMN log_in_salt",
                "ALTER TABLE worlds ADD COLUMN password TEXT NOT NULL DEFAULT ''",
            ],
            services.NOTIFICATION: [
                "ALTER TABLE feed_positions DROP COLUMN mark",
                "ALTER TABLE feed_positions DROP COLUMN generation",
                "ALTER TABLE inbox_state ADD COLUMN generation INTEGER NOT NULL DEFAULT 0",
            ],
        }[service]
        bank.alter(service, *before)
        migrate(bank.bank.databases[service.package], service.package)
        proof = bank.report("/proof")
    assert proof["findings"] == []
    assert proof["compared"]["sealed_rows"] == sealed > 0


def test_plain_hashes_of_earlier_releases_become_seals_and_what_was_broken_stays_so(connection: Connection) -> None:
    for table in (letters, state, seats):
        for row in as_dicts(connection.execute(table.select())):
            record = " ".join(str(row[column.name]) for column in table.primary_key)
            content = render([table.name, [[name, row[name]] for name in sorted(row)]])
            plain = hashlib.sha256(content.encode()).hexdigest()
            here = (seals.c.table_name == table.name) & (seals.c.record == record)
            connection.execute(seals.update().where(here).values(seal=plain))
    connection.execute(text("UPDATE letters SET weight = 2 WHERE id = 'a'"))
    connection.execute(text("DELETE FROM seats WHERE seat = 2"))
    row_seals.adopt_key(connection, ["letters", "state", "seats"])
    assert broken(connection) == [
        ("a", "the row of letters is not as it was written"),
        ("r 2", "the row of seats was removed"),
    ]


def test_a_seal_made_without_the_key_is_no_seal(connection: Connection) -> None:
    """What somebody who can write the database, and has read this code, would do."""
    row = {"id": "a", "weight": 999, "text": None}
    forged = hashlib.sha256(render(["letters", [[name, row[name]] for name in sorted(row)]]).encode()).hexdigest()
    connection.execute(text("UPDATE letters SET weight = 999 WHERE id = 'a'"))
    connection.execute(text("UPDATE row_seals SET seal = :seal WHERE record = 'a'"), {"seal": forged})
    assert broken(connection) == [("a", "the row of letters is not as it was written")]


def test_nothing_is_sealed_without_a_key(tmp_path: Path) -> None:
    database = Database.at(f"sqlite:///{tmp_path / 'keyless.db'}")
    with database.write() as opened:
        metadata.create_all(opened)
        with pytest.raises(RuntimeError, match="no key to seal rows with"):
            row_seals.insert_rows(opened, state, [{"id": 1, "step": 0}])
    database.close()
