"""Looking at accounts: our facts in one query, the ledger's balances in one call a page."""

from collections.abc import Sequence
from typing import Any

from account_service import rendering, repository
from account_service.account_numbers import parsed_account_number
from account_service.branch import Branch
from account_service.repository import Account, Cursor, Event, Filters
from account_service.viewer import Viewer
from shared.pagination import encode_cursor, page_of
from shared.refusals import NOT_FOUND, Refused

Page = tuple[list[dict[str, Any]], str | None]
"""Rendered accounts, and the cursor of the next page."""


def own_accounts(branch: Branch, viewer: Viewer, after: Cursor | None, limit: int) -> Page:
    """The viewer's own accounts, oldest first."""
    with branch.database.read() as connection:
        rows = repository.own_accounts(connection, viewer.user_id, after, limit + 1)
    return _page(branch, viewer, rows, limit)


def all_accounts(branch: Branch, viewer: Viewer, filters: Filters, after: Cursor | None, limit: int) -> Page:
    """The accounts the viewer may see, newest first."""
    with branch.database.read() as connection:
        rows = repository.all_accounts(connection, viewer, filters, after, limit + 1)
    return _page(branch, viewer, rows, limit)


def details(branch: Branch, viewer: Viewer, account_id: str) -> dict[str, Any]:
    """One account. Raises Refused (404) for what does not exist and for what is not the viewer's, alike."""
    with branch.database.read() as connection:
        row = repository.account(connection, viewer, account_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return _rendered(branch, viewer, [row])[0]


def rename(branch: Branch, viewer: Viewer, account_id: str, nickname: str | None) -> dict[str, Any]:
    """Give the account a new nickname; what it then looks like. Raises Refused (404) as `details` does."""
    with branch.database.write() as connection:
        row = repository.account(connection, viewer, account_id, for_update=True)
        if row is None:
            raise Refused(NOT_FOUND)
        if row.nickname != nickname:
            row = repository.rename(connection, account_id, nickname)
            repository.record(connection, [Event("account_updated", rendering.facts(row))])
    return _rendered(branch, viewer, [row])[0]


def payee(branch: Branch, typed_number: str) -> dict[str, Any]:
    """Who would be paid at this number. Raises Refused: 422 for what is no account number, 404 for an unknown one."""
    number = parsed_account_number(typed_number)
    with branch.database.read() as connection:
        row = repository.account_by_number(connection, number)
    if row is None:
        raise Refused(NOT_FOUND, "No account has this number.")
    return rendering.payee(row, branch.ledger.standings([row.id]).get(row.id))


def _page(branch: Branch, viewer: Viewer, rows: Sequence[Account], limit: int) -> Page:
    page, has_more = page_of(list(rows), limit)
    return _rendered(branch, viewer, page), encode_cursor(page[-1].created_at, page[-1].id) if has_more else None


def _rendered(branch: Branch, viewer: Viewer, rows: Sequence[Account]) -> list[dict[str, Any]]:
    standings = branch.ledger.standings([row.id for row in rows])
    return [
        rendering.account(
            row,
            standings.get(row.id),
            shows_number=viewer.sees_number(user_id=row.user_id, synthetic=bool(row.synthetic)),
        )
        for row in rows
    ]
