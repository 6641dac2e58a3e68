"""What the ledger tells other services: one kind of event, an entry of the journal with its place in the hash chain.

Rows are made straight from the columns, as consumers read while money moves (history/journal_feed.py); a test holds
every kind of movement to this model.
"""

from pydantic import BaseModel, ConfigDict, Field

from shared.enums import Channel, InitiatorKind, TransactionType


class EventModel(BaseModel):
    """A part of an event: nothing is coerced, and nothing more is said than the model says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class JournalPosting(EventModel):
    """One leg: a signed amount on an account, and a customer's balance after it. `owner_id` is null for the bank."""

    leg: int = Field(ge=0)
    account_id: str
    owner_id: str | None
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    amount_minor: int
    balance_after_minor: int | None


class JournalInitiator(EventModel):
    """Who did it, and by which way; what is not known of older entries is null."""

    user_id: str
    kind: InitiatorKind | None
    role: str | None
    session_id: str | None
    channel: Channel | None
    request_id: str | None


class JournalExchange(EventModel):
    """What an entry in two currencies took and gave, and by which terms; what takes one back has none of its own.

    Rates are decimals, `margin_bp` is in hundredths of a percent, `rate_day` as `shared.time.business_days` counts
    days.
    """

    source_currency: str = Field(pattern=r"^[A-Z]{3}$")
    source_minor: int = Field(gt=0)
    target_currency: str = Field(pattern=r"^[A-Z]{3}$")
    target_minor: int = Field(gt=0)
    rate: str | None
    reference_rate: str | None
    margin_bp: int | None
    rate_day: int | None


class JournalEvent(EventModel):
    """An entry. Amounts are in minor units, instants in microseconds; `synthetic`: of a made-up customer.

    `exchange` is null of what moved one currency alone.
    """

    position: int = Field(ge=1)
    id: str
    type: TransactionType
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    amount_minor: int = Field(gt=0)
    description: str
    category: str | None
    reference: str
    effective_at_us: int
    booked_at_us: int
    initiator_id: str
    initiated_by: JournalInitiator
    reverses: str | None
    end_to_end_id: str | None
    exchange: JournalExchange | None
    synthetic: bool
    hash_version: int = Field(ge=1)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    postings: list[JournalPosting] = Field(min_length=2)


class JournalPage(EventModel):
    """A page of the feed, in order, and the newest position there is."""

    success: bool
    data: list[JournalEvent]
    head: int
