"""Cells of CSV files that spreadsheets open without being told to run something (OWASP's list of beginnings)."""

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some spreadsheets need to read UTF-8; only who asks gets it."""
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def harmless(text: str) -> str:
    """A cell of text, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def rows_as_csv(rows: Iterable[Sequence[object]]) -> str:
    """The rows as RFC 4180 has them: commas, CRLF, quotes where they are needed. Cells are as they come."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
