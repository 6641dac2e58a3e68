"""The requests and replies of analytics; OpenAPI shows these models."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from reporting_service.analytics.customer_analytics import Step
from reporting_service.analytics.recurring import Rhythm
from reporting_service.reports.payloads import MovementTotals
from shared.amounts.money import MoneyText
from shared.enums import Direction
from shared.http.field_problems import invalid
from shared.http.payloads import CurrencyCode, DayText, Id, MonthText, QueryModel, ResponseModel, WholeNumber
from shared.time.days import Day, Month

MOST_DAYS = 3660
Share = Annotated[str, Field(pattern=r"^-?[0-9]\.[0-9]{4}$", examples=["0.4120"])]
"""A part of a whole, 1 being all of it."""


class CashFlowQuery(QueryModel):
    """How many months, the present one last."""

    months: WholeNumber = Field(12, ge=1, le=120, description="how many months, the present one last")


class CategoriesQuery(QueryModel):
    """Which month, beside the one before."""

    month: Month | None = Field(None, description="the month that it is when left out")
    compare: Literal["previous"] = Field("previous", description="with the month before")


class DaysQuery(QueryModel):
    """From which day to which."""

    first: Day | None = Field(None, alias="from", description="the first day")
    last: Day | None = Field(None, alias="to", description="the last day; today when left out")

    def days(self, today: date, *, by_default: int) -> tuple[date, date]:
        """The first and the last day. Raises Refused (422) for days in the wrong order, and for too many of them."""
        last = self.last or today
        first = self.first or last - timedelta(days=by_default - 1)
        if last < first:
            raise invalid("to", "must not lie before the first day (`from`)", code="reversed_range")
        if (last - first).days >= MOST_DAYS:
            sentence = f"must be at most {MOST_DAYS} days after the first"
            raise invalid("to", sentence, code="too_many_days", limit=MOST_DAYS)
        return first, last


class NetWorthQuery(DaysQuery):
    """From which day to which, and how far apart the points are."""

    step: Step = Field(Step.WEEK, description="a point at the end of each")


class ActivityQuery(DaysQuery):
    """From which day to which."""

    by: Literal["hour_of_week"] = Field("hour_of_week", description="what is counted by")


class MonthOfCashFlow(MovementTotals):
    """Income and expense of a month."""

    month: MonthText


class CashFlow(ResponseModel):
    """Cash flow in one currency; what goes between own accounts, and what one began with, is none."""

    currency: CurrencyCode
    months: list[MonthOfCashFlow] = Field(description="oldest first, those without any too")


class ComparedCategory(ResponseModel):
    """A category in a month, and in the one before."""

    category: str = Field(examples=["groceries"])
    expense: MoneyText
    previous_expense: MoneyText
    change: MoneyText = Field(description="expense less that of the month before")
    income: MoneyText
    previous_income: MoneyText


class ComparedCategories(ResponseModel):
    """Categories in one currency, the largest spending first."""

    currency: CurrencyCode
    categories: list[ComparedCategory]


class CategoryComparison(ResponseModel):
    """A month beside the one before."""

    month: MonthText
    previous_month: MonthText
    currencies: list[ComparedCategories]


class WorthPoint(ResponseModel):
    """What somebody had at the end of a day."""

    date: DayText
    assets: MoneyText = Field(description="accounts with money on them, together")
    debts: MoneyText = Field(description="what is owed on the others, as a positive amount")
    net: MoneyText


class NetWorth(ResponseModel):
    """What somebody had over time, in one currency."""

    currency: CurrencyCode
    points: list[WorthPoint]


class RecurringPayment(ResponseModel):
    """A payment that comes again."""

    name: str = Field(examples=["City Power"])
    account_id: Id
    direction: Direction
    frequency: Rhythm
    amount: MoneyText = Field(description="the last time")
    currency: CurrencyCode
    category: str = Field(examples=["bills"])
    count: int = Field(description="how often it has come", examples=[11])
    last_on: DayText
    next_on: DayText = Field(description="when it is expected next: a guess")


class LiquidityDay(ResponseModel):
    """The end of a day at the bank."""

    date: DayText
    customers: MoneyText = Field(description="what customers hold together")
    cash: MoneyText


class LiquidityCurve(ResponseModel):
    """The bank's liquidity over time, in one currency."""

    currency: CurrencyCode
    days: list[LiquidityDay]


class LorenzPoint(ResponseModel):
    """Which part of the money the poorest part of the people hold."""

    people: Share
    money: Share


class Decile(ResponseModel):
    """What a tenth of the people hold, the poorest first."""

    decile: int = Field(ge=1, le=10, examples=[1])
    total: MoneyText


class Wealth(ResponseModel):
    """How evenly customers' money is spread, in one currency."""

    currency: CurrencyCode
    people: int = Field(examples=[1000])
    total: MoneyText
    gini: Share = Field(description="0: all hold the same; 1: one holds everything")
    lorenz: list[LorenzPoint]
    deciles: list[Decile]


class AmountOfCurrency(ResponseModel):
    """How much, in one currency."""

    currency: CurrencyCode
    amount: MoneyText


class HourOfWeek(ResponseModel):
    """What was booked in one hour of the bank's week."""

    weekday: int = Field(ge=1, le=7, description="1 is Monday", examples=[1])
    hour: int = Field(ge=0, le=23, examples=[9])
    count: int = Field(examples=[321])
    amounts: list[AmountOfCurrency]
