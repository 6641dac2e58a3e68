"""Requests and replies about products; also what OpenAPI shows."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.amounts.money import AmountOrZeroText, AmountText, MoneyText
from shared.amounts.rates import MAX_NOTICE_DAYS, FeeRateText, RateText
from shared.enums import AccountType, DayCount, InterestPeriod
from shared.http.field_problems import form
from shared.http.payloads import CurrencyCode, DayText, Line, PathModel, RequestModel, ResponseModel
from shared.time.date_ranges import DayOrInstant

MAX_TIERS = 10
_CODE = r"^[a-z][a-z0-9-]{0,39}$"
ProductCode = Annotated[
    str,
    form(_CODE, "must be up to 40 small letters, digits and hyphens, such as savings-plus"),
    Field(examples=["savings-plus"]),
]
ProductName = Annotated[Line, Field(min_length=1, max_length=60, examples=["Savings Plus"])]


def _code_or_nothing(text: str) -> str:
    return text if re.fullmatch(_CODE, text, re.ASCII) else ""


class TierTerms(RequestModel):
    """What is above an amount earns another rate."""

    above: AmountText
    rate: RateText


class InterestTerms(RequestModel):
    """What a balance earns: `credit_rate` up to the first tier, the rate of each tier on what is above it."""

    credit_rate: RateText = "0.00"
    tiers: list[TierTerms] = Field(default_factory=list, max_length=MAX_TIERS)
    day_count: DayCount = DayCount.ACT_365
    paid: InterestPeriod = InterestPeriod.MONTHLY


class OverdraftTerms(RequestModel):
    """How far below zero an account may go, and what that costs a year.

    Of a credit card: how much its holder may have it lend, and what it costs a year to pay a bill late.
    """

    limit: AmountOrZeroText = "0"
    rate: RateText = "0.00"


class FeeTerms(RequestModel):
    """What is taken on the first of each month: always, and where a day of the month ended below zero.

    Of a credit card none of that is, but for each bill of which too little was paid in time. What is paid in another
    currency, by card or by transfer, costs `foreign_exchange` more than the bank's margin, within its rate.
    """

    monthly: AmountOrZeroText = "0"
    overdraft: AmountOrZeroText = "0"
    late_card_payment: AmountOrZeroText = "0"
    foreign_exchange: FeeRateText = "0.00"


class ProductTerms(RequestModel):
    """The terms of a product. What is left out is nothing: no interest, no overdraft, no fees."""

    name: ProductName
    interest: InterestTerms = Field(default_factory=InterestTerms)
    overdraft: OverdraftTerms = Field(default_factory=OverdraftTerms)
    fees: FeeTerms = Field(default_factory=FeeTerms)
    minimum_balance: AmountOrZeroText = Field("0", description="a day that ends with less earns nothing")
    notice_days: int = Field(
        0,
        ge=0,
        le=MAX_NOTICE_DAYS,
        description="so many days beforehand what leaves the account is arranged, as a scheduled payment or a standing "
        "order; of savings and investment accounts",
    )


class NewProductRequest(ProductTerms):
    """A new product; what it is called, its kind of account and its currency never change."""

    code: ProductCode
    account_type: AccountType
    currency: CurrencyCode | None = Field(None, description="of its amounts; the bank's own when left out")


class ProductChangeRequest(ProductTerms):
    """The terms from a day on, all of them."""

    version: int = Field(ge=1, le=10**9, description="the newest version you know: another means it was changed")
    valid_from: DayOrInstant | None = Field(None, description="a day of the bank; today when left out")


class ProductPath(PathModel):
    """A product named in the path. Any text is accepted here: what is no code names nothing (404)."""

    code: Annotated[
        str, AfterValidator(_code_or_nothing), Field(json_schema_extra={"pattern": _CODE, "example": "savings"})
    ]


class Tier(ResponseModel):
    """What is above an amount earns another rate."""

    above: MoneyText
    rate: RateText


class Interest(ResponseModel):
    """What a balance earns, how its days are counted, and how often it is posted."""

    credit_rate: RateText
    tiers: list[Tier]
    day_count: DayCount
    paid: InterestPeriod


class Overdraft(ResponseModel):
    """How far below zero an account may go, and what that costs a year."""

    limit: MoneyText
    rate: RateText


class Fees(ResponseModel):
    """What is taken on the first of each month: always, and where a day of the month ended below zero.

    Of a credit card it is taken for each bill of which too little was paid in time.
    """

    monthly: MoneyText
    overdraft: MoneyText
    late_card_payment: MoneyText
    foreign_exchange: FeeRateText = Field(
        description="per cent of what is paid in another currency, taken within the rate"
    )


class Product(ResponseModel):
    """What the bank offers, in one of its versions. Its amounts are for accounts in its currency; others have none.

    `valid_from` is the day of the bank from which this version applies; null of a first one.
    """

    code: ProductCode
    version: int = Field(examples=[1])
    valid_from: DayText | None
    name: ProductName
    account_type: AccountType
    currency: CurrencyCode
    interest: Interest
    overdraft: Overdraft
    fees: Fees
    minimum_balance: MoneyText
    notice_days: int = Field(description="how long beforehand what leaves the account is arranged", examples=[0])
