"""The proof of seals: every row of a service against its seal, and every seal against its row (`row_seals`).

Read in pages of the first part of a table's key, each in a short transaction of its own, so that a proof keeps no old
rows alive while others write. A row and its seal come and go in one commit, so within a page they fit together.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, MetaData, String, Table, and_, bindparam, func, literal_column, select

from shared.http.json_parsing import render_bytes
from shared.storage.row_seals import (
    ROWS_AT_ONCE,
    UNSEALED,
    keys_of,
    names_of,
    record_expression,
    record_of,
    seals_of,
)
from shared.storage.sealer import Sealer, sealer
from shared.storage.statements import Row, Statement

Reading = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction to read in."""


class _Span(NamedTuple):
    """Rows whose key's first part is `start` or follows it, and comes before `end`; None: wherever the table begins or
    ends.
    """

    start: str | None
    end: str | None


def proof(reading: Reading, metadata: MetaData) -> dict[str, Any]:
    """How many rows there are, and which of them, table and record, are not as they were written."""
    tables = [table for table in metadata.sorted_tables if table.name not in UNSEALED]
    counts, findings = zip(*(_table_proof(reading, table) for table in tables), strict=True)
    return {"rows": sum(counts), "findings": [finding for found in findings for finding in found]}


def _table_proof(reading: Reading, table: Table) -> tuple[int, list[dict[str, str]]]:
    rows, found, is_whole, start = 0, list[dict[str, str]](), True, None
    while True:
        with reading() as connection:
            span = _Span(start, _end_of_page(connection, table, start))
            of_page = _rows(table, *(part is not None for part in span)).rows(
                connection, *(part for part in span if part is not None)
            )
            found += _wrong(table, [sealer(key) for key in keys_of(connection)], of_page)
            sealed = sum([row[-1] is not None for row in of_page])
            is_whole = is_whole and sealed == _seals_in(connection, table, span)
        rows += len(of_page)
        if span.end is None:
            break
        start = span.end
    if found or not is_whole:
        with reading() as connection:
            found += _removed(connection, table)
    return rows, found


def _wrong(table: Table, sealers: Sequence[Sealer], rows: Sequence[Row]) -> list[dict[str, str]]:
    """Rows, with their seals last, that have none or one that no key makes: neither the newest nor an older one."""
    name, names, found = str(table.name), names_of(table), []
    newest, *older = sealers
    for row in rows:
        seal, content = row[-1], render_bytes((name, list(zip(names, row, strict=False))))  # without the seal itself
        if seal == newest.seal(content) or (older and any(seal == one.seal(content) for one in older)):
            continue
        what = "was slipped in" if seal is None else "is not as it was written"
        found.append(_finding(table, record_of(table, dict(zip(names, row, strict=False))), what))
    return found


def _removed(connection: Connection, table: Table) -> list[dict[str, str]]:
    """Seals without a row, looked for in all of the table: once it is known that there is something to find."""
    seals = seals_of(table)
    there = {record_of(table, row) for row in connection.execute(select(*table.primary_key)).mappings()}
    known = select(seals.c.record).where(seals.c.table_name == table.name).order_by(seals.c.record)
    return [_finding(table, lost, "was removed") for lost in connection.scalars(known) if lost not in there]


def _finding(table: Table, record: str, what: str) -> dict[str, str]:
    return {"record": record, "detail": f"the row of {table.name} {what}"}


def _first_part(table: Table) -> ColumnElement[str] | None:
    """By what a table is read in pages; None where its key begins with a number: such tables are small."""
    first = next(iter(table.primary_key))
    return first if isinstance(first.type, String) else None


def _end_of_page(connection: Connection, table: Table, start: str | None) -> str | None:
    """Where the page after this one begins; None where there is none."""
    first = _first_part(table)
    if first is None:
        return None
    keys = select(first).order_by(first).limit(1)
    after = keys.offset(ROWS_AT_ONCE) if start is None else keys.where(first >= start).offset(ROWS_AT_ONCE)
    end: str | None = connection.scalar(after)
    return connection.scalar(keys.where(first > start)) if end is not None and end == start else end


def _seals_in(connection: Connection, table: Table, span: _Span) -> int:
    """How many seals there are of rows in a span: of a longer key the first part stands before a space."""
    seals = seals_of(table)
    more = " " if len(table.primary_key) > 1 else ""
    conditions = [seals.c.table_name == table.name]
    if span.start is not None:
        conditions.append(seals.c.record >= span.start + more)
    if span.end is not None:
        conditions.append(seals.c.record < span.end + more)
    return int(connection.scalar(select(func.count()).select_from(seals).where(*conditions)) or 0)


@cache
def _rows(table: Table, has_start: bool, has_end: bool) -> Statement:
    """Whole rows of a span as the table keeps them, and their seals."""
    seals, first = seals_of(table), _first_part(table)
    beside = and_(seals.c.table_name == literal_column(f"'{table.name}'"), seals.c.record == record_expression(table))
    columns = {str(column.name): column for column in table.columns}
    query = select(*(columns[name] for name in names_of(table)), seals.c.seal).select_from(
        table.outerjoin(seals, beside)
    )
    parameters = []
    if first is not None and has_start:
        query, parameters = query.where(first >= bindparam("start")), ["start"]
    if first is not None and has_end:
        query, parameters = query.where(first < bindparam("end")), [*parameters, "end"]
    return Statement(query, *parameters)
