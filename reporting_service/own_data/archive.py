"""A ZIP written as it is read: each table as JSON and as CSV, other files as they are, and at the end what is in it.

No more of it is held than a page of rows and what the compressor keeps. The CSV of a table waits beside it, on disk
once it is long.
"""

import hashlib
import io
import itertools
import json
import re
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from reporting_service.own_data.tables import Table
from reporting_service.statements.formats.csv_cells import harmless, rows_as_csv
from shared.events.feeds import Row

_AT_ONCE = 500
_PIECE_BYTES = 64 * 1024
_IN_MEMORY_BYTES = 1024 * 1024
_FILE_MODE = 0o600 << 16
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


class _Pipe(io.RawIOBase):
    """Where the ZIP is written to, until somebody takes it away."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._waiting = b"".join(self._waiting), []
        return taken


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of the archive as its manifest lists it; `rows` where it is a table."""

    path: str
    about: str
    size: int
    sha256: str
    rows: int | None = None

    def listed(self) -> Row:
        """In the manifest."""
        rows = {} if self.rows is None else {"rows": self.rows}
        return {"path": self.path, "about": self.about, **rows, "bytes": self.size, "sha256": self.sha256}


class Archive:
    """The ZIP under way, and what is in it so far. Each method that writes gives the bytes that are ready."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED)
        self.files: list[ArchiveFile] = []

    def add(
        self, path: str, about: str, pieces: Iterable[bytes], rows: Callable[[], int] | None = None
    ) -> Iterator[bytes]:
        """A file; `rows` says how many rows it has, once it is written."""
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(path, time.gmtime()[:6])
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _FILE_MODE
        with self._zip.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
                if ready := self._pipe.take():
                    yield ready
        self.files.append(ArchiveFile(path, about, size, digest.hexdigest(), None if rows is None else rows()))
        yield self._pipe.take()

    def add_table(self, table: Table) -> Iterator[bytes]:
        """A table, as JSON and as CSV."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as beside:
            written = _Written(table, beside)
            yield from self.add(f"{table.path}.json", table.about, written.as_json(), lambda: written.rows)
            beside.seek(0)
            pieces = iter(lambda: beside.read(_PIECE_BYTES), b"")
            yield from self.add(f"{table.path}.csv", table.about, pieces, lambda: written.rows)

    def end(self) -> Iterator[bytes]:
        """What a ZIP ends with; without it nobody takes it for a whole one."""
        self._zip.close()
        yield self._pipe.take()


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
