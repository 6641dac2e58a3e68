"""The requests and replies of statements; OpenAPI shows these models."""

from datetime import date

from pydantic import Field

from reporting_service.reports.payloads import Counterparty, ReportedAccount
from shared.amounts.money import MoneyText
from shared.enums import Direction, TextEnum, TransactionType
from shared.http.field_problems import invalid
from shared.http.payloads import (
    CurrencyCode,
    DayText,
    Id,
    MonthText,
    QueryModel,
    RateText,
    ResponseModel,
    Timestamp,
    WholeNumber,
)
from shared.time.business_days import whole_month
from shared.time.days import Day, Month


class StatementFormat(TextEnum):
    """What a statement comes as; `json` is a reply like any other, everything else a file."""

    JSON = "json"
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
    OFX = "ofx"
    QFX = "qfx"
    CAMT053 = "camt053"
    MT940 = "mt940"


class StatementQuery(QueryModel):
    """Of which days a statement is, and what it comes as. Without days: of the month that it is at the bank."""

    month: Month | None = Field(None, description="a month of the bank, whole")
    first: Day | None = Field(None, alias="from", description="the first day, instead of a month")
    last: Day | None = Field(None, alias="to", description="the last day, whole; goes with `from`")
    format: StatementFormat = Field(StatementFormat.JSON, description="what it comes as")
    bom: WholeNumber = Field(
        0, ge=0, le=1, description="1: a CSV file begins with a byte order mark, which some spreadsheets need"
    )

    @property
    def days(self) -> tuple[date, date] | None:
        """The first day and the last; None where none are named. Raises Refused (422) for days that cannot be meant."""
        if self.month is None and self.first is None and self.last is None:
            return None
        if self.month is not None and (self.first or self.last):
            raise invalid("to", "must not be given beside a month", code="month_or_days")
        if self.month is not None:
            return whole_month(self.month)
        if self.first is None or self.last is None:
            raise invalid("to", "must be given together with the first day (`from`)", code="both_days")
        if self.last < self.first:
            raise invalid("to", "must not lie before the first day (`from`)", code="reversed_range")
        return self.first, self.last


class StatedExchange(ResponseModel):
    """The other side of a movement between two currencies."""

    amount: MoneyText
    currency: CurrencyCode
    rate: RateText | None = Field(description="null for what takes an exchange back")


class StatementLine(ResponseModel):
    """One movement, as the account sees it."""

    id: Id
    type: TransactionType
    day: DayText = Field(description="the bank's day that it counts for")
    direction: Direction
    amount: MoneyText
    balance_after: MoneyText
    counterparty: Counterparty | None
    description: str = Field(examples=["Lunch"])
    category: str | None = Field(examples=["groceries"])
    end_to_end_id: str | None = Field(examples=["RENT-2026-12"])
    exchange: StatedExchange | None
    effective_at: Timestamp
    booked_at: Timestamp


class PendingPayment(ResponseModel):
    """A card payment that its shop has yet to collect."""

    id: Id
    day: DayText
    amount: MoneyText
    description: str = Field(examples=["Blue Cafe"])


class StatedSpan(ResponseModel):
    """What moved in some days: the balance before them and all that moved make the balance after them."""

    from_: DayText = Field(alias="from", description="the first day")
    to: DayText = Field(description="the last day, whole")
    currency: CurrencyCode
    opening_balance: MoneyText
    closing_balance: MoneyText
    count: int = Field(description="how many movements", examples=[12])
    is_final: bool = Field(description="whether all of the last day is booked")


class StatementMonth(StatedSpan):
    """A month of which there is a statement."""

    month: MonthText


class AccountStatement(StatedSpan):
    """The statement of an account."""

    reference: str = Field(
        description="its name, unlike that of every other; while the days are not over, of how far it goes as well",
        examples=["3c1f5e9b7d42-261101-261130"],
    )
    as_of_position: int = Field(description="how much of the journal it has seen", examples=[4711])
    month: MonthText | None = Field(description="where it is of a whole month")
    account: ReportedAccount
    incoming: MoneyText
    outgoing: MoneyText
    lines: list[StatementLine] = Field(description="in the order in which the bank's time ran")
    pending: list[PendingPayment] | None = Field(
        description="what is under way and no part of the balance, newest first; null while that cannot be said"
    )
