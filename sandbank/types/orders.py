"""The shapes of payments arranged beforehand. Money is decimal text, times are ISO 8601 in UTC, days are the bank's."""

from typing import Literal, TypedDict

from sandbank.types.cards import Initiator

Frequency = Literal["daily", "weekly", "two_weekly", "monthly", "two_monthly", "quarterly", "half_yearly", "yearly"]
ExecutionRule = Literal["following", "preceding"]
OrderStatus = Literal["active", "paused", "completed", "failed", "cancelled"]
MandateKind = Literal["once", "recurring"]
MandateStatus = Literal["pending", "active", "cancelled", "expired", "completed"]
CollectionStatus = Literal["scheduled", "paid", "returned", "cancelled", "refunded"]
Side = Literal["creditor", "debtor"]


class SavedPayee(TypedDict):
    """Somebody whom a person pays."""

    id: str
    name: str
    account_number: str
    reference: str
    created_at: str


class PayeeNameCheck(TypedDict):
    """Whether a name is that of an account's holder; `name` is the holder's, with a close match alone."""

    result: Literal["match", "close_match", "no_match", "unavailable"]
    name: str | None


class OrderRecipient(TypedDict):
    """Who is paid, as far as the payer knows."""

    name: str
    account_number: str


class _Order(TypedDict):
    id: str
    from_account_id: str
    recipient: OrderRecipient
    amount: str
    currency: str
    fixed: Literal["source", "target"]
    description: str
    end_to_end_id: str | None
    status: OrderStatus
    next_at: str | None
    is_retry: bool
    created_at: str
    ended_at: str | None


class StandingOrder(_Order):
    """A payment that is made again and again; `next_on` is the day of the next one."""

    frequency: Frequency
    first_on: str
    last_on: str | None
    execution_rule: ExecutionRule
    next_on: str | None


class ScheduledPayment(_Order):
    """A payment on one day."""

    execute_on: str


class OrderExecution(TypedDict):
    """What came of an order for one of its days."""

    id: str
    due_on: str
    executed_at: str
    status: Literal["completed", "failed"]
    amount: str
    currency: str
    attempts: int
    transaction_id: str | None
    error_code: str | None


class Mandate(TypedDict):
    """Permission to collect; `side` is the reader's own."""

    id: str
    reference: str
    kind: MandateKind
    status: MandateStatus
    side: Side | None
    creditor: OrderRecipient
    creditor_account_id: str | None
    debtor: OrderRecipient
    debtor_account_id: str | None
    currency: str
    created_at: str
    confirmed_at: str | None
    confirmed_by: Initiator | None
    last_collected_at: str | None
    expires_at: str
    ended_at: str | None


class Collection(TypedDict):
    """A direct debit; `return_code` says why it was returned (ISO 20022)."""

    id: str
    mandate_id: str
    reference: str
    side: Side | None
    counterparty_name: str
    amount: str
    currency: str
    description: str
    end_to_end_id: str | None
    due_on: str
    due_at: str
    status: CollectionStatus
    return_code: Literal["AM04", "AC04", "AC06", "MD01", "MS02", "MS03"] | None
    transaction_id: str | None
    refund_transaction_id: str | None
    refunded_amount: str | None
    refundable_until: str | None
    refundable_amount: str | None
    created_at: str
    settled_at: str | None
