"""Keyset pagination: a page costs the same at any depth, and inserts move nothing.

A cursor is the sort key of the last row shown, as URL-safe text. It names a position and grants nothing, so it needs
no signature; it is checked for shape like any other input, and the query's own ownership filter still applies.
"""

import base64
import binascii
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement, Select

from shared.errors import invalid
from shared.identifiers import is_id
from shared.payloads import QueryModel, WholeNumber
from shared.refusals import Refused

MAX_PAGE = 200
DEFAULT_PAGE = 50
_LARGEST_INTEGER = 2**63 - 1


class PageQuery(QueryModel):
    """The query parameters of every list."""

    limit: WholeNumber = Field(DEFAULT_PAGE, ge=1, le=MAX_PAGE, description="rows on a page")
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before")


class IdRangeQuery(QueryModel):
    """The query parameters of a service's whole listing for other services: rows by id, after one and up to another."""

    after: str = Field("", max_length=64, description="the last id already seen")
    until: str | None = Field(None, max_length=64, description="the last id wanted; without it, all there are")
    limit: WholeNumber = Field(1000, ge=1, le=2000)


def in_id_range(
    query: Select[Any], column: ColumnElement[str], *, after: str, until: str | None, limit: int
) -> Select[Any]:
    """The query for at most `limit` rows whose ids in `column` are after one and up to another, in their order."""
    query = query.where(column > after)
    if until is not None:
        query = query.where(column <= until)
    return query.order_by(column).limit(limit)


def encode_cursor(instant_us: int, row_id: str) -> str:
    """The cursor after a row sorted by (instant, id)."""
    return base64.urlsafe_b64encode(f"{instant_us}.{row_id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> tuple[int, str] | None:
    """The (instant, id) to continue after, None for the first page. Raises Refused (422) for a forged cursor."""
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        instant, _, row_id = text.partition(".")
        if instant.isdigit() and int(instant) <= _LARGEST_INTEGER and is_id(row_id):
            return int(instant), row_id
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise _forged()


def page_of(rows: list[Any], limit: int) -> tuple[list[Any], bool]:
    """Cut a result that was fetched with `limit + 1` rows: the page, and whether more follows."""
    return rows[:limit], len(rows) > limit


def _forged() -> Refused:
    return invalid("cursor", "is not a cursor that this list gave out")
