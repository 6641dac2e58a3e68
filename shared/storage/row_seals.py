"""Seals: an HMAC of each row, kept beside it, so that a row altered, removed or slipped in by hand is noticed.

For services whose records nobody else has: what others know as well is compared with theirs. The key lies outside the
database (`<SERVICE>_SEAL_KEY`), so whoever can only write the database cannot make a seal. All tables of a service are
sealed, but positions in feeds, which carry marks of their own, and the part of the audit trail, which reporting has in
its chain. What a seal cannot show is a row that was removed together with its seal, or put back as it once was.

Whatever a session adds, changes or deletes is sealed with its flush; rows that come by the hundred in `add_rows`, and
what goes by a condition in `delete_rows`. Other statements that write these tables would leave their seals behind: a
test finds a service that has any. Rows are locked before their seals are touched, so that no two writers each wait for
the other; who loads a row to change it locks it.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, reduce
from operator import itemgetter
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    event,
    insert,
    inspect,
    literal_column,
    select,
    update,
)
from sqlalchemy.orm import PassiveFlag, object_mapper
from sqlalchemy.orm.attributes import get_history

from shared.http.json_parsing import render_bytes
from shared.storage.database import Database, TransactionSession, as_dicts, short_text
from shared.storage.sealer import sealer
from shared.storage.statements import Statement

NAME = "row_seals"
ROWS_AT_ONCE = 5000
_AT_ONCE = 1024
UNSEALED = frozenset({NAME, "feed_positions", "feed_heads", "audit_records"})
_KEYS_OPTION = "row_seal_keys"

Row = Mapping[Any, Any]


def use_key(database: Database, key: str, older: Iterable[str] = ()) -> None:
    """Seal with this key on every connection of the database from now on; before its first migration.

    Seals of older keys fit too, until they are renewed (shared/storage/row_seal_renewal.py).
    """
    keys = tuple(one.encode() for one in (key, *older))
    database.engine.update_execution_options(**{_KEYS_OPTION: keys})


def seal_table(metadata: MetaData) -> Table:
    """The table of seals, for a service's models. `record` is the row's key; the parts of a longer one stand apart."""
    return Table(
        NAME,
        metadata,
        Column("table_name", short_text(40), nullable=False),
        Column("record", short_text(120), nullable=False),
        Column("seal", short_text(64), nullable=False),
        PrimaryKeyConstraint("table_name", "record"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


@event.listens_for(TransactionSession, "after_flush")
def _seal_what_was_flushed(session: Session, _context: object) -> None:
    """Seal each row anew, but not a changed one whose seal was broken already: that stays so, for the proof to name.

    What the session did is still known here, and so is what its rows were before.
    """
    connection = session.connection()
    for table, objects in _by_table(session.deleted):
        _drop_seals(connection, table, [record_of(table, _as_written(table, one)) for one in objects])
    for table, objects in _by_table(session.new):
        _seal_new(connection, table, [_as_written(table, one) for one in objects])
    for table, objects in _by_table(one for one in session.dirty if session.is_modified(one)):
        unbroken = _unbroken(connection, table, [_as_loaded(table, one) for one in objects])
        fitting = sealed(connection, table, [_as_written(table, one) for one in objects])
        seal_anew(connection, seals_of(table), [one for one in fitting if one["record"] in unbroken])


def add_rows(session: Session, model: Any, rows: Sequence[Row]) -> None:
    """Write new rows, each with every column as the table keeps it, and their seals: a quarter of what a session takes
    to add as many.
    """
    if rows:
        connection, table = session.connection(), model.__table__
        values = itemgetter(*(str(column.name) for column in table.columns))
        _inserting(table).run(connection, list(map(values, rows)))
        _seal_new(connection, table, rows)


def known_among(session: Session, model: Any, ids: Sequence[str]) -> set[str]:
    """Those of these ids that a model has rows of; its key is `id`. For as many as `add_rows` writes."""
    connection, found = session.connection(), set[str]()
    for start in range(0, len(ids), _AT_ONCE):
        found.update(row[0] for row in _knowing(model.__table__).rows_of(connection, ids[start : start + _AT_ONCE]))
    return found


def delete_rows(session: Session, model: Any, *conditions: ColumnElement[bool]) -> None:
    """Remove the rows of a model that meet the conditions, with their seals; without any, all of them."""
    connection, table = session.connection(), model.__table__
    key = list(table.primary_key)
    rows = as_dicts(connection.execute(select(*key).where(*conditions).with_for_update()))
    if rows:
        connection.execute(delete(table).where(*conditions))  # the same ones: nobody else writes meanwhile
        _drop_seals(connection, table, [record_of(table, row) for row in rows])


def delete_known(session: Session, model: Any, ids: Sequence[str]) -> None:
    """Remove rows by their ids, with their seals: a fifth of what that takes by a condition, where they are many."""
    if ids:
        connection, table = session.connection(), model.__table__
        _deleting(table).run(connection, [(one,) for one in ids])
        _dropping(seals_of(table)).run(connection, [(str(table.name), one) for one in ids])


def sealed(connection: Connection, table: Table, rows: Iterable[Row]) -> list[dict[str, str]]:
    """For each of these rows, the row of the table of seals that fits it."""
    key = keys_of(connection)[0]
    return [
        {"table_name": str(table.name), "record": record_of(table, row), "seal": _seal(key, content_of(table, row))}
        for row in rows
    ]


def keys_of(connection: Connection) -> tuple[bytes, ...]:
    """The key that rows are sealed with, and older ones. Raises RuntimeError where there is none."""
    keys: tuple[bytes, ...] | None = connection.get_execution_options().get(_KEYS_OPTION)
    if not keys or not keys[0]:
        message = "no key to seal rows with; call row_seals.use_key() first"
        raise RuntimeError(message)
    return keys


def _fits(keys: Iterable[bytes], seal: str, content: bytes) -> bool:
    return any(hmac.compare_digest(seal, _seal(key, content)) for key in keys)


def _seal(key: bytes, content: bytes) -> str:
    return sealer(key).seal(content)


def _seal_new(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    key, name = keys_of(connection)[0], str(table.name)
    fitting = [(name, record_of(table, row), _seal(key, content_of(table, row))) for row in rows]
    _drop_seals(connection, table, [record for _, record, _ in fitting])  # of a row that a hand removed
    if fitting:
        _inserting(seals_of(table)).run(connection, fitting)


def seal_anew(connection: Connection, seals: Table, fitting: Sequence[Row]) -> None:
    """Replace the seals that there are by these (see `sealed`)."""
    if fitting:
        here = and_(seals.c.table_name == bindparam("_table_name"), seals.c.record == bindparam("_record"))
        connection.execute(update(seals).where(here).values(seal=bindparam("_seal")), _as_parameters(fitting))


def content_of(table: Table, row: Row) -> bytes:
    """Everything a row says, in one form, whether its flags come as true and false or as they are stored."""
    return _content(table, _values(table)(row))


def _content(table: Table, values: Sequence[Any]) -> bytes:
    """The same of a row's values in the order of `names_of`."""
    if bool in map(type, values):
        values = [int(value) if isinstance(value, bool) else value for value in values]
    return render_bytes((str(table.name), list(zip(names_of(table), values, strict=True))))


