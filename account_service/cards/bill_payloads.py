"""What is asked of credit cards' bills, and how they are shown."""

from pydantic import Field

from shared.amounts.money import AmountText, MoneyText
from shared.card_enums import CardStatementStatus
from shared.http.pagination import DEFAULT_PAGE, MAX_PAGE, ListQuery
from shared.http.payloads import (
    CurrencyCode,
    DayText,
    Id,
    PathId,
    PathModel,
    RequestModel,
    ResponseModel,
    Timestamp,
    WholeNumber,
)


class StatementPath(PathModel):
    """The bill in the address."""

    statement_id: PathId


class StatementsQuery(ListQuery):
    """Which bills. Before the newest, on the first page alone, stands what the next one would say now."""

    limit: WholeNumber = Field(DEFAULT_PAGE, ge=1, le=MAX_PAGE, description="bills on a page, the open one not counted")


class PayCardRequest(RequestModel):
    """What is paid of what is owed on a credit card."""

    amount: AmountText | None = Field(None, description="never more than is owed; all of that when left out")
    from_account_id: Id | None = Field(
        None, description="an account of the card's holder; the one that its bills are paid from when left out"
    )


class CardPayment(ResponseModel):
    """What was paid of what is owed on a credit card; `transaction_id` names the entry on both accounts."""

    transaction_id: Id
    card_id: Id
    account_id: Id = Field(description="the credit card's account")
    from_account_id: Id
    amount: MoneyText
    currency: CurrencyCode
    paid_at: Timestamp = Field(description="in the bank's time")


class CardStatement(ResponseModel):
    """A credit card's bill: what was owed before, what came to it since, and what is to be paid.

    What is owed is above zero. One that is `open` has no id: it is what the next bill would say now.
    """

    id: Id | None
    account_id: Id = Field(description="the credit card's account")
    from_on: DayText
    due_on: DayText = Field(description="on which it is made, and paid from the linked account")
    opening: MoneyText
    purchases: MoneyText
    payments: MoneyText
    interest: MoneyText
    fees: MoneyText
    closing: MoneyText
    minimum_payment: MoneyText
    left: MoneyText = Field(description="what of it is still to be paid")
    currency: CurrencyCode
    status: CardStatementStatus
