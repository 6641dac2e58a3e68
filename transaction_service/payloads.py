"""The ledger's public requests and replies; OpenAPI shows these models."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from shared.amounts.account_numbers import TypedAccountNumber
from shared.amounts.money import AmountText, MoneyText
from shared.card_enums import CardChannel
from shared.enums import (
    Direction,
    DueWorkKind,
    InitiatorKind,
    TransactionStatus,
    TransactionType,
)
from shared.http.field_problems import form
from shared.http.idempotency import IdempotencyKey
from shared.http.pagination import ListQuery
from shared.http.payloads import (
    EXAMPLE_ID,
    AccountNumberText,
    CurrencyCode,
    DayText,
    Id,
    Line,
    PathId,
    PathModel,
    QueryModel,
    RateText,
    RequestModel,
    ResponseModel,
    Timestamp,
    WholeNumber,
)
from shared.text import END_TO_END_FORM, END_TO_END_PATTERN
from shared.time.date_ranges import DateRangeQuery, DayOrInstant, RangeEnd
from shared.time.instants import Instant

Description = Annotated[Line, Field(max_length=140, examples=["Lunch"])]
Category = Annotated[Line, Field(min_length=1, max_length=50, examples=["groceries"])]
EndToEndId = Annotated[str, form(END_TO_END_PATTERN, END_TO_END_FORM), Field(examples=["RENT-2026-12"])]
END_TO_END = "what the payer calls it; it goes with the payment to the payee, and into both sides' history"

_EXAMPLE = {"amount": "12.34", "description": "Lunch", "category": "groceries"}
_EXAMPLE_KEY = {"idempotency_key": "0190a8c0-5f00-7a00-8000-000000000001"}
_EXAMPLE_SIDES = {"from_account_id": EXAMPLE_ID, "to_account_number": "DE89 3704 0044 0532 0130 00"}


class _MoneyRequest(RequestModel):
    amount: AmountText
    currency: CurrencyCode | None = Field(None, description="checked against the account's when given")
    description: Description = ""
    category: Category | None = None
    effective_at: Instant | None = Field(None, description="needs the scope bank:simulate")


class AccountMovementRequest(_MoneyRequest):
    """A deposit to or a withdrawal from one account."""

    model_config = ConfigDict(json_schema_extra={"example": {**_EXAMPLE, "account_id": EXAMPLE_ID}})

    account_id: Id


class TransferRequest(_MoneyRequest):
    """A transfer to an account named by its id or by its number."""

    model_config = ConfigDict(json_schema_extra={"example": {**_EXAMPLE, **_EXAMPLE_SIDES}})

    from_account_id: Id
    to_account_id: Id | None = Field(None, description="this or `to_account_number`")
    to_account_number: TypedAccountNumber | None = Field(
        None, description="this or `to_account_id`", validate_default=True
    )

    quote_id: Id | None = Field(
        None, description="the quote to exchange by; without it, between two currencies, the rate of the moment"
    )
    end_to_end_id: EndToEndId | None = Field(None, description=END_TO_END)

    @field_validator("to_account_number")
    @classmethod
    def _one_recipient(cls, to_account_number: str | None, info: ValidationInfo) -> str | None:
        if "to_account_id" in info.data and (info.data["to_account_id"] is None) == (to_account_number is None):
            raise PydanticCustomError("one_recipient", "give either to_account_id or to_account_number")
        return to_account_number


class AccountMovementItem(AccountMovementRequest):
    """One movement of a batch: between one account and the bank."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"type": "deposit", **_EXAMPLE_KEY, **_EXAMPLE, "account_id": EXAMPLE_ID}}
    )

    type: Literal["deposit", "withdrawal", "cash_withdrawal", "card_refund", "interest", "interest_charge", "fee"]
    idempotency_key: IdempotencyKey


