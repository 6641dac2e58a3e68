"""What databases write as JSON is what the bank itself would, to the byte: it is hashed."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from shared.http.json_parsing import render
from shared.storage.database import Database, service_models, short_text
from shared.storage.json_text import JsonArray
from tests import databases

pytestmark = pytest.mark.every_database
db = service_models()
_ESCAPE = re.compile(r"\\u00[01][0-9A-F]")
"""MariaDB writes it in capitals, where there are any."""
TEXTS = [
    None,
    "",
    "plain",
    'Grüße, "quoted" \\ and / or',
    "".join(map(chr, range(1, 32))),
    "\x7f\x80\x9f\xa0\u2028\u2029\ufeff\ufffd",
    "🏦 \U0010ffff",
    "'; -- %s :name ?",
    "null",
]
NUMBERS = [None, 0, 7, -7, 2**63 - 1, -(2**63)]


class Remark(db.Model):  # type: ignore[name-defined, misc]
    __tablename__ = "remarks"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[str | None] = mapped_column(short_text(500))
    number: Mapped[int | None]


def test_a_row_is_the_json_that_the_bank_writes(tmp_path: Path) -> None:
    database = Database.at(databases.url_of(tmp_path / "json.db"), db)
    rows = [(at, TEXTS[at % len(TEXTS)], NUMBERS[at % len(NUMBERS)]) for at in range(len(TEXTS) * len(NUMBERS))]
    try:
        with database.write() as connection:
            db.metadata.create_all(connection)
        with database.write_session() as session:
            session.add_all(Remark(id=at, words=words, number=number) for at, words, number in rows)
        columns = Remark.__table__.c
        text = JsonArray(columns.words, columns.id, JsonArray(columns.number, columns.words), columns.number)
        with database.read() as connection:
            told = connection.scalars(select(text).order_by(columns.id)).all()
        expected = [render([words, at, [number, words], number]) for at, words, number in rows]
        if not database.is_sqlite and database.engine.dialect.name != "postgresql":
            told = [_ESCAPE.sub(lambda found: found[0].lower(), text) for text in told]
        assert told == expected
    finally:
        database.close()
