"""Looking at accounts: our facts in one query, the ledger's balances in one call a page."""

from collections.abc import Sequence
from typing import Any

from account_service import repository, serializers
from account_service.caller import Caller
from account_service.context import AccountContext
from account_service.repository import Account, Cursor, Event, Filters
from shared.pagination import encode_cursor, page_of
from shared.refusals import NOT_FOUND, Refused

Page = tuple[list[dict[str, Any]], str | None]
"""Rendered accounts, and the cursor of the next page."""


def own_accounts(context: AccountContext, caller: Caller, after: Cursor | None, limit: int) -> Page:
    """The caller's own accounts, oldest first."""
    with context.database.read() as connection:
        rows = repository.own_accounts(connection, caller.user_id, after, limit + 1)
    return _page(context, caller, rows, limit)


def all_accounts(context: AccountContext, caller: Caller, filters: Filters, after: Cursor | None, limit: int) -> Page:
    """The accounts the caller may see, newest first."""
    with context.database.read() as connection:
        rows = repository.all_accounts(connection, caller, filters, after, limit + 1)
    return _page(context, caller, rows, limit)


def details(context: AccountContext, caller: Caller, account_id: str) -> dict[str, Any]:
    """One account. Raises Refused (404) for what does not exist and for what is not the caller's, alike."""
    with context.database.read() as connection:
        row = repository.account(connection, caller, account_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return _rendered(context, caller, [row])[0]


def rename(context: AccountContext, caller: Caller, account_id: str, nickname: str | None) -> dict[str, Any]:
    """Give the account a new nickname; what it then looks like. Raises Refused (404) as `details` does."""
    with context.database.write() as connection:
        row = repository.account(connection, caller, account_id, for_update=True)
        if row is None:
            raise Refused(NOT_FOUND)
        if row.nickname != nickname:
            row = repository.rename(connection, account_id, nickname)
            repository.record(connection, [Event("account_updated", serializers.facts(row))])
    return _rendered(context, caller, [row])[0]


def payee(context: AccountContext, number: str) -> dict[str, Any]:
    """Who would be paid at this number. Raises Refused (404) for an unknown one."""
    with context.database.read() as connection:
        row = repository.account_by_number(connection, number)
    if row is None:
        raise Refused(NOT_FOUND, "No account has this number.")
    return serializers.payee(row, context.ledger.states([row.id]).get(row.id))


def _page(context: AccountContext, caller: Caller, rows: Sequence[Account], limit: int) -> Page:
    page, has_more = page_of(list(rows), limit)
    return _rendered(context, caller, page), encode_cursor(page[-1].created_at, page[-1].id) if has_more else None


def _rendered(context: AccountContext, caller: Caller, rows: Sequence[Account]) -> list[dict[str, Any]]:
    ledger_states = context.ledger.states([row.id for row in rows])
    return [
        serializers.account(
            row,
            ledger_states.get(row.id),
            shows_number=caller.sees_number(user_id=row.user_id, synthetic=bool(row.synthetic)),
        )
        for row in rows
    ]
