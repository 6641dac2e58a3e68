"""Tables in the ZIP of a person's own data: each as JSON and as CSV.

No more of a table is held than a page of rows. Its CSV waits beside the JSON, on disk once it is long.
"""

import itertools
import json
import re
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from reporting_service.own_data.tables import Table
from shared.files.archive import PIECE_BYTES, Archive
from shared.files.csv_cells import harmless, rows_as_csv

_AT_ONCE = 500
_IN_MEMORY_BYTES = 1024 * 1024
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def add_table(archive: Archive, table: Table) -> Iterator[bytes]:
    """A table, as JSON and as CSV; the bytes of the archive that are ready."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as beside:
        written = _Written(table, beside)
        yield from archive.add(f"{table.path}.json", table.about, written.as_json(), lambda: written.rows)
        beside.seek(0)
        pieces = iter(lambda: beside.read(PIECE_BYTES), b"")
        yield from archive.add(f"{table.path}.csv", table.about, pieces, lambda: written.rows)


class _Written:
    """The rows of a table on their way into JSON, with the same as CSV put beside."""

    def __init__(self, table: Table, beside: IO[bytes]) -> None:
        self.rows = 0
        self._table = table
        self._beside = beside

    def as_json(self) -> Iterator[bytes]:
        self._beside.write(rows_as_csv([self._table.columns]).encode())
        yield b"["
        remaining = iter(self._table.rows())
        while some := list(itertools.islice(remaining, _AT_ONCE)):
            cells = ([_cell(row.get(name)) for name in self._table.columns] for row in some)
            self._beside.write(rows_as_csv(cells).encode())
            begin = ",\n " if self.rows else "\n "
            self.rows += len(some)
            yield (begin + ",\n ".join(json.dumps(row, ensure_ascii=False) for row in some)).encode()
        yield b"\n]\n" if self.rows else b"]\n"


def _cell(value: Any) -> str:
    """A value for a spreadsheet: text made harmless, amounts as they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return text if _NUMBER.fullmatch(text) else harmless(text)
