"""A row altered, removed or slipped in by hand is named, whatever the shape of its key; a row as written is not."""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Integer, MetaData, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from shared import services
from shared.http.json_parsing import render
from shared.services import Service
from shared.storage import row_seal_migrations, row_seal_renewal, row_seals, seal_proof
from shared.storage.database import Database, IdText, as_dicts, service_models
from shared.storage.migrations import migrate
from shared.storage.sealer import sealer
from tests import databases
from tests.reporting_bank import reporting_bank

pytestmark = pytest.mark.every_database
db = service_models()
metadata = db.metadata
seals = row_seals.seal_table(metadata)


class Letter(db.Model):  # type: ignore[name-defined, misc]
    __tablename__ = "letters"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    weight: Mapped[int | None]
    text: Mapped[str | None]


class State(db.Model):  # type: ignore[name-defined, misc]
    __tablename__ = "state"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    step: Mapped[int]


class Seat(db.Model):  # type: ignore[name-defined, misc]
    __tablename__ = "seats"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    row_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    seat: Mapped[int] = mapped_column(Integer, primary_key=True)
    guest: Mapped[str | None] = mapped_column(IdText)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A table of each kind of key, with rows in it; nothing of the session's own is left to be flushed."""
    database = Database.at(databases.url_of(tmp_path / "sealed.db"), db)
    row_seals.use_key(database, "a key of tests")
    with database.write() as opened:
        metadata.create_all(opened)
    with database.write_session() as filling:
        filling.add_all([Letter(id="a", weight=1), Letter(id="b", text="dear “€” "), State(id=1, step=0)])
        filling.add_all([Seat(row_id="r", seat=1), Seat(row_id="r", seat=2, guest="ada")])
    with database.write_session() as changing:
        yield changing
    database.close()


def letter(session: Session, key: str) -> Letter:
    return session.get_one(Letter, key)


def proved(session: Session) -> dict[str, Any]:
    return seal_proof.proof(lambda: nullcontext(session.connection()), metadata)


def broken(session: Session) -> list[tuple[str, str]]:
    """Record and detail of each finding, once everything is flushed."""
    session.flush()
    return [(finding["record"], finding["detail"]) for finding in proved(session)["findings"]]


def test_rows_that_were_written_hold_through_every_change(session: Session) -> None:
    letter(session, "b").weight = 7
    session.get_one(State, 1).step += 1
    for seat in session.scalars(select(Seat)):
        seat.guest = "bob"
    session.add(Letter(id="c"))
    session.flush()
    letter(session, "c").text = "added, then changed"
    session.delete(session.get_one(Seat, ("r", 1)))
    session.delete(letter(session, "a"))
    session.flush()
    assert proved(session) == {"rows": 4, "findings": []}
    letter(session, "b").weight = 7  # which it is already
    row_seals.delete_rows(session, Seat, Seat.guest == "nobody")
    assert broken(session) == []
    row_seals.delete_rows(session, Letter)
    assert proved(session) == {"rows": 2, "findings": []}
    assert session.execute(seals.select().where(seals.c.table_name == "letters")).all() == []


def test_a_row_added_and_removed_within_one_transaction_leaves_no_seal(session: Session) -> None:
    session.add(Letter(id="x"))
    session.flush()
    session.delete(letter(session, "x"))
    assert broken(session) == []
    assert proved(session)["rows"] == 5


def test_rows_added_by_the_hundred_are_sealed_as_written(session: Session) -> None:
    session.execute(text("DELETE FROM letters WHERE id = 'a'"))
    row_seals.add_rows(session, Letter, [{"id": key, "weight": 3, "text": None} for key in ("a", "x", "y")])
    assert proved(session) == {"rows": 7, "findings": []}
    session.execute(text("UPDATE letters SET weight = 4 WHERE id = 'x'"))
    assert broken(session) == [("x", "the row of letters is not as it was written")]


def test_rows_by_the_thousand_are_found_and_removed_by_their_ids_with_their_seals(session: Session) -> None:
    ids = [f"n{number}" for number in range(2_500)]  # more than one query looks for
    row_seals.add_rows(session, Letter, [{"id": key, "weight": None, "text": "many"} for key in ids])
    assert row_seals.known_among(session, Letter, ["none", *ids, "nor this"]) == set(ids)
    assert row_seals.known_among(session, Letter, []) == set()
    row_seals.delete_known(session, Letter, ids[1:])
    assert row_seals.known_among(session, Letter, ids) == {"n0"}
    assert proved(session) == {"rows": 6, "findings": []}


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
def test_a_row_touched_by_hand_is_named(session: Session, statement: str, record: str, detail: str) -> None:
    session.execute(text(statement))
    assert broken(session) == [(record, detail)]


def test_a_changed_key_is_a_row_removed_and_one_slipped_in(session: Session) -> None:
    session.execute(text("UPDATE letters SET id = 'z' WHERE id = 'a'"))
    assert broken(session) == [
        ("z", "the row of letters was slipped in"),
        ("a", "the row of letters was removed"),
    ]


