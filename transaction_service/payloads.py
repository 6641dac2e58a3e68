"""The ledger's public requests and replies; OpenAPI shows these models."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.account_numbers import TypedAccountNumber
from shared.idempotency import IdempotencyKey
from shared.instants import Instant, QueryInstant
from shared.money import AmountText
from shared.pagination import PageQuery
from shared.payloads import Id, Line, PathModel, QueryModel, RequestModel, ResponseModel, WholeNumber

MAX_BATCH = 5000
TransactionType = Literal[
    "deposit",
    "withdrawal",
    "transfer",
    "card_purchase",
    "card_payment",
    "interest",
    "fee",
    "payroll",
    "bill_payment",
    "reversal",
]
Description = Annotated[Line, Field(max_length=140)]
Category = Annotated[Line, Field(min_length=1, max_length=50)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class _MoneyRequest(RequestModel):
    amount: AmountText
    currency: Currency | None = Field(None, description="checked against the account's when given")
    description: Description = ""
    category: Category | None = None
    effective_at: Instant | None = Field(None, description="needs the scope bank:simulate")


class AccountMovementRequest(_MoneyRequest):
    """A deposit to or a withdrawal from one account."""

    account_id: Id


class TransferRequest(_MoneyRequest):
    """A transfer to an account named by its id or by its number."""

    from_account_id: Id
    to_account_id: Id | None = None
    to_account_number: TypedAccountNumber | None = None

    @model_validator(mode="after")
    def _one_recipient(self) -> "TransferRequest":
        if (self.to_account_id is None) == (self.to_account_number is None):
            message = "give either to_account_id or to_account_number"
            raise ValueError(message)
        return self


class BatchItem(_MoneyRequest):
    """One movement of a batch: account_id for one-sided types, from/to for those between two accounts."""

    type: TransactionType
    idempotency_key: IdempotencyKey
    account_id: Id | None = None
    from_account_id: Id | None = None
    to_account_id: Id | None = None
    to_account_number: TypedAccountNumber | None = None


class BatchRequest(RequestModel):
    """Up to 5,000 movements in one commit; `atomic`: all or nothing."""

    items: list[dict[str, Any]] = Field(
        min_length=1, max_length=MAX_BATCH, json_schema_extra={"items": {"type": "object"}}
    )
    atomic: bool = False


class ReversalRequest(RequestModel):
    """Take back a transaction, or `amount` of it."""

    reason: Annotated[Line, Field(min_length=1, max_length=140)]
    amount: AmountText | None = None


class TransactionPath(PathModel):
    """A transaction named in the path. Any text is accepted here: what is no id names nothing (404)."""

    transaction_id: str


class AccountPath(PathModel):
    """An account named in the path."""

    account_id: str


class HistoryQuery(PageQuery):
    """Filters of a list of transactions; `from` is included, `to` is not; a bare date is its first moment in UTC."""

    account_id: Id | None = None
    type: TransactionType | None = None
    status: Literal["completed", "refused"] | None = None
    direction: Literal["in", "out"] | None = None
    category: str | None = Field(None, max_length=50)
    since: QueryInstant | None = Field(None, alias="from")
    until: QueryInstant | None = Field(None, alias="to")
    min_amount: AmountText | None = None
    max_amount: AmountText | None = None
    q: Line | None = Field(None, max_length=100, description="text in description, category, counterparty or reference")


class AccountHistoryQuery(HistoryQuery):
    """The same filters for one account, which the path names."""

    account_id: None = Field(None, exclude=True)


class RecentQuery(QueryModel):
    """How many of the newest transactions."""

    limit: WholeNumber = Field(10, ge=1, le=200)


class Span(RequestModel):
    """A stretch of time."""

    days: int = Field(0, ge=0, le=36_500)
    hours: int = Field(0, ge=0, le=876_000)


class ClockRequest(RequestModel):
    """Move the bank clock: to an instant or by a span, forward only."""

    advance_to: Instant | None = None
    advance_by: Span | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "ClockRequest":
        if (self.advance_to is None) == (self.advance_by is None):
            message = "give either advance_to or advance_by"
            raise ValueError(message)
        return self


class ClockConfirmation(RequestModel):
    """What the time is, by a clock that the administrator trusts; within five minutes of the machine's own."""

    machine_time: Instant


class Counterparty(ResponseModel):
    """Who stands on the other side; the number is masked unless it is the reader's own."""

    name: str
    account_number: str


class Transaction(ResponseModel):
    """A movement of money, completed or refused, seen from one account."""

    id: str
    type: TransactionType
    status: Literal["completed", "refused"]
    amount: str
    currency: str
    from_account_id: str | None
    to_account_id: str | None
    account_id: str | None
    direction: Literal["in", "out"] | None
    balance_after: str | None
    counterparty: Counterparty | None
    description: str
    category: str | None
    reference: str
    effective_at: str
    booked_at: str
    reverses: str | None
    reversed_amount: str
    error_code: str | None


class ItemError(ResponseModel):
    """Why an item of a batch was refused."""

    success: bool
    message: str
    error_code: str
    details: dict[str, Any]
    request_id: str | None


class BatchResult(ResponseModel):
    """What came of one item of a batch."""

    status: Literal["completed", "refused", "replayed"]
    transaction: Transaction | None = None
    error: ItemError | None = None


class BatchReply(ResponseModel):
    """One result per item, in order."""

    success: bool
    data: list[BatchResult]


class BankClock(ResponseModel):
    """The bank's time; `real` while nobody has moved it."""

    bank_time: str
    real: bool
