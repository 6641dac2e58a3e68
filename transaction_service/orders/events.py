"""What the ledger tells other services of payments arranged beforehand. Entries are the journal's to tell.

Each event is for one person, `user_id`; what two people should hear of is told twice. Days are those of the bank.
"""

from typing import ClassVar

from shared.events.event_feed import Event
from shared.ledger_enums import LedgerEventType
from transaction_service.orders.enums import CollectionStatus, MandateStatus, OrderSide, OrderStatus


class OrderEvent(Event):
    """Of a standing order or a scheduled payment from an account of `user_id`; `kind` says which of the two."""

    order_id: str
    kind: str
    account_id: str
    user_id: str
    amount_minor: int
    currency: str
    description: str
    status: OrderStatus
    happened_at: str


class OrderPlaced(OrderEvent):
    """Somebody arranged to pay."""

    type: ClassVar[str] = LedgerEventType.ORDER_PLACED


class OrderChanged(OrderEvent):
    """It was changed, paused, resumed or cancelled, or its last day is over."""

    type: ClassVar[str] = LedgerEventType.ORDER_CHANGED


class OrderFailed(OrderEvent):
    """It did not pay for `due_on`, for the reason of this code."""

    type: ClassVar[str] = LedgerEventType.ORDER_FAILED

    due_on: str
    error_code: str


class MandateEvent(Event):
    """Of a mandate, for one of its sides: `account_id` is that side's, `other_name` is how it knows the other."""

    mandate_id: str
    side: OrderSide
    account_id: str
    user_id: str
    other_name: str
    reference: str
    status: MandateStatus
    happened_at: str


class MandateRequested(MandateEvent):
    """A creditor asks a debtor for permission to collect."""

    type: ClassVar[str] = LedgerEventType.MANDATE_REQUESTED


class MandateChanged(MandateEvent):
    """It was confirmed, refused or cancelled, it expired, or the one collection that it was for was paid."""

    type: ClassVar[str] = LedgerEventType.MANDATE_CHANGED


class CollectionEvent(Event):
    """Of a direct debit, for one of its sides."""

    collection_id: str
    mandate_id: str
    side: OrderSide
    account_id: str
    user_id: str
    other_name: str
    amount_minor: int
    currency: str
    description: str
    due_on: str
    status: CollectionStatus
    happened_at: str


class CollectionAnnounced(CollectionEvent):
    """It will be collected on a day."""

    type: ClassVar[str] = LedgerEventType.COLLECTION_ANNOUNCED


class CollectionReturned(CollectionEvent):
    """Nothing was collected, for the reason of this code of ISO 20022."""

    type: ClassVar[str] = LedgerEventType.COLLECTION_RETURNED

    return_code: str


class CollectionRefunded(CollectionEvent):
    """The debtor had the money back: `refunded_minor`, all that the bank had not taken back before."""

    type: ClassVar[str] = LedgerEventType.COLLECTION_REFUNDED

    refunded_minor: int
