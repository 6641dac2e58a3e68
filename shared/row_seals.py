"""Seals: an HMAC of each row, kept beside it, so that a row altered, removed or slipped in by hand is noticed.

For services whose records nobody else has: what others know as well is compared with theirs. The key lies outside the
database (`<SERVICE>_SEAL_KEY`), so whoever can only write the database cannot make a seal. All tables of a service are
sealed, but positions in feeds, which carry marks of their own, and a sealed one is written through this module alone.
What a seal cannot show is a row that was removed together with its seal, or put back as it once was.

Every function locks rows before it touches their seals, so that no two writers each wait for the other.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, reduce
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from shared.database import Database, as_dicts, short_text
from shared.json_parsing import render

NAME = "row_seals"
ROWS_AT_ONCE = 5000
UNSEALED = frozenset({NAME, "feed_positions"})
_KEY_OPTION = "row_seal_key"

Row = Mapping[str, Any]


def use_key(database: Database, key: str) -> None:
    """Seal with this key on every connection of the database from now on; before its first migration."""
    database.engine.update_execution_options(**{_KEY_OPTION: key.encode()})


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


def introduce(connection: Connection, table_names: Sequence[str]) -> None:
    """Make the table of seals, and seal every row there is as it stands; for a migration."""
    seal_table(MetaData()).create(connection)
    seal_again(connection, table_names)


def seal_again(connection: Connection, table_names: Sequence[str]) -> None:
    """Seal every row of these tables as it stands; for a migration that changes their columns, after it has."""
    seals = seal_table(MetaData())
    for name in table_names:
        connection.execute(delete(seals).where(seals.c.table_name == name))
        table = Table(name, MetaData(), autoload_with=connection)
        for part in connection.execute(select(table)).mappings().partitions(ROWS_AT_ONCE):
            connection.execute(insert(seals), [_sealed(connection, table, dict(row)) for row in part])


def adopt_key(connection: Connection, table_names: Sequence[str]) -> None:
    """Replace the plain hashes of earlier releases by seals with the key; for a migration.

    A row that its hash does not fit stays broken, and what is missing stays missing.
    """
    seals = seal_table(MetaData())
    for name in table_names:
        table = Table(name, MetaData(), autoload_with=connection)
        known = select(seals.c.record, seals.c.seal).where(seals.c.table_name == name)
        plain = {row.record: row.seal for row in connection.execute(known)}
        its_seal = and_(seals.c.table_name == name, seals.c.record == bindparam("_record"))
        for part in connection.execute(select(table)).mappings().partitions(ROWS_AT_ONCE):
            rows = [dict(row) for row in part]
            fitting = [row for row in rows if plain.get(_record(table, row)) == _plain_hash(table, row)]
            sealed = [_sealed(connection, table, row) for row in fitting]
            if sealed:
                connection.execute(
                    update(seals).where(its_seal).values(seal=bindparam("_seal")), _as_parameters(sealed)
                )


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Store these rows and their seals; columns that a row leaves out are empty."""
    if rows:
        names = _names(table)
        whole = [{name: row.get(name) for name in names} for row in rows]
        connection.execute(insert(table), whole)
        sealed = [_sealed(connection, table, row) for row in whole]
        _drop_seals(connection, table, [one["record"] for one in sealed])  # of a row that a hand removed
        connection.execute(insert(_seals(table)), sealed)


def update_rows(
    connection: Connection, table: Table, condition: ColumnElement[bool], change: Callable[[Row], Row]
) -> int:
    """Set what `change` gives for each row that meets the condition; how many they were. A row keeps its key.

    Each is sealed anew, but for one whose seal was broken already: that one stays broken, for the proof to name.
    """
    found = as_dicts(connection.execute(select(table).where(condition).with_for_update()))
    if not found:
        return 0
    changed = [{**row, **change(row)} for row in found]
    here = and_(*(column == bindparam(f"_{column.name}") for column in table.primary_key))
    values: dict[str, Any] = {
        column.name: bindparam(f"_{column.name}") for column in table.columns if not column.primary_key
    }
    connection.execute(update(table).where(here).values(values), _as_parameters(changed))
    unbroken = _unbroken(connection, table, found)
    kept = [new for old, new in zip(found, changed, strict=True) if _record(table, old) in unbroken]
    sealed = [_sealed(connection, table, row) for row in kept]
    if sealed:
        seals = _seals(table)
        its_seal = and_(seals.c.table_name == table.name, seals.c.record == bindparam("_record"))
        connection.execute(update(seals).where(its_seal).values(seal=bindparam("_seal")), _as_parameters(sealed))
    return len(found)


