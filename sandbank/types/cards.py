"""What the API says of cards and of what is paid with them; amounts are decimal strings, times ISO 8601 text."""

from typing import Literal, TypedDict


class Initiator(TypedDict):
    """Who did something. Names are for staff."""

    kind: Literal["customer", "staff", "bank", "app"]
    name: str | None


class CardLimits(TypedDict):
    """The most that a card pays; None where there is no limit but the money on the account."""

    per_payment: str | None
    daily: str | None
    monthly: str | None


class CardControls(TypedDict):
    """Where a card may be used."""

    online: bool
    contactless: bool
    abroad: bool
    cash: bool


CardStatus = Literal["active", "frozen", "lost", "stolen", "blocked", "cancelled", "replaced", "expired"]


class Card(TypedDict):
    """A payment card. What is printed on it is shown by `cards.reveal` alone.

    What a debit card does not have is None: `credit_limit` is what a credit card lends, `balance` what is on its
    account (below zero: owed), `available_credit` what can still be spent.
    """

    id: str
    account_id: str
    user_id: str
    kind: Literal["debit", "credit"]
    network: str
    masked_number: str
    last4: str
    expires: str
    holder_name: str
    currency: str
    status: CardStatus
    frozen_by: Literal["owner", "bank"] | None
    limits: CardLimits
    controls: CardControls
    blocked_categories: list[str]
    credit_limit: str | None
    balance: str | None
    available_credit: str | None
    billing_day: int | None
    settlement_account_id: str | None
    nickname: str | None
    replaces: str | None
    replaced_by: str | None
    created_at: str
    created_at_bank: str | None


class CardStatement(TypedDict):
    """A credit card's bill; what is owed is above zero. An `open` one has no id: the next would say so now."""

    id: str | None
    account_id: str
    from_on: str
    due_on: str
    opening: str
    purchases: str
    payments: str
    interest: str
    fees: str
    closing: str
    minimum_payment: str
    left: str
    currency: str
    status: Literal["open", "due", "paid", "partly_paid", "late"]


class CardPayment(TypedDict):
    """What was paid of what is owed on a credit card."""

    transaction_id: str
    card_id: str
    account_id: str
    from_account_id: str
    amount: str
    currency: str
    paid_at: str


class PrintedCard(TypedDict):
    """What can be read on a card itself."""

    card_number: str
    expires: str
    security_code: str


class Merchant(TypedDict):
    """Who asks a card to pay."""

    name: str
    mcc: str
    country: str
    city: str | None
    account_id: str | None


class AuthorizationEvent(TypedDict):
    """Something that happened to an authorization."""

    type: str
    amount: str
    original_amount: str
    at: str


class Authorization(TypedDict):
    """A card payment that a shop asked for; `decline_code` says why it was declined.

    Amounts are in `currency`, the account's, those named `original` in the shop's.
    """

    id: str
    card_id: str | None
    account_id: str | None
    status: Literal["approved", "declined", "captured", "partly_captured", "reversed", "expired"]
    amount: str
    approved_amount: str
    captured_amount: str
    currency: str
    original_amount: str
    original_approved_amount: str
    original_captured_amount: str
    original_currency: str
    exchange_rate: str | None
    merchant: Merchant
    channel: str
    decline_code: str | None
    decline_reason: str | None
    response_code: str
    hold_id: str | None
    events: list[AuthorizationEvent]
    created_at: str
    expires_at: str


class Dispute(TypedDict):
    """A disputed card payment; `credit_transaction_id` gave the money back until it is decided.

    `debit_transaction_id` took it from the shop's account at this bank, for employees, once it is won.
    """

    id: str
    transaction_id: str
    credit_transaction_id: str
    account_id: str
    amount: str
    currency: str
    reason: str
    status: Literal["open", "won", "lost"]
    created_at: str
    opened_by: Initiator
    resolved_at: str | None
    decided_by: Initiator | None
    debit_transaction_id: str | None
