"""What is asked of holds, and how they are shown."""

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.amounts.money import AmountText, MoneyText
from shared.enums import HoldStatus
from shared.http.pagination import ListQuery
from shared.http.payloads import EXAMPLE_ID, CurrencyCode, Id, PathId, PathModel, RequestModel, ResponseModel, Timestamp
from transaction_service.payloads import Description

_LONGEST_DAYS = 400


class HoldSpan(RequestModel):
    """For how long money is held, by the bank's clock: an hour at least, 400 days at most."""

    days: int = Field(0, ge=0, le=_LONGEST_DAYS)
    hours: int = Field(0, ge=0, le=_LONGEST_DAYS * 24)

    @model_validator(mode="after")
    def _some_time(self) -> "HoldSpan":
        if not 1 <= self.total_hours <= _LONGEST_DAYS * 24:
            raise PydanticCustomError("span", "must be an hour at least and 400 days at most")
        return self

    @property
    def total_hours(self) -> int:
        """Days and hours together."""
        return self.days * 24 + self.hours


class HoldRequestBody(RequestModel):
    """Hold money on an account; without `expires_in`, for seven days."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "account_id": EXAMPLE_ID,
                "amount": "80.00",
                "description": "Hotel deposit",
                "expires_in": {"days": 5},
            }
        }
    )

    account_id: Id
    amount: AmountText
    currency: CurrencyCode | None = Field(None, description="checked against the account's when given")
    description: Description = ""
    expires_in: HoldSpan | None = None


class CaptureRequest(RequestModel):
    """Take what is held, or `amount` of it."""

    model_config = ConfigDict(json_schema_extra={"example": {"amount": "64.50", "description": "One night"}})

    amount: AmountText | None = Field(None, description="without it, all that is left")
    final: bool = Field(True, description="whether what is left then is given back; false: more captures may follow")
    over_capture: bool = Field(False, description="whether it may be more than is held, where more is available")
    to_account_id: Id | None = Field(None, description="whom to pay; without it, somebody at another bank")
    description: Description = Field("", description="without it, the hold's")


class VoidRequest(RequestModel):
    """Give back what is held, or `amount` of it."""

    amount: AmountText | None = Field(None, description="without it, all that is left")


class HoldPath(PathModel):
    """A hold named in the path."""

    hold_id: PathId


class HoldsQuery(ListQuery):
    """Filters of a list of holds."""

    account_id: Id | None = Field(None, description="on this account alone")
    user_id: Id | None = Field(None, description="of this person alone (staff)")
    status: HoldStatus | None = Field(None, description="of this status alone")


class Hold(ResponseModel):
    """Money that is promised and not yet moved: it takes from what is available, not from the balance."""

    id: Id
    account_id: Id
    amount: MoneyText
    captured_amount: MoneyText = Field(examples=["0.00"])
    remaining_amount: MoneyText
    currency: CurrencyCode
    status: HoldStatus
    description: str = Field(examples=["Hotel deposit"])
    expires_at: Timestamp
    created_at: Timestamp
    ended_at: Timestamp | None = Field(examples=[None])
    authorization_id: Id | None = Field(examples=[None])
