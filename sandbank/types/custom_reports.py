"""The shapes of custom reports. Money is decimal text, days are the bank's own."""

from typing import Any, Literal, NotRequired, TypedDict

Measure = Literal["count", "sum", "mean", "median", "min", "max", "p90"]
Dimension = Literal[
    "month", "week", "weekday", "hour", "category", "type", "counterparty", "account", "direction", "currency"
]
Schedule = Literal["weekly", "monthly"]
ReportScope = Literal["own", "bank"]

_Days = TypedDict("_Days", {"from": str | None, "to": str | None})


class ReportFilters(TypedDict, total=False):
    """Which movements count; what is left out lets everything through."""

    direction: Literal["in", "out"] | None
    types: list[str]
    categories: list[str]
    account_ids: list[str]
    currencies: list[str]
    counterparty: str | None
    min_amount: str | None
    max_amount: str | None
    between_own_accounts: bool
    opening_deposits: bool


class CustomReportRunSummary(_Days):
    """What a report said once, without the figures; `period` is the month or week of a run by the schedule."""

    id: str
    report_id: str
    name: str
    scope: ReportScope
    status: Literal["succeeded", "failed"]
    error: dict[str, str] | None
    period: str | None
    skipped_periods: int
    movements: int
    as_of_position: int
    created_at: str


class CustomReport(_Days):
    """A report that somebody has built; `next_run_at` is when its month or week ends, `error` why it cannot be run."""

    id: str
    name: str
    scope: ReportScope
    measures: list[Measure]
    dimensions: list[Dimension]
    filters: ReportFilters
    schedule: Schedule | None
    next_run_at: str | None
    created_at: str
    updated_at: str
    error: dict[str, str] | None
    latest_run: CustomReportRunSummary | None


class ReportMeasures(TypedDict):
    """Those that the report measures, in one currency."""

    count: NotRequired[int]
    sum: NotRequired[str]
    mean: NotRequired[str]
    median: NotRequired[str]
    min: NotRequired[str]
    max: NotRequired[str]
    p90: NotRequired[str]


class ReportGroup(TypedDict):
    """A group of movements, and what they have in common."""

    dimensions: dict[str, Any]
    measures: ReportMeasures


class ReportInCurrency(TypedDict):
    """The groups in one currency; `totals` is None where amounts without a sign go both ways."""

    currency: str
    movements: int
    totals: ReportMeasures | None
    groups: list[ReportGroup]


class CustomReportRun(CustomReportRunSummary):
    """What a report said once."""

    measures: list[Measure]
    dimensions: list[Dimension]
    filters: ReportFilters
    amounts: Literal["signed", "unsigned"]
    accounts: list[dict[str, str]]
    currencies: list[ReportInCurrency]


class CustomReportDeleted(TypedDict):
    """That a report is no more."""

    deleted: bool
