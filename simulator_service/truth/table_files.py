"""The formats of an export: a table, written row by row into a file; no more of it is held than a group of rows."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from shared.files.csv_cells import harmless, rows_as_csv
from simulator_service.truth.tables import ColumnKind, Table

Row = Mapping[str, Any]
ROWS_AT_ONCE = 10_000
_DIGITS, _DECIMALS = 18, 3
"""Of money in a Parquet file: the most that an amount has, and the most that a currency has behind the point."""


class TableFile(ABC):
    """A table on its way into a file. `rows` is how many it has so far."""

    extension: str

    def __init__(self, table: Table, folder: Path) -> None:
        self.table, self.path = table, folder / self.name_of(table)
        self.rows = 0
        self._waiting: list[Row] = []

    @classmethod
    def name_of(cls, table: Table) -> str:
        """What its file is called."""
        return f"{table.path.replace('/', '-')}.{cls.extension}"

    def write(self, row: Row) -> None:
        """One more row; columns that it leaves out are empty."""
        self._waiting.append(row)
        self.rows += 1
        if len(self._waiting) == ROWS_AT_ONCE:
            self._write_waiting()

    def close(self) -> None:
        """The file is whole."""
        self._write_waiting()

    def _write_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._write(waiting)

    @abstractmethod
    def _write(self, rows: Sequence[Row]) -> None:
        """Write these rows at its end; there may be none."""


class CsvFile(TableFile):
    """Commas, with the names of the columns first. A text that a spreadsheet would run has an apostrophe before it."""

    extension = "csv"

    def __init__(self, table: Table, folder: Path) -> None:
        super().__init__(table, folder)
        self._file = self.path.open("w", encoding="utf-8", newline="")
        self._file.write(rows_as_csv([[column.name for column in table.columns]]))

    def _write(self, rows: Sequence[Row]) -> None:
        self._file.write(rows_as_csv([self._cells(row) for row in rows]))

    def _cells(self, row: Row) -> list[str]:
        return [_cell(row.get(column.name), column.kind) for column in self.table.columns]

    def close(self) -> None:
        super().close()
        self._file.close()


class JsonLinesFile(TableFile):
    """An object a line. Money is text, as in the API."""

    extension = "jsonl"

    def __init__(self, table: Table, folder: Path) -> None:
        super().__init__(table, folder)
        self._file = self.path.open("w", encoding="utf-8")

    def _write(self, rows: Sequence[Row]) -> None:
        names = [column.name for column in self.table.columns]
        for row in rows:
            shown = {name: row.get(name) for name in names}
            self._file.write(json.dumps(shown, ensure_ascii=False, separators=(",", ":")) + "\n")

    def close(self) -> None:
        super().close()
        self._file.close()


class ParquetFile(TableFile):
    """Columns with types: money as decimals, instants in UTC."""

    extension = "parquet"

    def __init__(self, table: Table, folder: Path) -> None:
        super().__init__(table, folder)
        import pyarrow as pa  # noqa: PLC0415 (170 MB, for those who analyse)
        from pyarrow import parquet  # noqa: PLC0415

        types = {
            ColumnKind.TEXT: pa.string(),
            ColumnKind.MONEY: pa.decimal128(_DIGITS, _DECIMALS),
            ColumnKind.INSTANT: pa.timestamp("us", "UTC"),
            ColumnKind.NUMBER: pa.int64(),
            ColumnKind.FLAG: pa.bool_(),
        }
        self._schema = pa.schema(
            [pa.field(one.name, types[one.kind], metadata={"about": one.about}) for one in table.columns]
        )
        self._table_of: Callable[..., Any] = pa.Table.from_pylist
        self._writer = parquet.ParquetWriter(self.path, self._schema, compression="zstd")

    def _write(self, rows: Sequence[Row]) -> None:
        typed = [{one.name: _typed(row.get(one.name), one.kind) for one in self.table.columns} for row in rows]
        self._writer.write_table(self._table_of(typed, schema=self._schema))

    def close(self) -> None:
        super().close()
        self._writer.close()


def _cell(value: Any, kind: ColumnKind) -> str:
    if value is None:
        return ""
    if kind is ColumnKind.FLAG:
        return "true" if value else "false"
    return harmless(value) if kind is ColumnKind.TEXT else str(value)


def _typed(value: Any, kind: ColumnKind) -> Any:
    if value is None:
        return None
    if kind is ColumnKind.MONEY:
        return Decimal(value).quantize(Decimal(1).scaleb(-_DECIMALS))
    return datetime.fromisoformat(value) if kind is ColumnKind.INSTANT else value
