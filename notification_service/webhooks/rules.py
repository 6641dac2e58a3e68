"""Which events the rows of the bank's feeds are, for whom, and what each says. Pure.

An entry is told once for each account of a customer that it moved, so that nobody hears of another's balance, and what
happens to an account arrives in its order.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from uuid_utils import NAMESPACE_OID, uuid5

from notification_service.inbox.rules import message_id
from notification_service.webhooks.event_types import MODELS
from notification_service.webhooks.source_events import ClockFacts, Entry, LedgerFacts, Leg, StatedMonth, Whose
from shared.amounts import money
from shared.card_enums import CardEventType
from shared.enums import AccountEventType, Direction, ProductEventType, TransactionType, UserEventType
from shared.events.event_feed import EventRow
from shared.http.json_parsing import render
from shared.ledger_enums import LedgerEventType
from shared.report_enums import ReportingEventType
from shared.time import clock

OF_LEDGER: dict[str, str] = {
    LedgerEventType.TRANSACTION_REFUSED: "transaction.refused",
    LedgerEventType.HOLD_PLACED: "hold.placed",
    LedgerEventType.HOLD_RAISED: "hold.raised",
    LedgerEventType.HOLD_CAPTURED: "hold.captured",
    LedgerEventType.HOLD_VOIDED: "hold.voided",
    LedgerEventType.HOLD_EXPIRED: "hold.expired",
    LedgerEventType.ORDER_PLACED: "{kind}.created",
    LedgerEventType.ORDER_CHANGED: "{kind}.changed",
    LedgerEventType.ORDER_FAILED: "{kind}.failed",
    LedgerEventType.MANDATE_REQUESTED: "mandate.requested",
    LedgerEventType.MANDATE_CHANGED: "mandate.changed",
    LedgerEventType.COLLECTION_ANNOUNCED: "direct_debit.announced",
    LedgerEventType.COLLECTION_RETURNED: "direct_debit.returned",
    LedgerEventType.COLLECTION_REFUNDED: "direct_debit.refunded",
    LedgerEventType.CARD_PAYMENT_APPROVED: "authorization.approved",
    LedgerEventType.CARD_PAYMENT_INCREMENTED: "authorization.incremented",
    LedgerEventType.CARD_PAYMENT_CAPTURED: "authorization.captured",
    LedgerEventType.CARD_PAYMENT_REVERSED: "authorization.reversed",
    LedgerEventType.CARD_PAYMENT_EXPIRED: "authorization.expired",
    LedgerEventType.CARD_PAYMENT_DECLINED: "authorization.declined",
    LedgerEventType.CARD_STATEMENT_MADE: "card_statement.ready",
    LedgerEventType.CARD_BILL_PAID: "card_statement.paid",
    LedgerEventType.CARD_BILL_UNPAID: "card_statement.unpaid",
    LedgerEventType.DISPUTE_OPENED: "dispute.opened",
    LedgerEventType.DISPUTE_RESOLVED: "dispute.resolved",
    LedgerEventType.FLOOR_PASSED: "account.below_floor",
    LedgerEventType.CLOCK_ADVANCED: "clock.advanced",
}
OF_ACCOUNTS: dict[str, str] = {
    AccountEventType.ACCOUNT_OPENED: "account.opened",
    AccountEventType.ACCOUNT_UPDATED: "account.updated",
    AccountEventType.ACCOUNT_FROZEN: "account.frozen",
    AccountEventType.ACCOUNT_UNFROZEN: "account.unfrozen",
    AccountEventType.ACCOUNT_CLOSED: "account.closed",
    CardEventType.CARD_ISSUED: "card.created",
    CardEventType.CARD_UPDATED: "card.updated",
    CardEventType.CARD_FROZEN: "card.frozen",
    CardEventType.CARD_UNFROZEN: "card.unfrozen",
    CardEventType.CARD_ENDED: "card.ended",
    ProductEventType.PRODUCT_CHANGED: "product.changed",
}
OF_USERS: dict[str, str] = {
    UserEventType.USER_REGISTERED: "user.registered",
    UserEventType.USER_UPDATED: "user.updated",
    UserEventType.USER_LOGGED_IN: "user.logged_in",
    UserEventType.PASSWORD_CHANGED: "user.password_changed",
    UserEventType.EMAIL_CHANGED: "user.email_changed",
}
OF_STATEMENTS: dict[str, str] = {ReportingEventType.STATEMENT_READY: "statement.ready"}
_OF_INTEREST = frozenset({TransactionType.INTEREST, TransactionType.INTEREST_CHARGE})
_OF_NOBODY = Whose(user_id="", account_id="clock")
"""What is about the bank itself, for webhooks of the whole bank alone; in order among itself."""
_MINOR, _MONTH = "_minor", len("2026-11")


class NewEvent(NamedTuple):
    """One event to be. `order_key` is the account that it is about, else the user; `recorded_at` is real time.

    `user_id` is empty of what is about the bank itself.

    `message_id` is that of the inbox's message of the same thing to the same person, where there is one.
    """

    id: str
    type: str
    user_id: str
    order_key: str
    recorded_at: int
    body: str
    message_id: str = ""


def of_entry(entry: Entry) -> Iterator[NewEvent]:
    """The events in one entry of the journal, account by account."""
    for number, leg in enumerate(entry.postings):
        if leg.owner_id is not None:
            data = _of_leg(entry, leg, leg.owner_id)
            for name in _names_of_entry(entry, leg):
                event_id = _id(f"{entry.id}:{number}", name)
                body = _body(event_id, name, entry.effective_at_us, data)
                message = message_id(entry.id, leg.owner_id)
                yield NewEvent(event_id, name, leg.owner_id, leg.account_id, entry.booked_at_us, body, message)


def of_ledger_row(row: EventRow) -> Iterator[NewEvent]:
    """The event in one row of the ledger's events, if any."""
    if row.type == LedgerEventType.CLOCK_ADVANCED:
        yield _event(row, OF_LEDGER[row.type], _OF_NOBODY, ClockFacts.model_validate(row.data).happened_at, row.data)
    elif (pattern := OF_LEDGER.get(row.type)) is not None:
        facts = LedgerFacts.model_validate(row.data)
        more = {"type": facts.transaction_type} if row.type == LedgerEventType.TRANSACTION_REFUSED else {}
        yield _of_account(row, pattern.format(kind=facts.kind), facts, more)


