"""The trail as a file, written while it is read."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from reporting_service.audit.payloads import AuditFormat
from shared.files.csv_cells import harmless
from shared.http.json_parsing import render

CONTENT_TYPES = {AuditFormat.CSV: "text/csv", AuditFormat.JSONL: "application/x-ndjson"}
_OF_THE_RECORD = ("position", "occurred_at", "bank_time", "service", "action", "result", "error_code")
_OF_THE_ACTOR = ("id", "name", "role", "session_id", "channel", "address", "client")
_OF_THE_SUBJECT = ("kind", "id", "owner_id", "owner_name")
_SAID = ("reason", "request_id", "before", "after")
COLUMNS = (
    *_OF_THE_RECORD,
    *(f"actor_{name}" for name in _OF_THE_ACTOR),
    *(f"subject_{name}" for name in _OF_THE_SUBJECT),
    *_SAID,
)
_PIECE_ROWS = 200


def written(records: Iterable[dict[str, Any]], wanted: AuditFormat) -> Iterator[bytes]:
    """The file, piece by piece."""
    return _csv(records) if wanted is AuditFormat.CSV else (f"{render(record)}\n".encode() for record in records)


def _csv(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for number, record in enumerate(records, 1):
        writer.writerow([harmless(cell) for cell in _cells(record)])
        if not number % _PIECE_ROWS:
            yield _taken(buffer)
    yield _taken(buffer)


def _cells(record: dict[str, Any]) -> Iterator[str]:
    yield from (_text(record[name]) for name in _OF_THE_RECORD)
    yield from (_text(record["actor"][name]) for name in _OF_THE_ACTOR)
    yield from (_text(record["subject"][name]) for name in _OF_THE_SUBJECT)
    yield from (_text(record[name]) for name in _SAID)


def _text(value: object) -> str:
    if value is None:
        return ""
    return render(value) if isinstance(value, dict) else str(value)


def _taken(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece
