"""Request and response models of the account service; also what OpenAPI shows."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from account_service.products import AccountType
from shared.account_numbers import TypedAccountNumber
from shared.idempotency import IdempotencyKey
from shared.money import AmountText
from shared.pagination import PageQuery
from shared.payloads import ErrorReply, Id, Line, PathModel, QueryModel, RequestModel, ResponseModel

MAX_BATCH = 500
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Nickname = Annotated[Line, Field(max_length=60)]
Status = Literal["opening", "open", "frozen", "closing", "closed", "refused"]


class CreateRequest(RequestModel):
    """An account to open. `user_id` is for whom; left out, for the person who asks."""

    account_type: AccountType
    currency: Currency | None = Field(None, description="ISO 4217; the bank's own currency when left out")
    nickname: Nickname | None = None
    initial_deposit: AmountText | None = Field(None, description="paid in, in cash, as the account opens")
    user_id: Id | None = Field(None, description="employees and administrators only")


class BatchItem(RequestModel):
    """One account of a batch."""

    user_id: Id
    account_type: AccountType
    idempotency_key: IdempotencyKey
    currency: Currency | None = None
    nickname: Nickname | None = None
    initial_deposit: AmountText | None = None


class BatchRequest(RequestModel):
    """Accounts for synthetic customers, opened together."""

    accounts: list[BatchItem] = Field(min_length=1, max_length=MAX_BATCH)


class UpdateRequest(RequestModel):
    """What an owner may change: the name they gave the account; empty or null takes it away."""

    nickname: Nickname | None


class ReasonRequest(RequestModel):
    """Why an account is frozen or unfrozen."""

    reason: Annotated[Line, Field(min_length=1, max_length=200)]


class AccountPath(PathModel):
    """The account in the address."""

    account_id: str


class AllQuery(PageQuery):
    """Filters of the bank's accounts."""

    q: Annotated[Line, Field(max_length=100)] | None = Field(
        None, description="a part of the holder's name or the nickname, a whole account number, or its last four digits"
    )
    type: AccountType | None = None
    status: Status | None = None
    user_id: Id | None = None


class LookupQuery(QueryModel):
    """The account number somebody is about to pay to."""

    account_number: TypedAccountNumber


class Account(ResponseModel):
    """An account. `balance`, `available_balance` and `held` are decimal strings in `currency`."""

    id: str
    user_id: str
    holder_name: str
    account_number: str
    account_type: str
    currency: str
    balance: str
    available_balance: str
    held: str
    status: str
    nickname: str | None
    interest_rate: str = Field(description="per cent a year")
    created_at: str
    closed_at: str | None


class Payee(ResponseModel):
    """Who would be paid."""

    account_number: str
    holder_name: str = Field(description="masked")
    currency: str
    status: str


class Product(ResponseModel):
    """A kind of account that the bank offers."""

    account_type: AccountType
    interest_rate: str = Field(description="per cent a year")


class BatchResult(ResponseModel):
    """What came of one account of a batch: `account` when completed or replayed, else `error`."""

    status: Literal["completed", "replayed", "refused"]
    account: Account | None = None
    error: ErrorReply | None = None


class BatchReply(ResponseModel):
    """The results in the order of the request."""

    success: bool
    data: list[BatchResult]
