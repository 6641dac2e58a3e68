"""The requests and replies of custom reports; OpenAPI shows these models. A request is stored as it came."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from reporting_service.custom.words import Amounts, Dimension, Measure, ReportScope, RunStatus, Schedule
from shared.amounts.money import AmountText, MoneyText
from shared.enums import Direction, TransactionType
from shared.http.payloads import (
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
from shared.time.date_ranges import REVERSED
from shared.time.days import Day

MOST_DIMENSIONS = 3
MOST_CHOICES = 50
"""Of accounts, categories, types or currencies that a filter names."""


def _once_each(values: list[Any]) -> list[Any]:
    if len(set(values)) != len(values):
        raise PydanticCustomError("named_twice", "must name each only once")
    return values


Once = AfterValidator(_once_each)
Category = Annotated[Line, Field(min_length=1, max_length=50, examples=["groceries"])]
Name = Annotated[Line, Field(min_length=1, max_length=100, examples=["Spending by month"])]


class ReportFilters(RequestModel):
    """Which movements count: those that pass all of these. A list that is empty lets everything through."""

    direction: Direction | None = Field(None, description="money in, or money out")
    types: Annotated[list[TransactionType], Once] = Field(default=[], max_length=MOST_CHOICES)
    categories: Annotated[list[Category], Once] = Field(
        default=[], max_length=MOST_CHOICES, description="what has no category goes by its type"
    )
    account_ids: Annotated[list[Id], Once] = Field(default=[], max_length=MOST_CHOICES)
    currencies: Annotated[list[CurrencyCode], Once] = Field(default=[], max_length=MOST_CHOICES)
    counterparty: Line | None = Field(
        None, min_length=1, max_length=100, description="a part of the other side's name", examples=["market"]
    )
    min_amount: AmountText | None = Field(None, description="movements of so much or more, in whatever currency")
    max_amount: AmountText | None = Field(None, description="movements of so much or less, in whatever currency")
    between_own_accounts: bool = Field(False, description="count what goes between accounts of one person as well")
    opening_deposits: bool = Field(False, description="count what accounts began with as well")


class CustomReportRequest(RequestModel):
    """What is measured of which movements, and by what they are grouped."""

    name: Name
    measures: Annotated[list[Measure], Once] = Field(min_length=1, max_length=len(Measure))
    dimensions: Annotated[list[Dimension], Once] = Field(
        default=[], max_length=MOST_DIMENSIONS, description="none: one figure for each currency"
    )
    filters: ReportFilters = Field(default_factory=lambda: ReportFilters.model_validate({}))
    first: Day | None = Field(None, alias="from", description="the first day; without it, from the beginning")
    last: Day | None = Field(None, alias="to", description="the last day, whole; without it, up to now")
    schedule: Schedule | None = Field(
        None, description="run by itself when a month or week of the bank ends, of that month or week alone"
    )
    scope: ReportScope = Field(ReportScope.OWN, description="administrators may ask of the whole bank")

    @field_validator("last")
    @classmethod
    def _not_reversed(cls, last: Any, info: ValidationInfo) -> Any:
        first = info.data.get("first")
        if last is not None and first is not None and last < first:
            raise PydanticCustomError("reversed_range", REVERSED)
        return last


class CustomReportPath(PathModel):
    """A custom report named in the path. Any text is accepted here: what is no id names nothing (404)."""

    custom_report_id: PathId


class CustomReportRunPath(PathModel):
    """What a custom report has said, named in the path."""

    run_id: PathId


class Failure(ResponseModel):
    """Why a run by the schedule came to nothing, or a report cannot be run."""

    error_code: str = Field(examples=["REPORT_TOO_LARGE"])
    message: str = Field(examples=["That is more than a report can hold."])


class CustomReportRunSummary(ResponseModel):
    """What a report said once, without the figures. `from` and `to` are days; null: no end."""

    id: Id
    report_id: Id
    name: Name
    scope: ReportScope
    status: RunStatus
    error: Failure | None
    period: str | None = Field(
        description="the month or week that it is of; null where somebody asked for it", examples=["2026-11"]
    )
    skipped_periods: int = Field(
        ge=0, description="so many months or weeks before it were passed over, as the clock went over all at once"
    )
    from_: DayText | None = Field(alias="from")
    to: DayText | None
    movements: int = Field(ge=0, examples=[128])
    as_of_position: int
    created_at: Timestamp = Field(description="in the bank's time")


class ReportFiltersShown(ResponseModel):
    """The filters, as they were asked for."""

    direction: Direction | None
    types: list[TransactionType]
    categories: list[Category]
    account_ids: list[Id]
    currencies: list[CurrencyCode]
    counterparty: str | None = Field(examples=["market"])
    min_amount: MoneyText | None
    max_amount: MoneyText | None
    between_own_accounts: bool
    opening_deposits: bool


class CustomReport(ResponseModel):
    """A report that somebody has built."""

    id: Id
    name: Name
    scope: ReportScope
    measures: list[Measure]
    dimensions: list[Dimension]
    filters: ReportFiltersShown
    from_: DayText | None = Field(alias="from")
    to: DayText | None
    schedule: Schedule | None
    next_run_at: Timestamp | None = Field(description="when its month or week ends, in the bank's time")
    created_at: Timestamp
    updated_at: Timestamp
    error: Failure | None = Field(
        description="why it cannot be run: what it asks for is not understood any more; it then shows no measures"
    )
    latest_run: CustomReportRunSummary | None


class CustomReportDeleted(ResponseModel):
    """That a custom report is no more, with all it has said."""

    deleted: Literal[True]


class ReportGroupKey(ResponseModel):
    """What the movements of a group have in common: those of these that the report is grouped by."""

    month: str | None = Field(None, examples=["2026-11"])
    week: str | None = Field(None, description="by ISO 8601, from Monday", examples=["2026-W48"])
    weekday: int | None = Field(None, ge=1, le=7, description="1 is Monday")
    hour: int | None = Field(None, ge=0, le=23, description="of the bank's day")
    category: str | None = Field(None, examples=["groceries"])
    type: TransactionType | None = None
    counterparty: str | None = Field(None, description="empty: the bank itself", examples=["City Power"])
    account: Id | None = None
    direction: Direction | None = None
    currency: CurrencyCode | None = None


class ReportMeasures(ResponseModel):
    """Those of these that the report measures, exact, in one currency."""

    count: int | None = Field(None, ge=1, examples=[12])
    sum: MoneyText | None = None
    mean: MoneyText | None = Field(None, description="to the nearest minor unit, halves away from zero")
    median: MoneyText | None = Field(None, description="of an even number the mean of the two in the middle")
    min: MoneyText | None = None
    max: MoneyText | None = None
    p90: MoneyText | None = Field(None, description="the smallest that nine in ten movements do not exceed")


class ReportGroup(ResponseModel):
    """A group of movements."""

    dimensions: ReportGroupKey
    measures: ReportMeasures


class ReportInCurrency(ResponseModel):
    """The groups in one currency, by time or the largest first."""

    currency: CurrencyCode
    movements: int = Field(ge=1)
    totals: ReportMeasures | None = Field(
        description="of all groups together; null where amounts without a sign go both ways, as these are not added"
    )
    groups: list[ReportGroup]


class ReportAccount(ResponseModel):
    """An account that groups are named by; the number is masked unless it is the reader's own."""

    id: Id
    name: str = Field(examples=["Everyday"])
    account_number: AccountNumberText


class CustomReportRun(CustomReportRunSummary):
    """What a report said. Without groups where it failed, as `error` says."""

    measures: list[Measure]
    dimensions: list[Dimension]
    filters: ReportFiltersShown
    amounts: Amounts = Field(
        description="`unsigned` where money goes one way in each group; else what leaves an account is negative"
    )
    accounts: list[ReportAccount]
    currencies: list[ReportInCurrency]
