"""The reporting service's public requests and replies; OpenAPI shows these models."""

from typing import Literal

from pydantic import Field

from shared.instants import QueryInstant
from shared.pagination import DEFAULT_PAGE, MAX_PAGE, PageQuery
from shared.payloads import Id, PathModel, QueryModel, ResponseModel, WholeNumber

TransactionType = Literal[
    "deposit",
    "withdrawal",
    "transfer",
    "card_purchase",
    "card_payment",
    "interest",
    "fee",
    "payroll",
    "bill_payment",
    "reversal",
]


class AccountPath(PathModel):
    """An account named in the path. Any text is accepted here: what is no id names nothing (404)."""

    account_id: str


class ReportPath(PathModel):
    """A stored report named in the path."""

    report_id: str


class SpanQuery(QueryModel):
    """`from` is included, `to` is not; a bare date is its first moment in UTC; without them, everything."""

    since: QueryInstant | None = Field(None, alias="from")
    until: QueryInstant | None = Field(None, alias="to")


class TransactionReportQuery(SpanQuery):
    """Which transactions the report is about, and how many of them it lists."""

    type: TransactionType | None = None
    category: str | None = Field(None, max_length=50, description="what has no category goes by its type")
    limit: WholeNumber = Field(DEFAULT_PAGE, ge=1, le=MAX_PAGE)


class ReportListQuery(PageQuery):
    """A page of stored reports."""


class Added(ResponseModel):
    """What movements add up to: decimal strings of one currency."""

    income: str
    expense: str
    net: str
    count: int


class CategorySum(Added):
    """One category; what has none goes by its type."""

    category: str


class TypeSum(Added):
    """One type of transaction."""

    type: str


class MonthSum(Added):
    """One month, in the bank's time, and its categories."""

    month: str
    categories: list[CategorySum]


class TrendPoint(ResponseModel):
    """The balance at the end of a day on which something moved."""

    date: str
    balance: str


class Counterparty(ResponseModel):
    """Who stands on the other side; the number is masked unless it is the reader's own."""

    name: str
    account_number: str


class Movement(ResponseModel):
    """A transaction in a report, seen from one account."""

    id: Id
    account_id: Id
    type: str
    direction: Literal["in", "out"]
    amount: str
    currency: str
    balance_after: str
    counterparty: Counterparty | None
    description: str
    category: str | None
    effective_at: str
    booked_at: str


class ReportedAccount(ResponseModel):
    """The account that a report is about."""

    id: Id
    user_id: Id
    holder_name: str
    account_number: str
    account_type: str
    currency: str
    nickname: str | None
    status: str


class Span(ResponseModel):
    """What a report is about in time; null: no end."""

    from_: str | None = Field(alias="from")
    to: str | None


class ReportSummary(Span):
    """A stored report in a list."""

    id: Id
    type: Literal["account"]
    title: str
    account_id: Id
    as_of_position: int
    created_at: str


class AccountReport(ReportSummary, Added):
    """The report of one account, as it was stored."""

    account: ReportedAccount
    currency: str
    opening_balance: str
    closing_balance: str
    balance_trend: list[TrendPoint]
    by_category: list[CategorySum]
    by_month: list[MonthSum]
    history: list[Movement]
    history_is_complete: bool


class CurrencySum(Added):
    """A person's transactions in one currency; between own accounts is neither income nor expense."""

    currency: str
    between_own_accounts: str
    average: str
    by_type: list[TypeSum]
    by_category: list[CategorySum]
    by_month: list[MonthSum]


class TransactionReport(Span):
    """The report of a person's transactions over all their accounts."""

    as_of_position: int
    type: str | None
    category: str | None
    currencies: list[CurrencySum]
    largest: list[Movement]
    transactions: list[Movement]
    transactions_are_complete: bool
