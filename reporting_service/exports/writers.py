"""The formats of an export: each from movements to pieces of a file, holding no more than some of them at a time."""

import errno
import itertools
import json
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from reporting_service.exports import journal_text
from reporting_service.exports.movements import Export, Movement
from reporting_service.exports.rows import COLUMNS, NUMBERS, csv_row, row_of, typed_row
from shared.files.csv_cells import rows_as_csv
from shared.refusals import STORAGE_FULL, UNAVAILABLE, Refused

ROWS_OF_A_SHEET = 1_048_576
"""What Excel has room for, the heads of the columns among them."""
_writers = threading.BoundedSemaphore(2)
_WAIT_SECONDS = 1.0
_AT_ONCE = 500
_ROWS_OF_A_GROUP = 10_000
_PIECE_BYTES = 64 * 1024
_DIGITS, _DECIMALS = 18, 3
"""Of the decimals in a Parquet file: the most that an amount has, and the most that a currency has behind the point."""


@dataclass(frozen=True, slots=True)
class Format:
    """`write` gives the pieces of the file, of at most `most` movements."""

    name: str
    content_type: str
    extension: str
    write: Callable[[Export, Iterable[Movement]], Iterator[bytes]]
    most: int | None = None


def _csv(_export: Export, movements: Iterable[Movement]) -> Iterator[bytes]:
    yield rows_as_csv([COLUMNS]).encode()
    for some in _in_groups(movements, _AT_ONCE):
        yield rows_as_csv(map(csv_row, some)).encode()


def _json_lines(_export: Export, movements: Iterable[Movement]) -> Iterator[bytes]:
    for some in _in_groups(movements, _AT_ONCE):
        lines = (json.dumps(row_of(movement), ensure_ascii=False, separators=(",", ":")) for movement in some)
        yield "".join(f"{line}\n" for line in lines).encode()


def _journal(export: Export, movements: Iterable[Movement]) -> Iterator[bytes]:
    for some in _in_groups(journal_text.render(export, movements), _AT_ONCE):
        yield "".join(some).encode()


def _excel(_export: Export, movements: Iterable[Movement]) -> Iterator[bytes]:
    def fill(path: Path) -> None:
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet("Movements")
            sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
            sheet.freeze_panes(1, 0)
            for number, movement in enumerate(movements, start=1):
                for column, (name, cell) in enumerate(row_of(movement).items()):
                    if cell is not None and name in NUMBERS:
                        sheet.write_number(number, column, Decimal(cell))
                    elif cell is not None:
                        sheet.write_string(number, column, cell)

    return _from_file(fill)


def _parquet(_export: Export, movements: Iterable[Movement]) -> Iterator[bytes]:
    import pyarrow as pa  # noqa: PLC0415 (170 MB, for those who analyse)
    from pyarrow import parquet  # noqa: PLC0415

    number, text = pa.decimal128(_DIGITS, _DECIMALS), pa.string()
    schema = pa.schema([(name, number if name in NUMBERS else text) for name in COLUMNS])

    def fill(path: Path) -> None:
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            for some in _in_groups(movements, _ROWS_OF_A_GROUP):
                writer.write_table(pa.Table.from_pylist([_scaled(typed_row(one)) for one in some], schema=schema))

    return _from_file(fill)


def _scaled(row: dict[str, Any]) -> dict[str, Any]:
    """With as many decimals as the column has: an amount of JPY has none, and the column three."""
    unit = Decimal(1).scaleb(-_DECIMALS)
    return {name: cell.quantize(unit) if isinstance(cell, Decimal) else cell for name, cell in row.items()}


def _from_file(fill: Callable[[Path], None]) -> Iterator[bytes]:
    """The pieces of a file that has to be whole before its first byte is known, some at once in all.

    Raises Refused: 503 while others' files keep it busy, 507 without room for it.
    """
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / "export"
        if not _writers.acquire(timeout=_WAIT_SECONDS):
            raise Refused(UNAVAILABLE, "Other files are being written; try again shortly.")
        try:
            fill(path)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise Refused(STORAGE_FULL) from error
            raise
        finally:
            _writers.release()
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece


def _in_groups(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    remaining = iter(items)
    while some := list(itertools.islice(remaining, size)):
        yield some


FORMATS = {
    found.name: found
    for found in (
        Format("csv", "text/csv; charset=utf-8", "csv", _csv),
        Format("jsonl", "application/x-ndjson", "jsonl", _json_lines),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
            _excel,
            most=ROWS_OF_A_SHEET - 1,
        ),
        Format("parquet", "application/vnd.apache.parquet", "parquet", _parquet),
        Format("ledger", "text/plain; charset=utf-8", "journal", _journal),
    )
}