def delete_rows(connection: Connection, table: Table, condition: ColumnElement[bool] | None = None) -> None:
    """Remove the rows that meet the condition, with their seals; without one, all of them."""
    key = list(table.primary_key)
    going = select(*key) if condition is None else select(*key).where(condition)
    rows = as_dicts(connection.execute(going.with_for_update()))
    if rows:
        here = and_(*(column == bindparam(f"_{column.name}") for column in key))
        connection.execute(delete(table).where(here), _as_parameters(rows))
        _drop_seals(connection, table, [_record(table, row) for row in rows])


def proof(connection: Connection, metadata: MetaData) -> dict[str, Any]:
    """How many rows there are, and which of them, table and record, are not as they were written."""
    tables = [table for table in metadata.sorted_tables if table.name not in UNSEALED]
    counts, findings = zip(*(_table_proof(connection, table) for table in tables), strict=True)
    return {"rows": sum(counts), "findings": [finding for found in findings for finding in found]}


def _table_proof(connection: Connection, table: Table) -> tuple[int, list[dict[str, str]]]:
    seals, record = _seals(table), _record_expression(table)
    rows, sealed, found = 0, 0, []
    beside = and_(seals.c.table_name == table.name, seals.c.record == record)
    query = select(table, seals.c.seal.label(NAME)).outerjoin(seals, beside)
    for found_row in connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE)).mappings():
        row = dict(found_row)
        rows += 1
        if row[NAME] is None:
            found.append(_finding(table, _record(table, row), "was slipped in"))
            continue
        sealed += 1
        if not hmac.compare_digest(row[NAME], _seal(connection, table, row)):
            found.append(_finding(table, _record(table, row), "is not as it was written"))
    of_table = seals.c.table_name == table.name
    if connection.execute(select(func.count()).select_from(seals).where(of_table)).scalar_one() != sealed:
        there = set(connection.execute(select(record)).scalars())
        known = connection.execute(select(seals.c.record).where(of_table).order_by(seals.c.record)).scalars()
        found += [_finding(table, lost, "was removed") for lost in known if lost not in there]
    return rows, found


def _drop_seals(connection: Connection, table: Table, records: Sequence[str]) -> None:
    seals = _seals(table)
    for start in range(0, len(records), ROWS_AT_ONCE):
        some = seals.c.record.in_(records[start : start + ROWS_AT_ONCE])
        connection.execute(delete(seals).where(seals.c.table_name == table.name, some))


def _unbroken(connection: Connection, table: Table, rows: Sequence[Row]) -> set[str]:
    seals, now = _seals(table), {_record(table, row): _seal(connection, table, row) for row in rows}
    kept = select(seals.c.record, seals.c.seal).where(seals.c.table_name == table.name, seals.c.record.in_(now))
    return {row.record for row in connection.execute(kept) if row.seal == now[row.record]}


def _as_parameters(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Named so that they stand beside columns of the same name."""
    return [{f"_{name}": value for name, value in row.items()} for row in rows]


def _finding(table: Table, record: str, what: str) -> dict[str, str]:
    return {"record": record, "detail": f"the row of {table.name} {what}"}


def _seals(table: Table) -> Table:
    return table.metadata.tables[NAME]


def _sealed(connection: Connection, table: Table, row: Row) -> dict[str, str]:
    return {"table_name": str(table.name), "record": _record(table, row), "seal": _seal(connection, table, row)}


def _seal(connection: Connection, table: Table, row: Row) -> str:
    key = connection.get_execution_options().get(_KEY_OPTION)
    if not key:
        message = "no key to seal rows with; call row_seals.use_key() first"
        raise RuntimeError(message)
    return hmac.digest(key, _content(table, row), "sha256").hex()


def _plain_hash(table: Table, row: Row) -> str:
    return hashlib.sha256(_content(table, row)).hexdigest()


def _content(table: Table, row: Row) -> bytes:
    """Everything a row says, in one form, whether its flags come as true and false or as they are stored."""
    facts = [[name, int(value) if isinstance(value := row[name], bool) else value] for name in _names(table)]
    return render([str(table.name), facts]).encode()


def _record(table: Table, row: Row) -> str:
    return " ".join([str(row[name]) for name in _key_names(table)])


@cache
def _names(table: Table) -> list[str]:
    """The columns' names in an order of their own, whatever order they stand in; plain text, not SQLAlchemy's kind."""
    return sorted(str(column.name) for column in table.columns)


@cache
def _key_names(table: Table) -> list[str]:
    return [str(column.name) for column in table.primary_key]


def _record_expression(table: Table) -> ColumnElement[str]:
    parts: Iterable[ColumnElement[str]] = (
        column if isinstance(column.type, String) else cast(column, short_text(120)) for column in table.primary_key
    )
    return reduce(lambda before, part: before + literal(" ") + part, parts)