class TransferItem(TransferRequest):
    """One movement of a batch: between two accounts."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"type": "transfer", **_EXAMPLE_KEY, **_EXAMPLE, **_EXAMPLE_SIDES}}
    )

    type: Literal[
        "transfer", "card_purchase", "card_payment", "payroll", "bill_payment", "standing_order", "direct_debit"
    ]
    idempotency_key: IdempotencyKey


class ReversalRequest(RequestModel):
    """Take back a transaction, or `amount` of it."""

    reason: Annotated[Line, Field(min_length=1, max_length=140, examples=["Paid twice"])]
    amount: AmountText | None = None


class TransactionPath(PathModel):
    """A transaction named in the path. Any text is accepted here: what is no id names nothing (404)."""

    transaction_id: PathId


class AccountPath(PathModel):
    """An account named in the path."""

    account_id: PathId


class HistoryQuery(DateRangeQuery, ListQuery):
    """Filters of a list of transactions."""

    account_id: Id | None = Field(None, description="movements of this account alone, seen from its side")
    authorization_id: Id | None = Field(None, description="what came of this card authorization alone")
    type: TransactionType | None = Field(None, description="movements of this type alone")
    status: TransactionStatus | None = Field(None, description="without it: what was carried out and what was refused")
    direction: Direction | None = Field(
        None, description="seen from the account; in a list of the whole bank: money from outside it, or to outside"
    )
    category: Line | None = Field(
        None, max_length=50, json_schema_extra={"example": "groceries"}, description="movements of this category alone"
    )
    min_amount: AmountText | None = Field(None, description="the smallest amount, in whatever currency")
    max_amount: AmountText | None = Field(None, description="the largest amount, in whatever currency")
    q: Line | None = Field(
        None,
        max_length=100,
        json_schema_extra={"example": "lunch"},
        description="text in description, category, counterparty, reference or end-to-end id, or an account number; "
        "capitals do not matter",
    )


class AccountHistoryQuery(HistoryQuery):
    """The same filters for one account, which the path names."""

    account_id: None = Field(None, exclude=True)


class TransactionQuery(QueryModel):
    """From which account's side the transaction is to be shown."""

    account_id: Id | None = Field(None, description="without it: the reader's own side, else both")


class RecentQuery(QueryModel):
    """How many of the newest transactions."""

    limit: WholeNumber = Field(10, ge=1, le=200, description="how many at most")


class ClockAdvance(RequestModel):
    """A stretch of time."""

    days: int = Field(0, ge=0, le=36_500)
    hours: int = Field(0, ge=0, le=876_000)


class ClockRequest(RequestModel):
    """Move the bank clock: to an instant or by a span, forward only; or let a bank without accounts begin at another
    time; or have it stand still, `running` false, and run again."""

    advance_to: DayOrInstant | None = Field(None, description="an instant, or a day of the bank: where it begins")
    advance_by: ClockAdvance | None = None
    begin_at: DayOrInstant | None = Field(
        None,
        description="an instant, or a day of the bank, where a bank begins that has no account yet: earlier than now "
        "or later",
    )
    running: bool | None = Field(None, description="whether it goes by itself; else it moves only when it is moved")
    wait_seconds: int = Field(
        10,
        ge=0,
        le=30,
        description="how long to wait for what falls due on the way; it goes on after that all the same",
    )

    @model_validator(mode="after")
    def _one_way(self) -> "ClockRequest":
        ways = (self.advance_to, self.advance_by, self.begin_at, self.running)
        if sum(way is not None for way in ways) != 1:
            raise PydanticCustomError("one_of", "give one of advance_to, advance_by, begin_at and running")
        return self


class ClockConfirmation(RequestModel):
    """What the time is, by a clock that the administrator trusts; within five minutes of the machine's own."""

    machine_time: Instant


class Counterparty(ResponseModel):
    """Who stands on the other side; the number is masked unless it is the reader's own."""

    name: str = Field(examples=["Charles Babbage"])
    account_number: AccountNumberText


class Initiator(ResponseModel):
    """Who made a transaction. Only staff read names, and whether somebody who works here made it for a customer."""

    kind: InitiatorKind
    name: str | None = Field(examples=[None])


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


class TransactionCard(ResponseModel):
    """With which card a payment was made, where and how."""

    id: Id
    last4: str = Field(pattern=r"^[0-9]{4}$", examples=["4242"])
    merchant: str = Field(examples=["Blue Cafe"])
    mcc: str = Field(pattern=r"^[0-9]{4}$", examples=["5812"])
    country: str = Field(pattern=r"^[A-Z]{2}$", examples=["DE"])
    channel: CardChannel
    authorization_id: Id | None = Field(description="null where the merchant had not asked before")


