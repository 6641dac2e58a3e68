"""The journal entry: what one movement of money was, and its legs. Pure.

Named tuples: ten of these are made for every movement, and a frozen dataclass takes ten times as long to make.
"""

from typing import NamedTuple


class Initiator(NamedTuple):
    """Who did it, and by which way (LEDGER rule 23). What is not known of an older entry is None.

    `kind` is as what they acted: customer, staff, bank or app. `channel` is one of `shared.enums.Channel`.
    """

    user_id: str
    kind: str | None = None
    name: str | None = None
    role: str | None = None
    session_id: str | None = None
    channel: str | None = None


class Posting(NamedTuple):
    """One leg of an entry: a signed amount on an account, and the customer's balance after it (None: the bank's)."""

    account_id: str
    currency: str
    amount_minor: int
    balance_after_minor: int | None


class Entry(NamedTuple):
    """A journal entry as it is written and read. Amounts in minor units, instants in microseconds.

    `from_account_id` and `to_account_id` are customers' accounts: the one that pays, the one that is paid.
    """

    id: str
    type: str
    currency: str
    amount_minor: int
    from_account_id: str | None
    to_account_id: str | None
    description: str
    category: str | None
    reverses: str | None
    effective_at: int
    booked_at: int
    initiator: Initiator
    request_id: str | None
