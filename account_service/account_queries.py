"""Looking at accounts: our facts in one query, the ledger's balances in one call a page."""

from collections.abc import Sequence
from typing import Any

from account_service import audit, repository, serializers
from account_service.caller import Caller
from account_service.context import AccountContext
from account_service.events import AccountUpdated
from account_service.lifecycle import settled_status
from account_service.models import Account
from account_service.repository import Filters
from shared.audit import AuditDetails
from shared.audit_enums import AuditAction
from shared.http.pagination import ListQuery
from shared.refusals import NOT_FOUND, Refused, forbidden
from shared.service_refusals import USER_ERASED

Page = tuple[list[dict[str, Any]], str | None]
"""Rendered accounts, and the cursor of the next page."""


def own_accounts(context: AccountContext, caller: Caller, query: ListQuery) -> Page:
    """The caller's own accounts, oldest first."""
    with context.database.read_session() as session:
        rows, cursor = repository.own_accounts(session, caller.user_id, query)
    return _rendered(context, caller, rows), cursor


def all_accounts(context: AccountContext, caller: Caller, filters: Filters, query: ListQuery) -> Page:
    """The accounts the caller may see, newest first."""
    with context.database.read_session() as session:
        rows, cursor = repository.all_accounts(session, caller, filters, query)
    return _rendered(context, caller, rows), cursor


def details(context: AccountContext, caller: Caller, account_id: str) -> dict[str, Any]:
    """One account. Raises Refused (404) for what does not exist and for what is not the caller's, alike."""
    with context.database.read_session() as session:
        row = repository.account(session, caller, account_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return _rendered(context, caller, [row])[0]


def rename(context: AccountContext, caller: Caller, account_id: str, nickname: str | None) -> dict[str, Any]:
    """Give the account a new nickname; what it then looks like. Raises Refused: 404 as for `details`; 403;
    409 for who was erased since the token was looked at.
    """
    with context.database.write_session() as session:
        row = repository.account(session, caller, account_id, for_update=True)
        if row is None:
            raise Refused(NOT_FOUND)
        if not caller.sees_number(user_id=row.user_id, synthetic=row.synthetic):
            message = "A nickname is the customer's own: only they give their account one."
            raise forbidden(message, role=caller.role)
        if repository.erased_among(session, [row.user_id]):
            raise Refused(USER_ERASED)
        told = AuditDetails(after={"changed": ["nickname"]})
        audit.write(session, AuditAction.ACCOUNT_RENAMED, audit.of_account(row), told)
        if row.nickname != nickname:
            row.nickname = nickname
            if settled_status(row.status) is not None:
                repository.publish(session, [AccountUpdated(**serializers.facts(row))])
    return _rendered(context, caller, [row])[0]


def payee(context: AccountContext, number: str) -> dict[str, Any]:
    """Who would be paid at this number. Raises Refused (404) for an unknown one."""
    with context.database.read_session() as session:
        row = repository.account_by_number(session, number)
    if row is None:
        raise Refused(NOT_FOUND, "No account has this number.")
    return serializers.payee(row, context.ledger.states([row.id]).get(row.id))


def _rendered(context: AccountContext, caller: Caller, rows: Sequence[Account]) -> list[dict[str, Any]]:
    states = context.ledger.states([row.id for row in rows])
    return [
        serializers.account(
            row,
            states.get(row.id),
            shows_number=caller.sees_number(user_id=row.user_id, synthetic=row.synthetic),
        )
        for row in rows
    ]
