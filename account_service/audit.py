"""What the account service writes down of what staff do with accounts, cards and products, in the commit that does it.

What the ledger has to be asked first is written down when it has been done, or has been refused for good, by whoever
finishes it: the change keeps who asked for it until then.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import has_request_context
from flask_sqlalchemy.session import Session
from sqlalchemy import inspect

from account_service.models import Account, Card, audit_log
from shared.amounts import money
from shared.audit import NOTHING_MORE, Acting, AuditDetails, Subject, acting_now, changed
from shared.audit_enums import AuditAction, AuditResult, AuditSubject
from shared.enums import AccountStatus

_OF_AN_ACCOUNT = ("account_type", "product", "currency", "status")
_OF_A_CARD = (
    "kind",
    "last4",
    "status",
    "frozen_by",
    "per_payment_minor",
    "daily_minor",
    "monthly_minor",
    "online",
    "contactless",
    "abroad",
    "cash",
    "blocked_categories",
)
_OF_A_LINE = ("settlement_account_id", "billing_day", "floor_minor")
_OF_STATUSES = {
    AccountStatus.OPEN: AuditAction.ACCOUNT_UNFROZEN,
    AccountStatus.FROZEN: AuditAction.ACCOUNT_FROZEN,
    AccountStatus.CLOSED: AuditAction.ACCOUNT_CLOSED,
}


def write(session: Session, action: AuditAction, subject: Subject, told: AuditDetails = NOTHING_MORE) -> None:
    """Write down what whoever makes this request does, if they work here."""
    by = acting_now()
    if by.has_power:
        audit_log.write(session.connection(), action, subject, by, told)


def write_always(session: Session, action: AuditAction, subject: Subject, told: AuditDetails = NOTHING_MORE) -> None:
    """The same, whoever it is."""
    audit_log.write(session.connection(), action, subject, acting_now(), told)


def asked_by_staff() -> str | None:
    """Whoever makes this request, as it is kept with what is pending; None for a customer."""
    by = acting_now()
    return by.as_text() if by.has_power else None


def write_opened(session: Session, accounts: Sequence[Account], asked: Mapping[str, str | None]) -> None:
    """Accounts that staff had opened: `asked` is by id who asked, where that is to be written down."""
    for account in accounts:
        by = Acting.from_text(asked.get(account.id))
        if by is not None and by.has_power:
            facts = {name: getattr(account, name) for name in _OF_AN_ACCOUNT}
            deposit = money.to_text(account.initial_deposit_minor, account.currency)
            told = AuditDetails(after={**facts, "initial_deposit": deposit})
            audit_log.write(session.connection(), AuditAction.ACCOUNT_OPENED, of_account(account), by, told)


def write_status(
    session: Session, account: Account, *, error_code: str | None = None, bank_time_us: int | None = None
) -> None:
    """An account has the status that was pending, or has been refused it. It is given here as it was pending."""
    by = Acting.from_text(account.pending_by)
    if error_code and has_request_context():
        return  # as any refusal, it is written down when whoever asks has been answered
    if by is not None and by.has_power and account.pending_status is not None:
        before = AccountStatus.OPEN if account.status == AccountStatus.CLOSING else account.status
        after = None if error_code else {"status": account.pending_status}
        result = AuditResult.REFUSED if error_code else AuditResult.DONE
        told = AuditDetails({"status": before}, after, account.pending_reason, result, error_code, bank_time_us)
        action = _OF_STATUSES[AccountStatus(account.pending_status)]
        audit_log.write(session.connection(), action, of_account(account), by, told)


def write_card(session: Session, action: AuditAction, card: Card, reason: str | None = None) -> None:
    """What this session has changed of a card and of what it lends, not flushed yet."""
    of_card_, of_line = _before_and_after(card, _OF_A_CARD), _before_and_after(card.account, _OF_A_LINE)
    told = changed({**of_card_[0], **of_line[0]}, {**of_card_[1], **of_line[1]})
    write(session, action, of_card(card), told._replace(reason=reason))


def write_issued(session: Session, card: Card, *, error_code: str | None = None) -> None:
    """A card that staff asked for is issued, or never will be."""
    by = Acting.from_text(card.asked_by)
    if error_code and has_request_context():
        return
    if by is not None and by.has_power:
        facts = {name: getattr(card, name) for name in ("kind", "last4", "account_id", "replaces")}
        result = AuditResult.REFUSED if error_code else AuditResult.DONE
        told = AuditDetails(after=facts, result=result, error_code=error_code)
        audit_log.write(session.connection(), AuditAction.CARD_ISSUED, of_card(card), by, told)


def of_account(account: Account) -> Subject:
    """An account, and whose it is."""
    return Subject(AuditSubject.ACCOUNT, account.id, account.user_id)


def of_card(card: Card) -> Subject:
    """A card, and whose it is."""
    return Subject(AuditSubject.CARD, card.id, card.account.user_id)


def asked(pending_by: str) -> dict[str, Any]:
    """Who asked for what is pending, as the ledger keeps it: from where is not for it to know."""
    known = json.loads(pending_by)
    return {name: value for name, value in known.items() if name not in ("address", "client")}


def _before_and_after(row: Any, names: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    before, after = dict[str, Any](), dict[str, Any]()
    state = inspect(row)
    for name in names:
        history = state.attrs[name].history
        after[name] = getattr(row, name)
        before[name] = history.deleted[0] if history.deleted else after[name]
    return before, after
