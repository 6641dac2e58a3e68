"""What the account service tells the ledger of rate plans; amounts in minor units, rates in millionths a year."""

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from shared.amounts.rates import MAX_NOTICE_DAYS
from shared.enums import DayCount, InterestPeriod
from shared.http.payloads import CurrencyCode, PathModel, RequestModel

PlanCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
MAX_RATE = 1_000_000
_Rate = Annotated[int, Field(ge=0, le=MAX_RATE)]
_MinorUnits = Annotated[int, Field(ge=0, le=10**11)]
_LAST_DAY = 2_932_896  # 9999-12-31


class PlanPath(PathModel):
    """A plan, named in the path."""

    code: PlanCode


class PlanTier(RequestModel):
    """From how much another rate applies to what is above it."""

    from_minor: int = Field(ge=1, le=10**15)
    rate: _Rate


class PlanVersionRequest(RequestModel):
    """What accounts on a plan earn and pay from a day on: the number of days since 1 January 1970."""

    version: int = Field(ge=1, le=10**9)
    valid_from: int = Field(ge=0, le=_LAST_DAY)
    currency: CurrencyCode
    credit_rate: _Rate
    tiers: list[PlanTier] = Field(max_length=10)
    day_count: DayCount
    paid: InterestPeriod
    debit_rate: _Rate
    overdraft_limit_minor: _MinorUnits
    minimum_balance_minor: _MinorUnits
    monthly_fee_minor: _MinorUnits
    overdraft_fee_minor: _MinorUnits
    late_payment_fee_minor: _MinorUnits = 0
    exchange_fee_bp: int = Field(0, ge=0, le=2_000)
    notice_days: int = Field(0, ge=0, le=MAX_NOTICE_DAYS)

    @field_validator("tiers")
    @classmethod
    def _rising(cls, tiers: list[PlanTier]) -> list[PlanTier]:
        starts = [tier.from_minor for tier in tiers]
        if starts != sorted(set(starts)):
            raise PydanticCustomError("tiers_order", "must begin at rising amounts")
        return tiers
