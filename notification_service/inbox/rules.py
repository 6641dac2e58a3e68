"""Which rows of the bank's feeds are worth telling somebody about, and whom. Pure.

Money received: into an account of yours, from anybody but yourself. A shop or a landlord is not told of each sale or
rent: those are takings, read in a statement. Large payment: out of an account of yours, to anybody but yourself;
paying wages is a firm's routine. Payment reversed: money that had come in was taken back, however little it is, by
whoever sent it or by a dispute.
Interest and fees: whatever the bank itself posts.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from uuid_utils import NAMESPACE_OID, uuid5

from notification_service.inbox.source_events import (
    AccountFacts,
    ArrangedFacts,
    CardFacts,
    EmailChanged,
    HoldFacts,
    JournalEntry,
    PasswordChanged,
    Posting,
    ProductFacts,
    StatementFacts,
    UserLoggedIn,
)
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.card_enums import CardEventType
from shared.enums import AccountEventType, NotificationType, ProductEventType, TransactionType, UserEventType
from shared.events.event_feed import EventRow
from shared.identity.device_names import device_name
from shared.ledger_enums import LedgerEventType
from shared.report_enums import ReportingEventType

TYPES_OF_FEED: dict[str, tuple[NotificationType, ...]] = {
    "journal": (
        NotificationType.MONEY_RECEIVED,
        NotificationType.LARGE_PAYMENT,
        NotificationType.PAYMENT_REVERSED,
        NotificationType.INTEREST_PAID,
        NotificationType.INTEREST_CHARGED,
        NotificationType.FEE_CHARGED,
        NotificationType.ORDER_PAID,
        NotificationType.COLLECTION_PAID,
    ),
    "accounts": (
        NotificationType.ACCOUNT_OPENED,
        NotificationType.ACCOUNT_FROZEN,
        NotificationType.ACCOUNT_UNFROZEN,
        NotificationType.ACCOUNT_CLOSED,
        NotificationType.CARD_ISSUED,
        NotificationType.CARD_CHANGED,
        NotificationType.CARD_FROZEN,
        NotificationType.CARD_UNFROZEN,
        NotificationType.CARD_ENDED,
        NotificationType.PRODUCT_CHANGED,
    ),
    "holds": (
        NotificationType.HOLD_PLACED,
        NotificationType.HOLD_RAISED,
        NotificationType.HOLD_CAPTURED,
        NotificationType.HOLD_RELEASED,
        NotificationType.ORDER_PLACED,
        NotificationType.ORDER_CHANGED,
        NotificationType.ORDER_FAILED,
        NotificationType.MANDATE_REQUESTED,
        NotificationType.MANDATE_CHANGED,
        NotificationType.COLLECTION_ANNOUNCED,
        NotificationType.COLLECTION_RETURNED,
        NotificationType.COLLECTION_REFUNDED,
        NotificationType.CARD_PAYMENT_DECLINED,
        NotificationType.CARD_STATEMENT_MADE,
        NotificationType.CARD_BILL_PAID,
        NotificationType.CARD_BILL_UNPAID,
        NotificationType.DISPUTE_RESOLVED,
        NotificationType.FLOOR_PASSED,
    ),
    "users": (
        NotificationType.NEW_DEVICE_LOGIN,
        NotificationType.PASSWORD_CHANGED,
        NotificationType.EMAIL_CHANGED,
    ),
    "statements": (NotificationType.STATEMENT_READY,),
}
"""What each feed gives rise to."""
TYPES_OF_OUR_OWN = (NotificationType.WEBHOOK_FAILED,)
"""What no feed tells, but this service itself."""

_OF_ACCOUNT_EVENTS: dict[str, NotificationType] = {
    AccountEventType.ACCOUNT_OPENED: NotificationType.ACCOUNT_OPENED,
    AccountEventType.ACCOUNT_FROZEN: NotificationType.ACCOUNT_FROZEN,
    AccountEventType.ACCOUNT_UNFROZEN: NotificationType.ACCOUNT_UNFROZEN,
    AccountEventType.ACCOUNT_CLOSED: NotificationType.ACCOUNT_CLOSED,
}
_OF_CARD_EVENTS: dict[str, NotificationType] = {
    CardEventType.CARD_ISSUED: NotificationType.CARD_ISSUED,
    CardEventType.CARD_UPDATED: NotificationType.CARD_CHANGED,
    CardEventType.CARD_FROZEN: NotificationType.CARD_FROZEN,
    CardEventType.CARD_UNFROZEN: NotificationType.CARD_UNFROZEN,
    CardEventType.CARD_ENDED: NotificationType.CARD_ENDED,
}
_OF_HOLD_EVENTS: dict[str, NotificationType] = {
    LedgerEventType.HOLD_PLACED: NotificationType.HOLD_PLACED,
    LedgerEventType.HOLD_RAISED: NotificationType.HOLD_RAISED,
    LedgerEventType.HOLD_CAPTURED: NotificationType.HOLD_CAPTURED,
    LedgerEventType.HOLD_VOIDED: NotificationType.HOLD_RELEASED,
    LedgerEventType.HOLD_EXPIRED: NotificationType.HOLD_RELEASED,
}
_OF_ARRANGED: dict[str, NotificationType] = {
    LedgerEventType.ORDER_PLACED: NotificationType.ORDER_PLACED,
    LedgerEventType.ORDER_CHANGED: NotificationType.ORDER_CHANGED,
    LedgerEventType.ORDER_FAILED: NotificationType.ORDER_FAILED,
    LedgerEventType.MANDATE_REQUESTED: NotificationType.MANDATE_REQUESTED,
    LedgerEventType.MANDATE_CHANGED: NotificationType.MANDATE_CHANGED,
    LedgerEventType.COLLECTION_ANNOUNCED: NotificationType.COLLECTION_ANNOUNCED,
    LedgerEventType.COLLECTION_RETURNED: NotificationType.COLLECTION_RETURNED,
    LedgerEventType.COLLECTION_REFUNDED: NotificationType.COLLECTION_REFUNDED,
    LedgerEventType.CARD_PAYMENT_DECLINED: NotificationType.CARD_PAYMENT_DECLINED,
    LedgerEventType.CARD_STATEMENT_MADE: NotificationType.CARD_STATEMENT_MADE,
    LedgerEventType.CARD_BILL_PAID: NotificationType.CARD_BILL_PAID,
    LedgerEventType.CARD_BILL_UNPAID: NotificationType.CARD_BILL_UNPAID,
    LedgerEventType.DISPUTE_RESOLVED: NotificationType.DISPUTE_RESOLVED,
    LedgerEventType.FLOOR_PASSED: NotificationType.FLOOR_PASSED,
}
FACTS_OF_ARRANGED: dict[NotificationType, tuple[str, ...]] = {
    NotificationType.ORDER_PLACED: ("kind", "description"),
    NotificationType.ORDER_CHANGED: ("kind", "status", "description"),
    NotificationType.ORDER_FAILED: ("kind", "error_code", "due_on", "description"),
    NotificationType.MANDATE_REQUESTED: ("other_name", "reference"),
    NotificationType.MANDATE_CHANGED: ("status", "other_name", "reference", "side"),
    NotificationType.COLLECTION_ANNOUNCED: ("other_name", "due_on", "description"),
    NotificationType.COLLECTION_RETURNED: ("side", "return_code", "other_name", "description"),
    NotificationType.COLLECTION_REFUNDED: ("other_name", "due_on", "description"),
    NotificationType.CARD_PAYMENT_DECLINED: ("authorization_id", "last4", "merchant_name", "decline_code"),
    NotificationType.CARD_STATEMENT_MADE: ("due_on", "minimum_minor"),
    NotificationType.CARD_BILL_PAID: ("due_on",),
    NotificationType.CARD_BILL_UNPAID: ("due_on", "late_fee_minor"),
    NotificationType.DISPUTE_RESOLVED: ("transaction_id", "status", "merchant_name"),
    NotificationType.FLOOR_PASSED: ("transaction_id", "below_minor", "description"),
    NotificationType.PRODUCT_CHANGED: ("name", "due_on", "changes"),
}
"""The facts, one a line, that a message's `detail` keeps of what was arranged; none of them has a line break."""
_OF_THE_BANKS_OWN: dict[str, NotificationType] = {
    TransactionType.INTEREST: NotificationType.INTEREST_PAID,
    TransactionType.INTEREST_CHARGE: NotificationType.INTEREST_CHARGED,
    TransactionType.FEE: NotificationType.FEE_CHARGED,
}
"""What the bank itself posts is told as what it is, however little."""
_ARRANGED_BEFOREHAND: dict[str, NotificationType] = {
    TransactionType.STANDING_ORDER: NotificationType.ORDER_PAID,
    TransactionType.DIRECT_DEBIT: NotificationType.COLLECTION_PAID,
}
"""What leaves by itself is told to whom it leaves, however little; what is large, as that."""
TYPES_OF_CARDS = frozenset(_OF_CARD_EVENTS.values())
TAKINGS = frozenset({TransactionType.CARD_PURCHASE, TransactionType.BILL_PAYMENT, TransactionType.DIRECT_DEBIT})
TAKEN_BACK = frozenset({TransactionType.REVERSAL, TransactionType.CHARGEBACK})
ROUTINE_PAYMENTS = frozenset({TransactionType.PAYROLL})
LONGEST_DETAIL = 500


