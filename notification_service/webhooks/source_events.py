"""What the other services' feeds say, as far as webhooks tell it on. Our own copy of those services' models."""

from shared.events.event_feed import InstantUs, ReadFacts


class Leg(ReadFacts):
    """One posting of an entry; `owner_id` is None for the bank's own accounts."""

    account_id: str
    owner_id: str | None
    currency: str
    amount_minor: int
    balance_after_minor: int | None


class Entry(ReadFacts):
    """A row of the journal. Amounts are in minor units, instants in microseconds."""

    id: str
    type: str
    description: str
    category: str | None
    reference: str
    effective_at_us: int
    booked_at_us: int
    reverses: str | None
    postings: list[Leg]


class LedgerFacts(ReadFacts):
    """What the ledger's events have in common: whom they are for, and when in the bank's time they happened."""

    account_id: str
    user_id: str
    happened_at: InstantUs
    currency: str = ""
    kind: str = ""
    transaction_type: str = ""


class ClockFacts(ReadFacts):
    """When in the bank's time its clock was moved."""

    happened_at: InstantUs


class StatedMonth(LedgerFacts):
    """Of which month a statement is ready, by its first day."""

    first_on: str


class Whose(ReadFacts):
    """Whom an event of users, accounts or cards is for."""

    user_id: str
    account_id: str = ""
