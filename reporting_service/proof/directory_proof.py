"""The proof over users, accounts and cards: auth, the account service, the ledger and reporting side by side."""

from functools import partial
from typing import Any

from sqlalchemy import select

from reporting_service.context import ReportingContext
from reporting_service.models import accounts, balances, users
from reporting_service.projections import journal_projection
from reporting_service.proof import checks
from reporting_service.proof.checks import Finding
from reporting_service.proof.consistency_check import ComparisonResult, Range, compare_twice, own_rows
from reporting_service.service_clients import Row
from shared.time import clock


def compare_users(context: ReportingContext) -> ComparisonResult:
    """Auth's users against its events."""
    return compare_twice(context.clients.users, "id", partial(_users, context))


def compare_accounts(context: ReportingContext) -> ComparisonResult:
    """The account service's accounts against the ledger and against their events.

    Balances of a page are compared as at the position of the journal that our copy had reached when the page was read.
    """
    return compare_twice(context.clients.accounts, "account_id", partial(_accounts, context))


def compare_cards(context: ReportingContext) -> ComparisonResult:
    """The account service's cards against those that the ledger decides about payments by."""
    return compare_twice(context.clients.cards, "card_id", partial(_cards, context))


def _users(context: ReportingContext, span: Range, listed: list[Row]) -> list[Finding]:
    theirs = {row["id"]: row for row in listed}
    with context.database.read() as connection:
        told = {
            row["id"]: {**row, "synthetic": bool(row["synthetic"])} for row in own_rows(connection, users, "id", span)
        }
    return [
        finding
        for user_id in sorted({*theirs, *told})
        for finding in checks.user_and_events(user_id, theirs.get(user_id), told.get(user_id))
    ]


def _accounts(context: ReportingContext, span: Range, listed: list[Row]) -> list[Finding]:
    theirs = {row["account_id"]: row for row in listed}
    with context.database.read() as connection:
        position = journal_projection.read_position(connection).position
        told = {row["id"]: _as_told(row) for row in own_rows(connection, accounts, "id", span)}
        owners = {row["user_id"] for row in theirs.values()}
        known = set(connection.execute(select(users.c.id).where(users.c.id.in_(owners))).scalars())
        held = {
            row["account_id"]: row
            for row in own_rows(connection, balances, "account_id", span, balances.c.owner_id.is_not(None))
        }
    ledger = {row["account_id"]: row for row in context.clients.ledger_accounts(*span, at=position)}
    found: list[Finding] = []
    for account_id in sorted({*theirs, *ledger, *told, *held}):
        account, kept = theirs.get(account_id), ledger.get(account_id)
        found += checks.account_and_ledger(account_id, account, kept)
        found += checks.account_and_events(account_id, account, told.get(account_id))
        found += checks.ledger_and_balance(account_id, kept, held.get(account_id))
        if account is not None and account["user_id"] not in known:
            found.append(checks.ownerless(account_id, account["user_id"]))
    return found


def _cards(context: ReportingContext, span: Range, listed: list[Row]) -> list[Finding]:
    theirs = {row["card_id"]: row for row in listed}
    ledger = {row["card_id"]: row for row in context.clients.ledger_cards(*span)}
    return [
        finding
        for card_id in sorted({*theirs, *ledger})
        for finding in checks.card_and_ledger(card_id, theirs.get(card_id), ledger.get(card_id))
    ]


def _as_told(row: dict[str, Any]) -> dict[str, Any]:
    """Our row with times as the account service writes them."""
    closed_at = row["closed_at"]
    return {
        **row,
        "synthetic": bool(row["synthetic"]),
        "created_at": clock.to_wire(row["created_at"]),
        "closed_at": None if closed_at is None else clock.to_wire(closed_at),
    }
