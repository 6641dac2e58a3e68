"""What people do with their cards: written down with a version, told to the ledger, and answered as done only then."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_sqlalchemy.session import Session

from account_service import audit
from account_service.caller import Caller
from account_service.cards import credit_line, lifecycle, repository
from account_service.cards.bank_month import this_month
from account_service.cards.card_closing import end
from account_service.cards.ledger_sync import change
from account_service.cards.queries import rendered
from account_service.context import AccountContext
from account_service.lifecycle import CLOSED
from account_service.models import Card
from account_service.products.changes import bank_day
from account_service.refusals import CARD_NOT_SETTLED
from account_service.status_changes import change_status
from shared.amounts import money
from shared.audit_enums import AuditAction
from shared.card_enums import FrozenBy
from shared.enums import CardKind, CardStatus
from shared.http.field_problems import FieldError, Problem, invalid_fields
from shared.refusals import NOT_FOUND, Refused, forbidden
from shared.service_refusals import ACCOUNT_NOT_EMPTY


@dataclass(frozen=True)
class CardChange:
    """What is to be another: limits as the decimal text that was sent (None: none of its own), switches by name.

    `line`: the terms of a credit card's account, by name.
    """

    limits: Mapping[str, str | None]
    controls: Mapping[str, bool]
    blocked_categories: Sequence[str] | None = None
    nickname: str | None = None
    has_nickname: bool = False
    line: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_of_line_alone(self) -> bool:
        """Whether nothing is to be another but the terms of the account, which staff set too."""
        return bool(self.line) and not (
            self.limits or self.controls or self.blocked_categories is not None or self.has_nickname
        )


def update(context: AccountContext, caller: Caller, card_id: str, wanted: CardChange) -> dict[str, Any]:
    """Change limits, switches, blocked merchants or the name; the card as it then is.

    Raises Refused: 404; 403 for whoever is not its holder; 409 for a card that has ended, or that is to lend too much;
    422 for an amount that the currency does not have; 503 and 504, after which it will still be carried out.
    """
    today = bank_day(context)

    def load(session: Session, month: str) -> Card:
        row = _loaded(session, caller, card_id)
        is_holder = caller.sees_number(user_id=row.account.user_id, synthetic=row.account.synthetic)
        if not is_holder and not wanted.is_of_line_alone:
            raise forbidden("Limits and switches of a card are its holder's own to set.", role=caller.role)
        if wanted.is_of_line_alone and row.kind == CardKind.CREDIT and row.account.status != CLOSED:
            _check_account_goes_on(row, month)
        else:
            lifecycle.check_living(lifecycle.shown_status(row.status, row.expires, month))
        if wanted.line:
            _check_lends(row, wanted.line)
            credit_line.change(session, caller, row.account, wanted.line, today=today)
        values = _values(wanted, row.account.currency)
        if any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.version += 1
        return row

    return _changed(context, card_id, load, AuditAction.CARD_CHANGED)


def freeze(context: AccountContext, caller: Caller, card_id: str) -> dict[str, Any]:
    """Let nothing be paid with the card; the card as it then is. What staff froze, staff alone unfreeze.

    Raises Refused: 404; 409 for a card that has ended; 503 and 504, after which it will still be carried out.
    """

    def load(session: Session, month: str) -> Card:
        row = _loaded(session, caller, card_id)
        lifecycle.check_living(lifecycle.shown_status(row.status, row.expires, month))
        by_bank = caller.acts_for_bank(row.account.user_id)
        if row.status != CardStatus.FROZEN or (by_bank and row.frozen_by != FrozenBy.BANK):
            row.status, row.frozen_by = CardStatus.FROZEN, FrozenBy.BANK if by_bank else FrozenBy.OWNER
            row.version += 1
        return row

    return _changed(context, card_id, load, AuditAction.CARD_FROZEN)


def unfreeze(context: AccountContext, caller: Caller, card_id: str) -> dict[str, Any]:
    """Let the card pay again; the card as it then is. Raises Refused as `freeze`; 409 for what the bank froze."""

    def load(session: Session, month: str) -> Card:
        row = _loaded(session, caller, card_id)
        lifecycle.check_living(lifecycle.shown_status(row.status, row.expires, month))
        lifecycle.check_may_release(row.frozen_by, by_bank=caller.acts_for_bank(row.account.user_id))
        if row.status != CardStatus.ACTIVE:
            row.status, row.frozen_by = CardStatus.ACTIVE, None
            row.version += 1
        return row

    return _changed(context, card_id, load, AuditAction.CARD_UNFROZEN)


def report(context: AccountContext, caller: Caller, card_id: str, reason: str) -> dict[str, Any]:
    """Its holder has lost the card, had it stolen or found it misused: it never pays again. Raises as `unfreeze`."""
    return _ended(context, caller, card_id, lifecycle.REPORTED[reason], AuditAction.CARD_REPORTED, reason=reason)


def cancel(context: AccountContext, caller: Caller, card_id: str) -> dict[str, Any]:
    """Nobody wants the card any more: it never pays again, and the account of a credit card is closed.

    A credit card that was reported or has expired, and was not replaced, is given up as well, and stays what it was.
    Raises as `unfreeze`; 409 also for a credit card on which something is owed or pending, or was paid too much.
    """
    with context.database.read_session() as session:
        row = repository.card(session, caller, card_id)
    if row is None:
        raise Refused(NOT_FOUND)
    if row.kind == CardKind.DEBIT:
        return _ended(context, caller, card_id, CardStatus.CANCELLED)
    if row.status != CardStatus.CANCELLED:
        _check_account_goes_on(row, this_month(context))
        lifecycle.check_may_release(row.frozen_by, by_bank=caller.acts_for_bank(row.account.user_id))
    _close_account(context, caller, row.account_id)
    return _changed(context, card_id, lambda session, month: _loaded(session, caller, card_id), None)


def _close_account(context: AccountContext, caller: Caller, account_id: str) -> None:
    """Close the account of a credit card, and with it end its cards. Raises Refused, in the words of a card."""
    try:
        change_status(context, caller, account_id, CLOSED, "its credit card was cancelled")
    except Refused as refused:
        if refused.refusal.code != ACCOUNT_NOT_EMPTY.code:
            raise
        raise Refused(CARD_NOT_SETTLED, details=refused.details) from None


def _check_account_goes_on(row: Card, month: str) -> None:
    """Raises Refused (409) for a credit card whose account another card has, or none any more."""
    shown = lifecycle.shown_status(row.status, row.expires, month)
    lifecycle.check_replaceable(shown, is_replaced=row.replaced_by is not None)


def _check_lends(row: Card, line: Mapping[str, Any]) -> None:
    if row.kind != CardKind.CREDIT:
        problem = Problem("not_of_this_kind", "is nothing that a debit card has", {"kind": row.kind})
        raise invalid_fields(dict.fromkeys(line, problem))


def _ended(
    context: AccountContext,
    caller: Caller,
    card_id: str,
    status: CardStatus,
    action: AuditAction = AuditAction.CARD_CANCELLED,
    *,
    reason: str | None = None,
) -> dict[str, Any]:
    def load(session: Session, month: str) -> Card:
        row = _loaded(session, caller, card_id)
        if row.status != status:
            lifecycle.check_living(lifecycle.shown_status(row.status, row.expires, month))
            lifecycle.check_may_release(row.frozen_by, by_bank=caller.acts_for_bank(row.account.user_id))
            end(row, status)
        return row

    return _changed(context, card_id, load, action, reason=reason)


def _loaded(session: Session, caller: Caller, card_id: str) -> Card:
    row = repository.card(session, caller, card_id, for_update=True)
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def _changed(
    context: AccountContext, card_id: str, load: Any, action: AuditAction | None, *, reason: str | None = None
) -> dict[str, Any]:
    month = this_month(context)

    def load_and_tell(session: Session) -> Card:
        row: Card = load(session, month)
        if action is not None:
            audit.write_card(session, action, row, reason)
        return row

    return rendered(context, [change(context, card_id, load_and_tell)], month)[0]


def _values(wanted: CardChange, currency: str) -> dict[str, Any]:
    """The columns that change, by name. Raises Refused (422), naming each limit that is no amount of the currency."""
    values: dict[str, Any] = dict(wanted.controls)
    problems: dict[str, Problem] = {}
    for name, text in wanted.limits.items():
        try:
            values[f"{name}_minor"] = None if text is None else money.parse_amount(text, currency).minor
        except FieldError as error:
            problems[f"limits.{name}"] = error.problem
    if problems:
        raise invalid_fields(problems)
    if wanted.blocked_categories is not None:
        values["blocked_categories"] = json.dumps(sorted(set(wanted.blocked_categories)))
    if wanted.has_nickname:
        values["nickname"] = wanted.nickname
    return values