def test_a_row_that_a_hand_removed_can_be_written_again(session: Session) -> None:
    session.execute(text("DELETE FROM letters WHERE id = 'a'"))
    row_seals.delete_rows(session, Letter, Letter.id == "a")
    assert broken(session) == [("a", "the row of letters was removed")]
    session.add(Letter(id="a", weight=5))
    assert broken(session) == []


def test_a_table_with_another_column_is_sealed_again(session: Session) -> None:
    connection = session.connection()
    connection.execute(text("ALTER TABLE letters ADD COLUMN stamp TEXT"))
    grown = MetaData()
    grown.reflect(connection)
    assert len(seal_proof.proof(lambda: nullcontext(connection), grown)["findings"]) == 2
    row_seal_migrations.seal_again(connection, ["letters"])
    assert seal_proof.proof(lambda: nullcontext(connection), grown) == {"rows": 5, "findings": []}


def test_a_later_change_does_not_hide_what_was_altered_before(session: Session) -> None:
    session.execute(text("UPDATE letters SET text = 'forged' WHERE id = 'a'"))
    for one in session.scalars(select(Letter)):
        one.weight = 7
    session.flush()
    assert session.execute(text("SELECT sum(weight) FROM letters")).scalar_one() == 14
    assert broken(session) == [("a", "the row of letters is not as it was written")]


def test_a_change_of_the_very_column_that_was_altered_does_not_hide_it(session: Session) -> None:
    session.execute(text("UPDATE letters SET weight = 999 WHERE id = 'a'"))
    letter(session, "a").weight = 998
    assert broken(session) == [("a", "the row of letters is not as it was written")]


def test_many_rows_are_sealed_in_one_flush(session: Session) -> None:
    session.add_all([Letter(id=f"n{number}", weight=number) for number in range(2 * row_seals.ROWS_AT_ONCE)])
    session.flush()
    for one in session.scalars(select(Letter)):
        one.text = "changed"
    assert broken(session) == []
    row_seals.delete_rows(session, Letter, Letter.weight > 0)
    assert broken(session) == []
    assert session.scalar(select(func.count()).select_from(seals)) == proved(session)["rows"] == 5