class Transaction(ResponseModel):
    """A movement of money, completed, refused or pending, seen from one account; or from none, with both its sides.

    A pending one is a card payment that its merchant has yet to collect; it keeps its id then.
    """

    id: Id
    type: TransactionType
    status: TransactionStatus
    amount: MoneyText
    currency: CurrencyCode
    from_account_id: Id | None
    to_account_id: Id | None
    account_id: Id | None
    direction: Direction | None
    balance_after: MoneyText | None
    counterparty: Counterparty | None
    description: str = Field(examples=["Lunch"])
    category: str | None = Field(examples=["groceries"])
    reference: str = Field(examples=["SB-0123456789AB"])
    effective_at: Timestamp
    booked_at: Timestamp
    reverses: Id | None = Field(examples=[None])
    reversed_amount: MoneyText = Field(examples=["0.00"])
    error_code: str | None = Field(examples=[None])
    payer: Counterparty | None = Field(description="for staff, where it is seen from no account", examples=[None])
    payee: Counterparty | None = Field(description="for staff, where it is seen from no account", examples=[None])
    initiated_by: Initiator
    exchange: Exchange | None = Field(description="between two currencies alone", examples=[None])
    card: TransactionCard | None = Field(examples=[None])
    end_to_end_id: EndToEndId | None = Field(description=END_TO_END)
    due_work_id: Id | None = Field(
        description="what had fallen due when the bank made it: the standing order, scheduled payment or direct debit, "
        "the credit card's statement, the run of interest; null of what was made for a request",
        examples=[None],
    )
    below_floor: MoneyText | None = Field(
        description="how far below what it may owe this left the account that paid, as it was due whatever was there: "
        "a captured card payment, a fee, a chargeback; null where it did not, and where that is not one's own",
        examples=[None],
    )


class AccountLimits(ResponseModel):
    """What an account may pay: in one movement, and on the present day of the bank."""

    account_id: Id
    currency: CurrencyCode
    per_payment: MoneyText
    daily: MoneyText
    used_today: MoneyText
    available_today: MoneyText
    resets_at: Timestamp


class BankClock(ResponseModel):
    """The bank's time; `real` while nobody has moved it, `running` unless it was told to stand still.

    It waits for what falls due: while there is such work, `target_time` is where it goes to, and `due_work` how much
    there is to do until then. `stopped_work` failed again and again, and waits for an administrator.
    """

    bank_time: Timestamp
    real: bool
    running: bool
    target_time: Timestamp | None = Field(examples=[None])
    due_work: int = Field(examples=[0])
    stopped_work: int = Field(examples=[0])


class UpcomingQuery(ListQuery):
    """Filters of a list of what will fall due on somebody's accounts."""

    account_id: Id | None = Field(None, description="on this account alone")
    user_id: Id | None = Field(None, description="of this person alone (staff)")
    until: RangeEnd | None = Field(None, description="the last day that counts, whole; or an instant, not included")


class DueWorkQuery(ListQuery):
    """Filters of a list of what falls due."""

    stopped: bool | None = Field(None, description="only what was set aside because it failed, or none of it")


class DueWork(ResponseModel):
    """Something that the bank does when its clock is there; `id` is what it is about, such as a hold that expires.

    What concerns no single account, or no certain amount, has none. Interest that is to come on somebody's accounts has
    an amount that is estimated: what it comes to if nothing moves until then; what is paid and what is charged are two.
    So has a credit card's next bill; of one that was made, it is what is left of it. A bill is listed with the card's
    account and with the one that it is settled from.
    """

    id: Id
    kind: DueWorkKind
    due_at: Timestamp
    account_id: Id | None
    amount: MoneyText | None
    currency: CurrencyCode | None
    direction: Direction | None = Field(
        description="which way the money goes, seen from the account; null where none is paid"
    )
    description: str = Field(examples=["Hotel deposit"])
    stopped_because: str | None = Field(examples=[None], description="why it was set aside, where it failed")