def record_of(table: Table, row: Row) -> str:
    """What a row is called in the table of seals: its key."""
    names = _key_names(table)
    return str(row[names[0]]) if len(names) == 1 else " ".join([str(row[name]) for name in names])


def _by_table(objects: Iterable[Any]) -> list[tuple[Table, list[Any]]]:
    """Those of these objects that are rows of sealed tables, by table."""
    found: dict[Table, list[Any]] = {}
    for one in objects:
        table: Any = object_mapper(one).local_table
        if table.name not in UNSEALED and NAME in table.metadata.tables:
            found.setdefault(table, []).append(one)
    return list(found.items())


def _as_written(table: Table, flushed: Any) -> Row:
    """The row of an object; a column that it left out is empty, as tables with seals have no defaults of their own."""
    values = inspect(flushed).dict
    return {name: values.get(name) for name in names_of(table)}


def _as_loaded(table: Table, flushed: Any) -> Row:
    """The row of an object as it was before this flush."""
    before: dict[str, Any] = {}
    for name, value in _as_written(table, flushed).items():
        history = get_history(flushed, name, PassiveFlag.PASSIVE_NO_INITIALIZE)
        before[name] = next(iter(history.deleted), None) if history.added else value
    return before


def _drop_seals(connection: Connection, table: Table, records: Sequence[str]) -> None:
    kept: list[Any] = []  # of new rows none: looking for all at once takes a third of deleting one by one
    for start in range(0, len(records), _AT_ONCE):
        kept += _keeping(table).rows_of(connection, records[start : start + _AT_ONCE])
    if kept:
        _dropping(seals_of(table)).run(connection, [(str(table.name), record) for (record,) in kept])


