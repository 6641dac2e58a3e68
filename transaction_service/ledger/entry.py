"""The journal entry: what one movement of money was, apart from its postings. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry as it is written and read. Amounts in minor units, instants in microseconds.

    `initiator_kind` and `initiator_name` say who did it; None in entries from before they were kept.
    """

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
    initiator_kind: str | None
    initiator_name: str | None
