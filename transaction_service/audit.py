"""What the ledger writes down of what staff do, in the commit that does it: orders, and what is arranged beforehand.

What the bank does by itself, and customers with their own money, has who did it in the entry (LEDGER rule 23) and
nothing here. Closing an account for somebody is written down by the account service, which was asked to.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from shared.amounts.money import to_text
from shared.audit import Acting, AuditDetails, Subject, changed, row_of
from shared.audit_enums import AuditAction, AuditResult, AuditSubject
from shared.events.feeds import Row
from transaction_service.cards.card import CardAction
from transaction_service.holds.hold import HoldAction
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.movement_rules import DEPOSIT, REVERSAL, TRANSFER, WITHDRAWAL
from transaction_service.ledger.orders import Order
from transaction_service.ledger.resolution import Work
from transaction_service.ledger.serializers import TransactionView
from transaction_service.models import accounts, audit_log

_OF_MOVEMENTS = {
    DEPOSIT: AuditAction.MONEY_DEPOSITED,
    WITHDRAWAL: AuditAction.MONEY_WITHDRAWN,
    TRANSFER: AuditAction.MONEY_TRANSFERRED,
    REVERSAL: AuditAction.TRANSACTION_REVERSED,
}
_OF_HOLDS = {
    HoldAction.PLACE: AuditAction.HOLD_PLACED,
    HoldAction.CAPTURE: AuditAction.HOLD_CAPTURED,
    HoldAction.VOID: AuditAction.HOLD_VOIDED,
}
_OF_CARDS = {
    CardAction.AUTHORIZE: (AuditAction.CARD_PAYMENT_AUTHORIZED, AuditSubject.AUTHORIZATION),
    CardAction.INCREMENT: (AuditAction.CARD_PAYMENT_INCREMENTED, AuditSubject.AUTHORIZATION),
    CardAction.CAPTURE: (AuditAction.CARD_PAYMENT_CAPTURED, AuditSubject.AUTHORIZATION),
    CardAction.REVERSE: (AuditAction.CARD_PAYMENT_REVERSED, AuditSubject.AUTHORIZATION),
    CardAction.CLEAR: (AuditAction.CARD_PAYMENT_CLEARED, AuditSubject.TRANSACTION),
    CardAction.REFUND: (AuditAction.CARD_PAYMENT_REFUNDED, AuditSubject.TRANSACTION),
    CardAction.DISPUTE: (AuditAction.DISPUTE_OPENED, AuditSubject.DISPUTE),
    CardAction.RESOLVE: (AuditAction.DISPUTE_RESOLVED, AuditSubject.DISPUTE),
}
_SAID = (
    "account_id",
    "from_account_id",
    "creditor_account_id",
    "debtor_account_id",
    "mandate_id",
    "transaction_id",
    "amount",
    "currency",
    "remaining_amount",
    "approved_amount",
    "refunded_amount",
    "status",
    "decline_code",
    "return_code",
    "kind",
    "frequency",
    "first_on",
    "last_on",
    "execute_on",
    "due_on",
)
"""What the trail says of a thing of the ledger, by the names that the API has for it: no names, no account numbers."""


class Act(NamedTuple):
    """What staff do when they arrange something: on what kind of thing, how that looks in the API, and whose it is.

    `before` finds the thing as it is, where it is there already.
    """

    action: AuditAction
    kind: AuditSubject
    show: Callable[[Any], dict[str, Any]]
    owner_of: Callable[[Connection, dict[str, Any]], str | None]
    before: Callable[[Connection], Any] | None = None


def is_written(actor: Actor) -> bool:
    """Whether what they do is written down."""
    return actor.is_staff and not actor.is_bank


def acting(actor: Actor, request_id: str) -> Acting:
    """Them, as the trail knows them."""
    return Acting(
        user_id=actor.user_id,
        name=actor.name or None,
        role=actor.role,
        session_id=actor.session_id,
        channel=actor.channel,
        address=actor.address,
        client=actor.client,
        request_id=request_id,
    )


def row_of_order(work: Work, order: Order, made: str | TransactionView) -> Row:
    """What is written down of an order that was carried out; `made` is what its reply shows."""
    if isinstance(made, TransactionView):
        entry, owner_id = made.entry, made.view.owner_id
        facts = {
            "transaction_id": entry.id,
            "type": entry.type,
            "amount": to_text(entry.amount_minor, entry.currency),
            "currency": entry.currency,
            "from_account_id": entry.from_account_id,
            "to_account_id": entry.to_account_id,
        }
        made_id = entry.id
    else:
        shown = json.loads(made)
        account = work.accounts.get(shown.get("account_id") or "")
        facts, made_id, owner_id = _said(shown), shown["id"], None if account is None else account.owner_id
    action, kind, known_id = _of_order(order)
    subject = Subject(kind, known_id or made_id, owner_id)
    told = AuditDetails(after=facts, reason=_reason_of(order), bank_time_us=work.bank_time)
    return row_of(action, subject, acting(order.actor, order.request_id), told)


def row_of_refusal(order: Order, error_code: str, bank_time_us: int) -> Row:
    """What is written down of an order that was refused."""
    action, kind, known_id = _of_order(order)
    subject = Subject(kind, known_id) if known_id else Subject(AuditSubject.ACCOUNT, order.source_id or order.target_id)
    asked = {name: getattr(order, name) for name in ("amount", "currency") if getattr(order, name) is not None}
    told = AuditDetails(after={"asked": asked}, reason=_reason_of(order), bank_time_us=bank_time_us)
    refused = told._replace(result=AuditResult.REFUSED, error_code=error_code)
    return row_of(action, subject, acting(order.actor, order.request_id), refused)


def _reason_of(order: Order) -> str | None:
    """What whoever did it has typed. Why a payment is disputed its holder has, not who decides on that."""
    is_decision = order.card is not None and order.card.action is CardAction.RESOLVE
    return None if is_decision else order.description or None


def write(connection: Connection, rows: list[Row]) -> None:
    """Write these down."""
    audit_log.write_all(connection, rows)


def write_arranged(
    connection: Connection,
    act: Act,
    by: Acting,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    bank_time: int,
) -> None:
    """What staff have arranged: the thing as the API shows it, before (None: there was none) and after."""
    told = AuditDetails(after=_said(after)) if before is None else changed(_said(before), _said(after))
    subject = Subject(act.kind, after["id"], act.owner_of(connection, after))
    write(connection, [row_of(act.action, subject, by, told._replace(bank_time_us=bank_time))])


def owner_of_account(connection: Connection, account_id: str | None) -> str | None:
    """Whose account it is."""
    return connection.execute(select(accounts.c.owner_id).where(accounts.c.id == account_id)).scalar()


def _of_order(order: Order) -> tuple[AuditAction, AuditSubject, str | None]:
    """Action, kind of subject, and the id of that, where it was there before."""
    if order.card is not None:
        action, kind = _OF_CARDS[order.card.action]
        known = {AuditSubject.AUTHORIZATION: order.card.authorization_id, AuditSubject.DISPUTE: order.card.dispute_id}
        return action, kind, known.get(kind)
    if order.hold is not None:
        return _OF_HOLDS[order.hold.action], AuditSubject.HOLD, order.hold.hold_id
    return _OF_MOVEMENTS.get(order.type, AuditAction.MONEY_POSTED), AuditSubject.TRANSACTION, order.reverses


def _said(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shown[name] for name in _SAID if shown.get(name) is not None}