class NewNotification(NamedTuple):
    """One notification to be, as facts. `created_at` is in microseconds of the bank's time, amounts in minor units.

    `detail` is the payment's description, why an account was frozen, the browser and address of a log-in, the e-mail
    addresses, or facts, one a line: of what was arranged beforehand, of a card, or of a statement, whose balance may be
    less than nothing.
    """

    id: str
    user_id: str
    type: str
    created_at: int
    entry_id: str | None = None
    movement: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    account_id: str | None = None
    other_account_id: str | None = None
    detail: str = ""


@cache
def large_minor(large_payment: str, currency: str) -> int:
    """The minor units of this currency from which a payment is large; `large_payment` has up to three decimals."""
    whole, _, fraction = large_payment.partition(".")
    per_unit = int("1" + "0" * MINOR_UNIT_DIGITS[currency])
    thousandths = int(whole + fraction.ljust(3, "0"))
    return -(-thousandths * per_unit // 1000)


def of_entry(entry: JournalEntry, is_large: Callable[[int, str], bool]) -> list[NewNotification]:
    """The notifications in one entry of the ledger's journal; `is_large(amount_minor, currency)` judges a payment."""
    payers: dict[str, Posting] = {}
    payees: dict[str, Posting] = {}
    for leg in entry.postings:
        if leg.owner_id is not None:
            (payers if leg.amount_minor < 0 else payees)[leg.owner_id] = leg
    if kind := _OF_THE_BANKS_OWN.get(entry.type):
        return [_movement(entry, kind, owner, leg, {}) for owner, leg in (payers | payees).items()]
    found: list[NewNotification] = []
    if entry.type not in TAKINGS:
        found += [
            _movement(entry, NotificationType.MONEY_RECEIVED, owner, leg, payers)
            for owner, leg in payees.items()
            if owner not in payers
        ]
    if entry.type in TAKEN_BACK:
        found += [
            _movement(entry, NotificationType.PAYMENT_REVERSED, owner, leg, payees) for owner, leg in payers.items()
        ]
    elif entry.type not in ROUTINE_PAYMENTS:
        for owner, leg in payers.items():
            is_worth_saying = owner not in payees and is_large(-leg.amount_minor, leg.currency)
            if told := NotificationType.LARGE_PAYMENT if is_worth_saying else _ARRANGED_BEFOREHAND.get(entry.type):
                found.append(_movement(entry, told, owner, leg, payees))
    return found


def of_account_event(row: EventRow, occurred_at: int) -> list[NewNotification]:
    """The notification in one row of the account service's events, if any; `occurred_at` in the bank's time."""
    kind = _OF_ACCOUNT_EVENTS.get(row.type)
    if kind is None:
        return []
    account = AccountFacts.model_validate(row.data)
    notification = NewNotification(
        id=message_id(row.id, account.user_id),
        user_id=account.user_id,
        type=kind,
        created_at=occurred_at,
        account_id=account.account_id,
        detail=(account.reason or "")[:LONGEST_DETAIL],
    )
    return [notification]


def of_card_event(row: EventRow, occurred_at: int) -> list[NewNotification]:
    """The notification in one row of the account service's events about a card; `occurred_at` in the bank's time."""
    kind = _OF_CARD_EVENTS.get(row.type)
    if kind is None:
        return []
    card = CardFacts.model_validate(row.data)
    notification = NewNotification(
        id=message_id(row.id, card.user_id),
        user_id=card.user_id,
        type=kind,
        created_at=occurred_at,
        account_id=card.account_id,
        detail="\n".join((card.card_id, card.masked_number[-4:], card.frozen_by or card.status)),
    )
    return [notification]


def of_product_event(row: EventRow, occurred_at: int) -> list[NewNotification]:
    """The notification in one row of the account service's events about a product; `occurred_at` in the bank's time."""
    if row.type != ProductEventType.PRODUCT_CHANGED:
        return []
    product = ProductFacts.model_validate(row.data)
    said = f"{product.name}\n{product.valid_on}\n{product.changes}"
    notification = NewNotification(
        id=message_id(row.id, product.user_id),
        user_id=product.user_id,
        type=NotificationType.PRODUCT_CHANGED,
        created_at=occurred_at,
        account_id=product.account_id,
        detail=said[:LONGEST_DETAIL],
    )
    return [notification]


def of_ledger_event(row: EventRow) -> list[NewNotification]:
    """The notification in one row of the ledger's events, if any; of what moved money, the journal tells."""
    kind = _OF_HOLD_EVENTS.get(row.type)
    if kind is None:
        return _of_arranged(row)
    hold = HoldFacts.model_validate(row.data)
    notification = NewNotification(
        id=message_id(row.id, hold.user_id),
        user_id=hold.user_id,
        type=kind,
        created_at=hold.happened_at,
        amount_minor=hold.amount_minor,
        currency=hold.currency,
        account_id=hold.account_id,
        detail=hold.description[:LONGEST_DETAIL],
    )
    return [notification]


def _of_arranged(row: EventRow) -> list[NewNotification]:
    """Of payments arranged beforehand, declined or disputed, and of bills: each event is for one person."""
    kind = _OF_ARRANGED.get(row.type)
    if kind is None:
        return []
    facts = ArrangedFacts.model_validate(row.data)
    if kind is NotificationType.CARD_STATEMENT_MADE and (facts.amount_minor or 0) <= 0:
        return []  # nothing is owed
    said = (str(getattr(facts, name) or "") for name in FACTS_OF_ARRANGED[kind])
    notification = NewNotification(
        id=message_id(row.id, facts.user_id),
        user_id=facts.user_id,
        type=kind,
        created_at=facts.happened_at,
        amount_minor=facts.amount_minor if facts.refunded_minor is None else facts.refunded_minor,
        currency=facts.currency,
        account_id=facts.account_id,
        detail="\n".join(said)[:LONGEST_DETAIL],
    )
    return [notification]


def of_statement_event(row: EventRow) -> list[NewNotification]:
    """The notification in one row of the reporting service's events, if any."""
    if row.type != ReportingEventType.STATEMENT_READY:
        return []
    facts = StatementFacts.model_validate(row.data)
    notification = NewNotification(
        id=message_id(row.id, facts.user_id),
        user_id=facts.user_id,
        type=NotificationType.STATEMENT_READY,
        created_at=facts.happened_at,
        account_id=facts.account_id,
        detail=f"{facts.first_on}\n{facts.movements}\n{facts.closing_balance_minor}\n{facts.currency}",
    )
    return [notification]


def of_user_event(row: EventRow, occurred_at: int) -> list[NewNotification]:
    """The notification in one row of auth's events, if any; `occurred_at` in the bank's time."""
    if row.type == UserEventType.USER_LOGGED_IN:
        log_in = UserLoggedIn.model_validate(row.data)
        if not log_in.new_device:
            return []
        user_id, kind = log_in.user_id, NotificationType.NEW_DEVICE_LOGIN
        detail = f"{device_name(log_in.user_agent)} ({log_in.address})"
    elif row.type == UserEventType.PASSWORD_CHANGED:
        user_id, kind = PasswordChanged.model_validate(row.data).user_id, NotificationType.PASSWORD_CHANGED
        detail = ""
    elif row.type == UserEventType.EMAIL_CHANGED:
        changed = EmailChanged.model_validate(row.data)
        user_id, kind = changed.user_id, NotificationType.EMAIL_CHANGED
        detail = f"from {changed.old_email} to {changed.new_email}"
    else:
        return []
    return [NewNotification(message_id(row.id, user_id), user_id, kind, occurred_at, detail=detail[:LONGEST_DETAIL])]


def _movement(
    entry: JournalEntry, kind: NotificationType, owner_id: str, leg: Posting, others: dict[str, Posting]
) -> NewNotification:
    other = next(iter(others.values()), None)
    return NewNotification(  # in the order of its fields: by their names it takes twice as long, thousands of times
        message_id(entry.id, owner_id),
        owner_id,
        kind.value,
        entry.effective_at_us,
        entry.id,
        entry.type.value,
        abs(leg.amount_minor),
        leg.currency,
        leg.account_id,
        other.account_id if other else None,
        entry.description[:LONGEST_DETAIL],
    )


def message_id(source_id: str, user_id: str) -> str:
    """The same id each time the same row is taken in, so that reading a feed again doubles nothing."""
    return str(uuid5(NAMESPACE_OID, f"{source_id}:{user_id}"))
