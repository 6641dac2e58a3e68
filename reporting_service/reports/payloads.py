"""The reporting service's public requests and replies; OpenAPI shows these models."""

from typing import Literal

from pydantic import Field

from shared.amounts.money import MoneyText
from shared.enums import AccountStatus, AccountType, Direction, TextEnum, TransactionType
from shared.http.pagination import DEFAULT_PAGE, MAX_PAGE
from shared.http.payloads import (
    AccountNumberText,
    CurrencyCode,
    DayText,
    Id,
    Line,
    MonthText,
    PathId,
    PathModel,
    QueryModel,
    RateText,
    ResponseModel,
    Timestamp,
    WholeNumber,
)
from shared.time.date_ranges import DateRangeQuery

OPENING_DEPOSITS = "what accounts were given when their history began; no income"
STALE = "whether what happens in the bank cannot be taken in at present, so that figures are of an earlier time"


class AccountPath(PathModel):
    """An account named in the path. Any text is accepted here: what is no id names nothing (404)."""

    account_id: PathId


class ReportPath(PathModel):
    """A stored report named in the path."""

    report_id: PathId


class ReportFormat(TextEnum):
    """What a stored report comes as."""

    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class DownloadQuery(QueryModel):
    """What a stored report comes as."""

    format: ReportFormat = Field(
        ReportFormat.PDF, description="what it comes as; `csv` has the movements that it lists"
    )
    bom: WholeNumber = Field(
        0, ge=0, le=1, description="1: a CSV file begins with a byte order mark, which some spreadsheets need"
    )


class TransactionReportQuery(DateRangeQuery):
    """Which transactions the report is about, and how many of them it lists."""

    type: TransactionType | None = Field(None, description="transactions of this type alone")
    category: Line | None = Field(
        None,
        max_length=50,
        json_schema_extra={"example": "groceries"},
        description="what has no category goes by its type",
    )
    limit: WholeNumber = Field(DEFAULT_PAGE, ge=1, le=MAX_PAGE, description="how many transactions it lists at most")


class MovementTotals(ResponseModel):
    """What movements add up to: decimal strings of one currency."""

    income: MoneyText
    expense: MoneyText
    net: MoneyText
    count: int


class CategorySum(MovementTotals):
    """One category; what has none goes by its type."""

    category: str = Field(examples=["groceries"])


class TypeSum(MovementTotals):
    """One type of transaction."""

    type: TransactionType


class MonthSum(MovementTotals):
    """One month, in the bank's time, and its categories."""

    month: MonthText
    categories: list[CategorySum]


class TrendPoint(ResponseModel):
    """The balance at the end of a day on which something moved."""

    date: DayText
    balance: MoneyText


class Counterparty(ResponseModel):
    """Who stands on the other side; the number is masked unless it is the reader's own."""

    name: str = Field(examples=["Charles Babbage"])
    account_number: AccountNumberText


class Exchange(ResponseModel):
    """What was exchanged: one unit of the source currency bought `rate` of the target, the margin taken off.

    `rates_of` is the day of the published rates, of which `reference_rate` is made. What takes an exchange back gives
    both sides what they gave, and has no rate of its own.
    """

    rate: RateText | None
    reference_rate: RateText | None
    margin: RateText | None = Field(description="the part that the bank keeps", examples=["0.0050"])
    rates_of: DayText | None
    source_amount: MoneyText
    source_currency: CurrencyCode
    target_amount: MoneyText
    target_currency: CurrencyCode


class Movement(ResponseModel):
    """A transaction in a report, seen from one account."""

    id: Id
    account_id: Id
    type: TransactionType
    direction: Direction
    amount: MoneyText
    currency: CurrencyCode
    balance_after: MoneyText
    counterparty: Counterparty | None
    description: str = Field(examples=["Lunch"])
    category: str | None = Field(examples=["groceries"])
    effective_at: Timestamp
    booked_at: Timestamp
    end_to_end_id: str | None = Field(
        None, description="what its payer called it; reports of before leave it out", examples=["RENT-2026-12"]
    )
    exchange: Exchange | None = Field(
        None, description="between two currencies alone; reports of before leave it out", examples=[None]
    )


class ReportedAccount(ResponseModel):
    """The account that a report is about."""

    id: Id
    user_id: Id
    holder_name: str = Field(examples=["Ada Lovelace"])
    account_number: AccountNumberText
    account_type: AccountType
    currency: CurrencyCode
    nickname: str | None = Field(examples=["Holidays"])
    status: AccountStatus


class ReportedSpan(ResponseModel):
    """What a report is about in time; null: no end."""

    from_: Timestamp | None = Field(alias="from")
    to: Timestamp | None


class ReportSummary(ReportedSpan):
    """A stored report in a list."""

    id: Id
    type: Literal["account"]
    title: str = Field(examples=["Holidays 0001"])
    account_id: Id
    as_of_position: int
    created_at: Timestamp


class AccountReport(ReportSummary, MovementTotals):
    """The report of one account, as it was stored."""

    stale: bool = Field(description=STALE)
    account: ReportedAccount
    currency: CurrencyCode
    opening_balance: MoneyText
    opening_deposits: MoneyText = Field(description=OPENING_DEPOSITS)
    closing_balance: MoneyText
    balance_trend: list[TrendPoint]
    by_category: list[CategorySum]
    by_month: list[MonthSum]
    history: list[Movement]
    history_is_complete: bool


class CurrencySum(MovementTotals):
    """A person's transactions in one currency; between own accounts is neither income nor expense."""

    currency: CurrencyCode
    between_own_accounts: MoneyText
    opening_deposits: MoneyText = Field(description=OPENING_DEPOSITS)
    average: MoneyText = Field(description="of all movements, whichever way they went")
    average_income: MoneyText
    average_expense: MoneyText
    by_type: list[TypeSum]
    by_category: list[CategorySum]
    by_month: list[MonthSum]


class TransactionReport(ReportedSpan):
    """The report of a person's transactions over all their accounts."""

    as_of_position: int
    stale: bool = Field(description=STALE)
    type: TransactionType | None
    category: str | None = Field(examples=["groceries"])
    currencies: list[CurrencySum]
    largest: list[Movement] = Field(description="the largest of each direction, those that came in first")
    largest_incoming: list[Movement]
    largest_outgoing: list[Movement]
    transactions: list[Movement]
    transactions_are_complete: bool