def of_statement_row(row: EventRow) -> Iterator[NewEvent]:
    """The event in one row of the reporting service's events, if any."""
    if (name := OF_STATEMENTS.get(row.type)) is not None:
        facts = StatedMonth.model_validate(row.data)
        yield _of_account(row, name, facts, {"month": facts.first_on[:_MONTH]})


def _of_account(row: EventRow, name: str, facts: LedgerFacts, more: dict[str, Any]) -> NewEvent:
    """About an account: what the row says, with amounts in minor units as decimal texts."""
    amounts = {
        key.removesuffix(_MINOR): money.to_text(value, facts.currency)
        for key, value in row.data.items()
        if key.endswith(_MINOR)
    }
    about = Whose(user_id=facts.user_id, account_id=facts.account_id)
    return _event(row, name, about, facts.happened_at, {**row.data, **amounts, **more})


def of_directory_row(row: EventRow, names: dict[str, str], ahead_us: int) -> Iterator[NewEvent]:
    """The event in one row of auth's or of the account service's events, if any."""
    if (name := names.get(row.type)) is not None:
        yield _event(row, name, Whose.model_validate(row.data), row.occurred_at + ahead_us, row.data)


def message_body(event_id: str, name: str, happened_at: int, data: dict[str, Any]) -> str:
    """The whole message as it is sent and signed; `data` has been through its model."""
    return render({"id": event_id, "type": name, "timestamp": clock.to_wire(happened_at), "data": data})


def _names_of_entry(entry: Entry, leg: Leg) -> Iterable[str]:
    yield "transaction.completed" if entry.reverses is None else "transaction.reversed"
    if entry.type in _OF_INTEREST:
        yield "interest.posted"
    elif entry.type == TransactionType.STANDING_ORDER and leg.amount_minor < 0:
        yield "standing_order.executed"
    elif entry.type == TransactionType.DIRECT_DEBIT:
        yield "direct_debit.collected"


def _of_leg(entry: Entry, leg: Leg, owner_id: str) -> dict[str, Any]:
    after = leg.balance_after_minor
    return {
        "transaction_id": entry.id,
        "account_id": leg.account_id,
        "user_id": owner_id,
        "type": entry.type,
        "direction": Direction.OUT if leg.amount_minor < 0 else Direction.IN,
        "amount": money.to_text(abs(leg.amount_minor), leg.currency),
        "currency": leg.currency,
        "balance_after": None if after is None else money.to_text(after, leg.currency),
        "description": entry.description,
        "category": entry.category,
        "reference": entry.reference,
        "effective_at": clock.to_wire(entry.effective_at_us),
        "booked_at": clock.to_wire(entry.booked_at_us),
        "reverses": entry.reverses,
    }


def _event(row: EventRow, name: str, about: Whose, happened_at: int, said: dict[str, Any]) -> NewEvent:
    event_id, order_key = _id(row.id, about.user_id), about.account_id or about.user_id
    data = {key: said[key] for key in MODELS[name].model_fields if key in said}
    body = _body(event_id, name, happened_at, data)
    message = message_id(row.id, about.user_id)
    return NewEvent(event_id, name, about.user_id, order_key, row.occurred_at, body, message)


def _body(event_id: str, name: str, happened_at: int, data: dict[str, Any]) -> str:
    told = MODELS[name].model_validate(data).model_dump(mode="json")
    return message_body(event_id, name, happened_at, told)


def _id(source_id: str, name: str) -> str:
    """The same id each time the same row is taken in: a feed that is read again tells nobody anything twice."""
    return str(uuid5(NAMESPACE_OID, f"webhook:{source_id}:{name}"))
