"""What is asked of payees, standing orders and scheduled payments, and how they are shown."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.amounts.account_numbers import TypedAccountNumber
from shared.amounts.money import AmountText, MoneyText
from shared.enums import FixedSide
from shared.http.pagination import ListQuery
from shared.http.payloads import (
    EXAMPLE_ID,
    AccountNumberText,
    CurrencyCode,
    DayText,
    Id,
    Line,
    PathId,
    PathModel,
    RequestModel,
    ResponseModel,
    Timestamp,
)
from shared.time import days
from transaction_service.orders.enums import ExecutionRule, ExecutionStatus, Frequency, NameMatch, OrderStatus
from transaction_service.orders.schedule import LAST_YEAR
from transaction_service.payloads import END_TO_END, Description, EndToEndId

_NUMBER = "DE89 3704 0044 0532 0130 00"
_FIXED = (
    "whether `amount` is what leaves, in that account's currency (`source`), or what arrives, in its own (`target`)"
)


def _in_range(day: date) -> date:
    if day.year > LAST_YEAR:
        raise PydanticCustomError("out_of_range", f"must lie between the years {days.FIRST_YEAR} and {LAST_YEAR}")
    return day


Day = Annotated[days.Day, AfterValidator(_in_range)]
"""A day of the bank in a request body."""
PayeeName = Annotated[Line, Field(min_length=1, max_length=200, examples=["Charles Babbage"])]


class PayeeRequest(RequestModel):
    """Somebody to pay, as one calls them."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Charles Babbage", "account_number": _NUMBER, "reference": "Rent"}}
    )

    name: PayeeName
    account_number: TypedAccountNumber
    reference: Description = Field("", description="what standing orders to them say where nothing else is said")


class PayeeChangeRequest(RequestModel):
    """What is to change of a payee."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Charles Babbage"}})

    name: PayeeName | None = None
    account_number: TypedAccountNumber | None = None
    reference: Description | None = None


class NameCheckRequest(RequestModel):
    """Whose account somebody thinks this is."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Charles Babbage", "account_number": _NUMBER}})

    name: PayeeName
    account_number: TypedAccountNumber


class PayeePath(PathModel):
    """A payee named in the path."""

    payee_id: PathId


class SavedPayee(ResponseModel):
    """Somebody whom a person pays."""

    id: Id
    name: str = Field(examples=["Charles Babbage"])
    account_number: AccountNumberText
    reference: str = Field(examples=["Rent"])
    created_at: Timestamp


class PayeeNameCheck(ResponseModel):
    """Whether a name is that of the account's holder; `name` is the holder's, with a close match alone."""

    result: NameMatch
    name: str | None = Field(examples=["Charles Babbage"])


class _Recipient(RequestModel):
    from_account_id: Id
    to_account_id: Id | None = Field(None, description="this, `to_account_number` or `payee_id`")
    to_account_number: TypedAccountNumber | None = Field(None, description="this, `to_account_id` or `payee_id`")
    payee_id: Id | None = Field(None, description="this, `to_account_id` or `to_account_number`", validate_default=True)

    @field_validator("payee_id")
    @classmethod
    def _one_recipient(cls, payee_id: str | None, info: ValidationInfo) -> str | None:
        named = [info.data.get("to_account_id"), info.data.get("to_account_number"), payee_id]
        is_read = {"to_account_id", "to_account_number"} <= info.data.keys()
        if is_read and sum(name is not None for name in named) != 1:
            raise PydanticCustomError("one_recipient", "give one of to_account_id, to_account_number and payee_id")
        return payee_id


class StandingOrderRequest(_Recipient):
    """Pay the same amount again and again, from a day on."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "from_account_id": EXAMPLE_ID,
                "to_account_number": _NUMBER,
                "amount": "650.00",
                "description": "Rent",
                "frequency": "monthly",
                "first_on": "2026-12-01",
            }
        }
    )

    amount: AmountText
    fixed: FixedSide = Field(FixedSide.SOURCE, description=_FIXED)
    description: Description = ""
    frequency: Frequency
    first_on: Day
    last_on: Day | None = Field(None, description="the last day on which it may fall; without it, for ever")
    execution_rule: ExecutionRule = ExecutionRule.FOLLOWING
    end_to_end_id: EndToEndId | None = Field(None, description=END_TO_END)


class StandingOrderChangeRequest(RequestModel):
    """What is to change of a standing order; `last_on: null` takes its end away."""

    model_config = ConfigDict(json_schema_extra={"example": {"amount": "675.00"}})

    amount: AmountText | None = None
    description: Description | None = None
    frequency: Frequency | None = None
    first_on: Day | None = None
    last_on: Day | None = None
    execution_rule: ExecutionRule | None = None


class ScheduledPaymentRequest(_Recipient):
    """Pay once, on a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "from_account_id": EXAMPLE_ID,
                "to_account_number": _NUMBER,
                "amount": "80.00",
                "description": "Deposit",
                "execute_on": "2026-12-01",
            }
        }
    )

    amount: AmountText
    fixed: FixedSide = Field(FixedSide.SOURCE, description=_FIXED)
    description: Description = ""
    execute_on: Day
    end_to_end_id: EndToEndId | None = Field(None, description=END_TO_END)


class ScheduledPaymentChangeRequest(RequestModel):
    """What is to change of a payment that was not made yet."""

    model_config = ConfigDict(json_schema_extra={"example": {"execute_on": "2026-12-04"}})

    amount: AmountText | None = None
    description: Description | None = None
    execute_on: Day | None = None


class OrderPath(PathModel):
    """A standing order or a scheduled payment named in the path."""

    order_id: PathId


class OrdersQuery(ListQuery):
    """Filters of a list of standing orders or scheduled payments."""

    account_id: Id | None = Field(None, description="from this account alone")
    user_id: Id | None = Field(None, description="of this person alone (staff)")
    status: OrderStatus | None = Field(None, description="of this status alone")


class Recipient(ResponseModel):
    """Who is paid, as far as the reader knows: to a payer a name that is not their own word for them is masked."""

    name: str = Field(examples=["C*** B***"])
    account_number: AccountNumberText


class _OrderReply(ResponseModel):
    id: Id
    from_account_id: Id
    recipient: Recipient
    amount: MoneyText
    currency: CurrencyCode = Field(description="of `amount`: of the account that pays, or of the one that is paid")
    fixed: FixedSide = Field(description=_FIXED)
    description: str = Field(examples=["Rent"])
    end_to_end_id: EndToEndId | None = Field(description=END_TO_END)
    status: OrderStatus
    next_at: Timestamp | None = Field(description="when it pays next, as far as it is active")
    is_retry: bool = Field(description="whether it met too little money this morning, and tries again at `next_at`")
    created_at: Timestamp
    ended_at: Timestamp | None = Field(examples=[None])


class StandingOrder(_OrderReply):
    """A payment that is made again and again; `next_on` is the bank's day of the next one."""

    frequency: Frequency
    first_on: DayText
    last_on: DayText | None
    execution_rule: ExecutionRule
    next_on: DayText | None


class ScheduledPayment(_OrderReply):
    """A payment on one day; where banks do not settle on that, on the next."""

    execute_on: DayText


class OrderExecution(ResponseModel):
    """What came of an order for one of its days, `due_on`."""

    id: Id
    due_on: DayText
    executed_at: Timestamp
    status: ExecutionStatus
    amount: MoneyText
    currency: CurrencyCode
    attempts: int = Field(examples=[1])
    transaction_id: Id | None
    error_code: str | None = Field(examples=[None])
