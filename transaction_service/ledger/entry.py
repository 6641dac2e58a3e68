"""The journal entry: what one movement of money was, and its legs. Pure.

Named tuples: ten of these are made for every movement, and a frozen dataclass takes ten times as long to make.
"""

from typing import NamedTuple

PAYS_ORDERS, POSTS_ITS_OWN = "standing-orders", "bank"
"""In whose names due work pays: what people have arranged, and what the bank charges, pays and settles itself."""
_DUE_WORKERS = frozenset({PAYS_ORDERS, POSTS_ITS_OWN})


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
    `end_to_end_id` is what the payer calls it. The request of what due work makes is the work itself.
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
    end_to_end_id: str | None = None

    @property
    def due_work_id(self) -> str | None:
        """What had fallen due when the bank made it: an order, a direct debit, a card's bill, a run of interest.

        None of what was made for a request; so is what takes something back.
        """
        return self.request_id if self.initiator.user_id in _DUE_WORKERS and self.reverses is None else None
