"""Lists of what the ledger keeps beside its entries, newest first: from the request to a page of them."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from shared.http.application import ViewReply
from shared.http.pagination import Key, ListQuery, Page, cut_page, requested_page
from shared.http.payloads import success_list
from transaction_service.context import context


class ListItem(Protocol):
    """What has an id, and an instant at which it was made."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def created_at(self) -> int:
        """The instant, in microseconds of the bank's time."""


Row = TypeVar("Row", bound=ListItem)


def listed(
    query: ListQuery,
    page_of: Callable[[Connection, Page], Sequence[Row]],
    one: Callable[[Connection, str], Row | None],
    render: Callable[[Row], dict[str, Any]],
) -> ViewReply:
    """The page that is asked for, of the rows that `page_of` finds: one more than that where another follows.

    `one` finds a row of this list by its id, None where the list has no such row for this reader.
    """
    with context().database.read() as connection:

        def place_of(row_id: str) -> Key | None:
            row = one(connection, row_id)
            return None if row is None else key_of(row)

        page = requested_page(query, place_of)
        shown, cursor = cut_page(page_of(connection, page), page, key_of)
    return success_list([render(row) for row in shown], cursor)


def key_of(row: ListItem) -> Key:
    """What these lists are sorted by."""
    return row.created_at, row.id
