"""Request and response models of the account service; also what OpenAPI shows."""

from typing import Annotated, Literal

from pydantic import Field

from account_service.products.payloads import ProductCode
from shared.amounts.account_numbers import TypedAccountNumber
from shared.amounts.money import AmountText, MoneyText
from shared.amounts.rates import RateText
from shared.enums import AccountStatus, AccountType, BatchItemStatus
from shared.http.idempotency import IdempotencyKey
from shared.http.pagination import ListQuery
from shared.http.payloads import (
    AccountNumberText,
    CurrencyCode,
    ErrorReply,
    Id,
    Line,
    PathId,
    PathModel,
    QueryModel,
    RequestModel,
    ResponseModel,
    Timestamp,
)
from shared.time.instants import Instant

MAX_BATCH = 500
Nickname = Annotated[Line, Field(max_length=60, examples=["Holidays"])]


OpenedType = Literal[AccountType.CHECKING, AccountType.SAVINGS, AccountType.INVESTMENT]
"""What can be opened as such; an account of the type credit comes with its card."""


class CreateAccountRequest(RequestModel):
    """An account to open. `user_id` is for whom; left out, for the person who asks."""

    account_type: OpenedType
    currency: CurrencyCode | None = Field(None, description="ISO 4217; the bank's own currency when left out")
    nickname: Nickname | None = None
    initial_deposit: AmountText | None = Field(None, description="paid in, in cash, as the account opens")
    product: ProductCode | None = Field(None, description="of this account type; the type's own when left out")
    user_id: Id | None = Field(None, description="employees and administrators only")


class NewAccount(RequestModel):
    """One account of a batch."""

    id: Id | None = Field(
        None, description="its id, and what its number follows from: the simulator's choice alone, in development alone"
    )
    user_id: Id
    account_type: OpenedType
    idempotency_key: IdempotencyKey
    currency: CurrencyCode | None = None
    nickname: Nickname | None = None
    initial_deposit: AmountText | None = None
    product: ProductCode | None = None
    effective_at: Instant | None = Field(
        None, description="when it is opened, in the bank's time; the present if left out, or if that is earlier"
    )


class AccountBatchRequest(RequestModel):
    """Accounts for synthetic customers, opened together."""

    accounts: list[NewAccount] = Field(min_length=1, max_length=MAX_BATCH)


class UpdateAccountRequest(RequestModel):
    """What an owner may change: the name they gave the account; empty or null takes it away."""

    nickname: Nickname | None


class ReasonRequest(RequestModel):
    """Why an account is frozen or unfrozen."""

    reason: Annotated[Line, Field(min_length=1, max_length=200, examples=["Card reported stolen"])]


class AccountPath(PathModel):
    """The account in the address."""

    account_id: PathId


class AllQuery(ListQuery):
    """Filters of the bank's accounts."""

    q: Annotated[Line, Field(max_length=100, examples=["Lovelace"])] | None = Field(
        None, description="a part of the holder's name or the nickname, a whole account number, or its last four digits"
    )
    type: AccountType | None = Field(None, description="accounts of this type alone")
    status: AccountStatus | None = Field(None, description="accounts with this status alone")
    user_id: Id | None = Field(None, description="the accounts of this person alone")


class LookupQuery(QueryModel):
    """The account number somebody is about to pay to."""

    account_number: TypedAccountNumber = Field(description="whole, as it is written anywhere; spaces do not matter")


class Account(ResponseModel):
    """An account. `balance`, `available_balance` and `held` are decimal strings in `currency`."""

    id: Id
    user_id: Id
    holder_name: str = Field(examples=["Ada Lovelace"])
    account_number: AccountNumberText
    account_type: AccountType
    currency: CurrencyCode
    balance: MoneyText
    available_balance: MoneyText
    held: MoneyText
    status: AccountStatus
    status_reason: str | None = Field(description="why it is frozen, while it is", examples=["Card reported stolen"])
    nickname: str | None = Field(examples=["Holidays"])
    product: ProductCode | None = Field(description="whose terms it has", examples=["savings"])
    interest_rate: RateText
    accrued_interest: MoneyText = Field(
        description="what it has earned until yesterday and was not posted yet, rounded down", examples=["0.42"]
    )
    overdraft_limit: MoneyText = Field(
        description="how far below zero it may go; of a credit card's account, its limit", examples=["500.00"]
    )
    overdraft_rate: RateText = Field(examples=["9.90"])
    accrued_overdraft_interest: MoneyText = Field(
        description="what it owes until yesterday and was not charged yet, rounded down", examples=["0.00"]
    )
    notice_days: int = Field(description="so long beforehand what leaves it is arranged, today", examples=[0])
    created_at: Timestamp
    created_at_bank: Timestamp | None = Field(description="in the bank's time; null where only the real time is known")
    closed_at: Timestamp | None
    closed_at_bank: Timestamp | None = Field(description="in the bank's time")


class Payee(ResponseModel):
    """Who would be paid."""

    account_number: AccountNumberText
    holder_name: str = Field(description="masked", examples=["A** L*******"])
    currency: CurrencyCode
    status: AccountStatus


class AccountBatchResult(ResponseModel):
    """What came of one account of a batch: `account` when completed or replayed, else `error`."""

    status: BatchItemStatus
    account: Account | None = None
    error: ErrorReply | None = None


class AccountBatchReply(ResponseModel):
    """The results in the order of the request."""

    success: Literal[True]
    data: list[AccountBatchResult]