def _unbroken(connection: Connection, table: Table, rows: Sequence[Row]) -> set[str]:
    """The records of those of these rows whose seals fit them."""
    seals, keys = seals_of(table), keys_of(connection)
    now = {record_of(table, row): content_of(table, row) for row in rows}
    found: set[str] = set()
    records = list(now)
    for start in range(0, len(records), ROWS_AT_ONCE):
        some = seals.c.record.in_(records[start : start + ROWS_AT_ONCE])
        kept = select(seals.c.record, seals.c.seal).where(seals.c.table_name == table.name, some)
        found.update(row.record for row in connection.execute(kept) if _fits(keys, row.seal, now[row.record]))
    return found


def renew(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Seal with the key of now those of these rows that one of before has sealed; how many they are.

    A row that no key fits stays as it is, for the proof to name.
    """
    older = keys_of(connection)[1:]
    seals, contents = seals_of(table), {record_of(table, row): content_of(table, row) for row in rows}
    here = and_(seals.c.table_name == table.name, seals.c.record.in_(list(contents)))
    kept = connection.execute(select(seals.c.record, seals.c.seal).where(here))
    behind = {row.record for row in kept if _fits(older, row.seal, contents[row.record])}
    fitting = [one for one in sealed(connection, table, rows) if one["record"] in behind]
    seal_anew(connection, seals, fitting)
    return len(fitting)


def _as_parameters(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Named so that they stand beside columns of the same name."""
    return [{f"_{name}": value for name, value in row.items()} for row in rows]


def seals_of(table: Table) -> Table:
    """The table of seals beside it."""
    return table.metadata.tables[NAME]


@cache
def _inserting(table: Table) -> Statement:
    """What writes whole rows, whose values are as the table keeps them."""
    return Statement(insert(table), *(str(column.name) for column in table.columns))


@cache
def _knowing(table: Table) -> Statement:
    return Statement(select(table.c.id).where(table.c.id.in_(bindparam("ids", expanding=True))), "ids")


@cache
def _deleting(table: Table) -> Statement:
    return Statement(delete(table).where(table.c.id == bindparam("of_id")), "of_id")


@cache
def _keeping(table: Table) -> Statement:
    """Which records of this table have seals, among some."""
    seals = seals_of(table)
    of_table = seals.c.table_name == literal_column(f"'{table.name}'")  # a list is all that such a statement takes
    listed = seals.c.record.in_(bindparam("records", expanding=True))
    return Statement(select(seals.c.record).where(of_table, listed), "records")


@cache
def _dropping(seals: Table) -> Statement:
    here = and_(seals.c.table_name == bindparam("of_table"), seals.c.record == bindparam("of_record"))
    return Statement(delete(seals).where(here), "of_table", "of_record")


@cache
def names_of(table: Table) -> list[str]:
    """The columns' names in an order of their own, whatever order they stand in; plain text, not SQLAlchemy's kind."""
    return sorted(str(column.name) for column in table.columns)


@cache
def _values(table: Table) -> Callable[[Row], Sequence[Any]]:
    """What gives the values of a row in that order."""
    return itemgetter(*names_of(table))


@cache
def _key_names(table: Table) -> list[str]:
    return [str(column.name) for column in table.primary_key]


def record_expression(table: Table) -> ColumnElement[str]:
    """`record_of` as the database says it."""
    parts: Iterable[ColumnElement[str]] = (
        column if isinstance(column.type, String) else cast(column, short_text(120)) for column in table.primary_key
    )
    return reduce(lambda before, part: before + literal_column("' '", Text()) + part, parts)
