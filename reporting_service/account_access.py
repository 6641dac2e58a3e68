"""Whose accounts somebody may have reports and statements of."""

from typing import Any

from sqlalchemy import Connection, select

from reporting_service.context import context
from reporting_service.models import accounts
from shared.identifiers import is_id
from shared.identity.access import current_identity
from shared.identity.tokens import Identity
from shared.refusals import NOT_FOUND, Refused


def find_account(connection: Connection, viewer: Identity, account_id: str) -> Any | None:
    """The account, if this person may read it: its owner, or somebody who works here."""
    if not is_id(account_id):
        return None
    query = select(accounts).where(accounts.c.id == account_id)
    if not viewer.is_staff:
        query = query.where(accounts.c.user_id == viewer.user_id)
    return connection.execute(query).one_or_none()


def known_account(account_id: str) -> Any:
    """The account that whoever asks may read, even when it was opened a moment ago. Raises Refused (404)."""
    with context().database.read() as connection:
        account = find_account(connection, current_identity(), account_id)
    if account is None and is_id(account_id):
        context().hear_of_accounts()
        with context().database.read() as connection:
            account = find_account(connection, current_identity(), account_id)
    if account is None:
        raise Refused(NOT_FOUND)
    return account
