"""The journal entry: what one movement of money was, apart from its postings. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry as it is written and read. Amounts in minor units, instants in microseconds."""

    id: str
    type: str
    currency: str
    amount_minor: int
    from_account_id: str | None
    to_account_id: str | None
    description: str
    category: str | None
    initiator_id: str
    reverses: str | None
    effective_at: int
    booked_at: int
