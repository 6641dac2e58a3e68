"""The ledger's journal and the events of auth and of the account service, as far as the inbox needs them.

They are our own copy of those services' models.
"""

from shared.card_enums import FrozenBy
from shared.enums import AccountType, CardStatus, TransactionType
from shared.events.event_feed import InstantUs, ReadFacts


class Posting(ReadFacts):
    """One leg of an entry; `owner_id` is None for the bank's own accounts."""

    account_id: str
    owner_id: str | None
    currency: str
    amount_minor: int


class JournalEntry(ReadFacts):
    """A row of the journal. Amounts are in minor units, instants in microseconds."""

    id: str
    type: TransactionType
    currency: str
    description: str
    effective_at_us: int
    booked_at_us: int
    postings: list[Posting]


class AccountFacts(ReadFacts):
    """What every event of an account says of it; `reason`: why its status was changed."""

    account_id: str
    user_id: str
    holder_name: str
    account_number: str
    account_type: AccountType
    currency: str
    nickname: str | None
    reason: str | None = None


class CardFacts(ReadFacts):
    """What every event of a card says of it."""

    card_id: str
    account_id: str
    user_id: str
    masked_number: str
    status: CardStatus
    frozen_by: FrozenBy | None


class ProductFacts(ReadFacts):
    """What `product_changed` says."""

    account_id: str
    user_id: str
    name: str
    valid_on: str
    changes: str


class HoldFacts(ReadFacts):
    """What every event of a hold says of it; `amount_minor` is what was held, taken or given back by it."""

    account_id: str
    user_id: str
    amount_minor: int
    currency: str
    description: str
    happened_at: InstantUs


class ArrangedFacts(ReadFacts):
    """What events of orders, mandates, collections, bills, declined and disputed payments say, as far as each has it.

    Each is for one person, `user_id`.
    """

    account_id: str
    user_id: str
    happened_at: InstantUs
    amount_minor: int | None = None
    refunded_minor: int | None = None
    currency: str | None = None
    description: str | None = None
    kind: str | None = None
    error_code: str | None = None
    due_on: str | None = None
    side: str | None = None
    other_name: str | None = None
    reference: str | None = None
    status: str | None = None
    return_code: str | None = None
    minimum_minor: int | None = None
    late_fee_minor: int | None = None
    authorization_id: str | None = None
    last4: str | None = None
    merchant_name: str | None = None
    decline_code: str | None = None
    transaction_id: str | None = None
    below_minor: int | None = None


class StatementFacts(ReadFacts):
    """What `statement_ready` says: of which month, and what the account held at its end."""

    account_id: str
    user_id: str
    first_on: str
    closing_balance_minor: int
    currency: str
    movements: int
    happened_at: InstantUs


class UserLoggedIn(ReadFacts):
    """What `user_logged_in` says."""

    user_id: str
    new_device: bool
    user_agent: str
    address: str


class PasswordChanged(ReadFacts):
    """What `password_changed` says."""

    user_id: str


class EmailChanged(ReadFacts):
    """What `email_changed` says."""

    user_id: str
    old_email: str
    new_email: str
