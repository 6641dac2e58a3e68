"""Keyset pagination: a page costs the same at any depth, and inserts move nothing.

A list is newest first, but for one's own accounts, which keep their places, and for what is yet to fall due; it says
so in its summary. It pages by `cursor`. With `after`, the id of a row, it gives what came later, oldest first, so that
a poller that remembers the last id it saw misses nothing and repeats nothing.

A cursor is a place in one list, as URL-safe text: the sort key of the last row shown, the direction, and a digest over
both, the list and its filters. It is refused anywhere else. It grants nothing (the query's own ownership filter still
applies), so the digest needs no secret.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import request
from pydantic import Field
from sqlalchemy import Connection, Select, SQLColumnExpression, tuple_
from sqlalchemy.orm import Session

from shared.http.field_problems import invalid
from shared.http.json_parsing import render
from shared.http.payloads import Id, QueryModel, WholeNumber
from shared.identifiers import is_id
from shared.refusals import Refused

MAX_PAGE = 200
DEFAULT_PAGE = 50
_LARGEST_INTEGER = 2**63 - 1
_DIGEST_BYTES = 8
_CURSOR = re.compile(r"([<>])(0|[1-9][0-9]{0,18})\.([0-9a-f-]{36})\.([0-9a-f]{16})", re.ASCII)
_NOT_FILTERS = {"limit", "cursor", "after"}

Key = tuple[int, str]
"""What a list is sorted by: an instant in microseconds, and the row's id."""
Row = TypeVar("Row")


class ListQuery(QueryModel):
    """The query parameters of every list."""

    limit: WholeNumber = Field(DEFAULT_PAGE, ge=1, le=MAX_PAGE, description="rows on a page")
    cursor: str | None = Field(
        None,
        max_length=200,
        description="`next_cursor` of the page before",
        json_schema_extra={"example": "PDE3OTU2NDQ3NzYxNDQxNDEuMDFhMjE0YzQ"},
    )
    after: Id | None = Field(None, description="the id of a row: what came later, oldest first")


class IdRangeQuery(QueryModel):
    """The query parameters of a service's whole listing for other services: rows by id, after one and up to another."""

    after: str = Field("", max_length=64, description="the last id already seen")
    until: str | None = Field(None, max_length=64, description="the last id wanted; without it, all there are")
    limit: WholeNumber = Field(1000, ge=1, le=2000)


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list are wanted: up to `limit` of those beyond `place` (None: from the beginning)."""

    limit: int
    place: Key | None = None
    is_ascending: bool = False
    binding: bytes = b""


def requested_page(query: ListQuery, place_of: Callable[[str], Key | None], *, oldest_first: bool = False) -> Page:
    """The page that the request being served asks for; a list is newest first unless it is `oldest_first`.

    `place_of` gives the sort key of the row with an id, None when the list has no such row for this reader.
    Raises Refused (422) for a cursor of another list or of other filters, and for an `after` that names no row.
    """
    binding = binding_of(request.endpoint, request.view_args, query.model_dump(exclude_unset=True, mode="json"))
    if query.after is not None:
        if query.cursor is not None:
            raise invalid("after", "goes without a cursor; the cursor knows where to go on", code="not_with_cursor")
        place = place_of(query.after)
        if place is None:
            raise invalid("after", "is not the id of a row of this list", code="unknown_row")
        return Page(query.limit, place, is_ascending=True, binding=binding)
    if query.cursor is None:
        return Page(query.limit, is_ascending=oldest_first, binding=binding)
    place, is_ascending = _read_cursor(query.cursor, binding)
    return Page(query.limit, place, is_ascending, binding)


def on_page(
    query: Select[Any], instant: SQLColumnExpression[int], row_id: SQLColumnExpression[str], page: Page
) -> Select[Any]:
    """The query for the page's rows, in its order, and for one more that tells whether another page follows."""
    key = tuple_(instant, row_id)
    if page.place is not None:
        query = query.where(key > page.place if page.is_ascending else key < page.place)
    order = (instant.asc(), row_id.asc()) if page.is_ascending else (instant.desc(), row_id.desc())
    return query.order_by(*order).limit(page.limit + 1)


def cut_page(rows: Sequence[Row], page: Page, key_of: Callable[[Row], Key]) -> tuple[list[Row], str | None]:
    """The rows that belong on the page, of those that `on_page` found, and the cursor of the next one."""
    shown = list(rows[: page.limit])
    if len(rows) <= page.limit:
        return shown, None
    return shown, bound_cursor(page.binding, key_of(shown[-1]), is_ascending=page.is_ascending)


def fetch_page(
    connection: Connection | Session,
    rows: Select[Any],
    instant: SQLColumnExpression[int],
    row_id: SQLColumnExpression[str],
    query: ListQuery,
    *,
    everything: Select[Any] | None = None,
    oldest_first: bool = False,
) -> tuple[list[Any], str | None]:
    """One page of a list and its `next_cursor`: `rows` with the filters applied, sorted by `instant` and `row_id`.

    Each row is what `rows` selects, with its sort key behind it as `page_instant` and `page_row_id`.

    `everything` is the list without its filters, in which `after` is looked for, so that a poller's last row may have
    left a filter since (default: `rows`). Raises Refused (422) as `requested_page` does.
    """
    within = rows if everything is None else everything

    def place_of(wanted: str) -> Key | None:
        found = connection.execute(within.with_only_columns(instant, row_id).where(row_id == wanted)).first()
        return None if found is None else (found[0], found[1])

    page = requested_page(query, place_of, oldest_first=oldest_first)
    placed = rows.add_columns(instant.label("page_instant"), row_id.label("page_row_id"))
    found = connection.execute(on_page(placed, instant, row_id, page)).all()
    return cut_page(found, page, lambda row: (row.page_instant, row.page_row_id))


def in_id_range(
    query: Select[Any], column: SQLColumnExpression[str], *, after: str, until: str | None, limit: int
) -> Select[Any]:
    """The query for at most `limit` rows whose ids in `column` are after one and up to another, in their order."""
    query = query.where(column > after)
    if until is not None:
        query = query.where(column <= until)
    return query.order_by(column).limit(limit)


def binding_of(endpoint: str | None, path: dict[str, Any] | None, filters: dict[str, Any]) -> bytes:
    """What a cursor is bound to: the list, what its path names, and the filters that were sent."""
    kept = {name: value for name, value in sorted(filters.items()) if name not in _NOT_FILTERS}
    return render([endpoint, sorted((path or {}).items()), kept]).encode()


def bound_cursor(binding: bytes, key: Key, *, is_ascending: bool = False) -> str:
    """The cursor for what comes after the row with this key, in that direction."""
    place = f"{'>' if is_ascending else '<'}{key[0]}.{key[1]}"
    return base64.urlsafe_b64encode(f"{place}.{_digest(binding, place)}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str, binding: bytes) -> tuple[Key, bool]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise _not_of_this_list() from None
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise _not_of_this_list()
    direction, instant, row_id, digest = found.groups()
    if digest != _digest(binding, f"{direction}{instant}.{row_id}"):
        raise _not_of_this_list()
    if int(instant) > _LARGEST_INTEGER or not is_id(row_id):
        raise _not_of_this_list()
    return (int(instant), row_id), direction == ">"


def _digest(binding: bytes, place: str) -> str:
    return hashlib.blake2b(binding + b"\n" + place.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _not_of_this_list() -> Refused:
    return invalid("cursor", "is not a cursor that this list gave out for these filters", code="foreign_cursor")