@pytest.fixture
def rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Rows that an older key has sealed, more than one page of them, of which a hand touched some; and a newer row."""
    monkeypatch.setattr(row_seal_renewal, "ROWS_AT_ONCE", 3)
    database = Database.at(databases.url_of(tmp_path / "rotated.db"), db)
    row_seals.use_key(database, "the key of before")
    with database.write() as opened:
        metadata.create_all(opened)
    with database.write_session() as filling:
        filling.add_all([Letter(id=f"n{number}", weight=number) for number in range(10)])
        filling.add_all([Seat(row_id=row, seat=seat) for row in ("r", "s") for seat in range(4)])
        filling.add(State(id=1, step=0))
    row_seals.use_key(database, "the key of now", ["the key before that", "the key of before"])
    with database.write_session() as adding:
        adding.add(Letter(id="new"))
    yield database
    database.close()


def found_in(database: Database) -> list[str]:
    with database.read() as connection:
        return [
            finding["record"] for finding in seal_proof.proof(lambda: nullcontext(connection), metadata)["findings"]
        ]


def test_rows_hold_with_a_new_key_before_and_after_they_are_sealed_with_it(rotated: Database) -> None:
    assert found_in(rotated) == []
    with rotated.write_session() as changing:
        letter(changing, "n3").weight = 33
    assert found_in(rotated) == [], "a row of before that is changed is sealed with the key of now"
    assert row_seal_renewal.renew_all(rotated, metadata) == 18
    row_seals.use_key(rotated, "the key of now")
    assert found_in(rotated) == []
    assert row_seal_renewal.renew_all(rotated, metadata) == 0


def test_a_row_that_a_hand_touched_is_not_sealed_with_the_new_key(rotated: Database) -> None:
    with rotated.write() as connection:
        connection.execute(text("UPDATE letters SET weight = 99 WHERE id = 'n5'"))
        connection.execute(text("DELETE FROM row_seals WHERE record = 's 2'"))
        connection.execute(text("DELETE FROM letters WHERE id = 'n7'"))
    assert row_seal_renewal.renew_all(rotated, metadata) == 16
    row_seals.use_key(rotated, "the key of now")
    assert sorted(found_in(rotated)) == ["n5", "n7", "s 2"]


@pytest.mark.parametrize("record", ["n00000", "n00007", "n00014", "n00024"])
def test_a_table_of_many_pages_is_proved_page_by_page(
    session: Session, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    monkeypatch.setattr(seal_proof, "ROWS_AT_ONCE", 7)
    session.add_all([Letter(id=f"n{number:05}", weight=number) for number in range(25)])
    session.add_all([Seat(row_id=f"s{number // 9}", seat=number) for number in range(30)])
    session.flush()
    pages = []

    def reading() -> AbstractContextManager[Connection]:
        pages.append(session.connection())
        return nullcontext(session.connection())

    assert seal_proof.proof(reading, metadata) == {"rows": 60, "findings": []}
    assert len(pages) > 60 / 9
    seat = f"s{int(record[1:]) // 9} {int(record[1:])}"
    session.execute(text(f"UPDATE letters SET weight = -1 WHERE id = '{record}'"))
    session.execute(text(f"DELETE FROM seats WHERE seat = {int(record[1:])} AND row_id LIKE 's%'"))
    assert broken(session) == [
        (record, "the row of letters is not as it was written"),
        (seat, "the row of seats was removed"),
    ]
    session.execute(text(f"DELETE FROM letters WHERE id = '{record}'"))
    assert broken(session) == [
        (record, "the row of letters was removed"),
        (seat, "the row of seats was removed"),
    ]


def test_a_seal_is_the_hmac_that_the_library_makes() -> None:
    for key in (b"k", b"k" * 64, b"k" * 100):
        for content in (b"", b"x" * 1000):
            assert sealer(key).seal(content) == hmac.digest(key, content, "sha256").hex()


def test_values_do_not_run_into_one_another(session: Session) -> None:
    """A row that reads the same, value after value, is not the same row."""
    session.add(Letter(id="x", weight=12, text="3"))
    session.flush()
    session.execute(text("UPDATE letters SET weight = 1, text = '23' WHERE id = 'x'"))
    assert broken(session) == [("x", "the row of letters is not as it was written")]


@pytest.mark.parametrize("service", [services.NOTIFICATION, services.SIMULATOR])
def test_a_database_from_before_seals_is_sealed_as_it_stands(tmp_path: Path, service: Service) -> None:
    with reporting_bank(tmp_path) as bank:
        ada = bank.customer("5.00")
        bank.settle_in_a_world(ada)
        bank.follow()
        sealed = bank.report("/proof")["compared"]["sealed_rows"]
        if service is services.NOTIFICATION:  # who can be written to is read anew from auth's feed
            with bank.bank.databases[service.package].read() as connection:
                count = "SELECT (SELECT count(*) FROM addressees) + (SELECT count(*) FROM mails)"
                sealed -= connection.exec_driver_sql(count).scalar_one()
        columns = {
            services.SIMULATOR: [
                "ALTER TABLE worlds DROP COLUMN posting_until_us",
                "ALTER TABLE worlds DROP COLUMN advancing_to_us",
                "ALTER TABLE worlds DROP COLUMN arranged_from_us",
                "ALTER TABLE worlds DROP COLUMN log_in_salt",
                "ALTER TABLE worlds ADD COLUMN password TEXT NOT NULL DEFAULT ''",
            ],
            services.NOTIFICATION: [
                "ALTER TABLE feed_positions DROP COLUMN mark",
                "ALTER TABLE feed_positions DROP COLUMN generation",
                "ALTER TABLE inbox_state DROP COLUMN ids_ordered_since",
                "ALTER TABLE inbox_state ADD COLUMN generation INTEGER NOT NULL DEFAULT 0",
            ],
        }[service]
        bank.wind_back(service, "0001", *columns)
        migrate(bank.bank.databases[service.package], service.package)
        proof = bank.report("/proof")
    assert proof["findings"] == []
    assert proof["compared"]["sealed_rows"] == sealed > 0


def test_plain_hashes_of_earlier_releases_become_seals_and_what_was_broken_stays_so(session: Session) -> None:
    for table in (Letter.__table__, State.__table__, Seat.__table__):
        for row in as_dicts(session.execute(table.select())):
            record = " ".join(str(row[column.name]) for column in table.primary_key)
            content = render([table.name, [[name, row[name]] for name in sorted(row)]])
            plain = hashlib.sha256(content.encode()).hexdigest()
            here = (seals.c.table_name == table.name) & (seals.c.record == record)
            session.execute(seals.update().where(here).values(seal=plain))
    session.execute(text("UPDATE letters SET weight = 2 WHERE id = 'a'"))
    session.execute(text("DELETE FROM seats WHERE seat = 2"))
    row_seal_migrations.adopt_key(session.connection(), ["letters", "state", "seats"])
    assert broken(session) == [
        ("a", "the row of letters is not as it was written"),
        ("r 2", "the row of seats was removed"),
    ]


def test_a_seal_made_without_the_key_is_no_seal(session: Session) -> None:
    """What somebody who can write the database, and has read this code, would do."""
    row = {"id": "a", "weight": 999, "text": None}
    forged = hashlib.sha256(render(["letters", [[name, row[name]] for name in sorted(row)]]).encode()).hexdigest()
    session.execute(text("UPDATE letters SET weight = 999 WHERE id = 'a'"))
    session.execute(text("UPDATE row_seals SET seal = :seal WHERE record = 'a'"), {"seal": forged})
    assert broken(session) == [("a", "the row of letters is not as it was written")]


def test_nothing_is_sealed_without_a_key(tmp_path: Path) -> None:
    database = Database.at(databases.url_of(tmp_path / "keyless.db"), db)
    with database.write() as opened:
        metadata.create_all(opened)
    with pytest.raises(RuntimeError, match="no key to seal rows with"), database.write_session() as session:
        session.add(State(id=1, step=0))
    with database.read() as connection:
        assert connection.execute(State.__table__.select()).all() == []
    database.close()
