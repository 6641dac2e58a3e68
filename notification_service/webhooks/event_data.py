"""What each event that webhooks tell of says: a model of its data. Pure.

It is what the other services' feeds tell the bank's own inbox, in the API's form: amounts as decimal texts, times as
texts. A receiver that needs more asks the API for what the ids name.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.amounts.money import MoneyText
from shared.card_enums import AuthorizationStatus, CardChannel, DeclineCode, DisputeStatus, FrozenBy
from shared.enums import AccountStatus, AccountType, CardKind, CardStatus, Direction, Role, TransactionType, UserStatus
from shared.http.payloads import AccountNumberText, CurrencyCode, DayText, Id, MonthText, Timestamp

Last4 = Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["4242"])]
MaskedCard = Annotated[str, Field(examples=["9*** **** **** 4242"])]
Description = Annotated[str, Field(examples=["Rent for December"])]
Category = Annotated[str, Field(examples=["housing"])]
Reference = Annotated[str, Field(examples=["SB-0123456789AB"])]
MerchantName = Annotated[str, Field(examples=["Blue Cafe"])]
HolderName = Annotated[str, Field(examples=["Ada Lovelace"])]
Username = Annotated[str, Field(examples=["ada"])]
Email = Annotated[str, Field(examples=["ada@example.org"])]
Nickname = Annotated[str, Field(examples=["Household"])]
Reason = Annotated[str, Field(examples=["Asked for by the holder"])]
OrderStatus = Annotated[str, Field(examples=["active"])]
Side = Annotated[str, Field(examples=["debtor"])]
ErrorCode = Annotated[str, Field(pattern=r"^[A-Z]+(_[A-Z]+)*$", examples=["INSUFFICIENT_FUNDS"])]
ReturnCode = Annotated[str, Field(examples=["AM04"])]
ProductCode = Annotated[str, Field(examples=["savings"])]
ProductName = Annotated[str, Field(examples=["Savings account"])]
Changes = Annotated[str, Field(examples=["Credit interest 1.5 % instead of 2 %"])]
UserAgent = Annotated[str, Field(examples=["Firefox on Linux"])]
Address = Annotated[str, Field(examples=["203.0.113.7"])]


class EventData(BaseModel):
    """What an event says: facts alone, none of them coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TransactionData(EventData):
    """A movement of money, as it is on this account; `reverses` is the transaction that it takes back."""

    transaction_id: Id
    account_id: Id
    user_id: Id
    type: TransactionType
    direction: Direction
    amount: MoneyText
    currency: CurrencyCode
    balance_after: MoneyText | None
    description: Description
    category: Category | None
    reference: Reference
    effective_at: Timestamp
    booked_at: Timestamp
    reverses: Id | None


class RefusedData(EventData):
    """A movement of money that the bank has refused, for the reason of this code; nothing was moved.

    `untold_until` is set on the last one for a while: no other of its owner's is told that is refused before then.
    """

    transaction_id: Id
    account_id: Id
    user_id: Id
    type: TransactionType
    direction: Direction
    amount: MoneyText
    currency: CurrencyCode
    description: Description
    category: Category | None
    error_code: ErrorCode
    effective_at: Timestamp
    booked_at: Timestamp
    untold_until: Timestamp | None


class HoldData(EventData):
    """Money held on an account: how much of it this is about, and how much is still held."""

    hold_id: Id
    account_id: Id
    user_id: Id
    amount: MoneyText
    remaining: MoneyText
    currency: CurrencyCode
    description: Description


class OrderData(EventData):
    """A standing order or a scheduled payment; `due_on` and `error_code` say what failed and why."""

    order_id: Id
    account_id: Id
    user_id: Id
    amount: MoneyText
    currency: CurrencyCode
    description: Description
    status: OrderStatus
    due_on: DayText | None = None
    error_code: ErrorCode | None = None


class MandateData(EventData):
    """A mandate for direct debits, for one of its sides."""

    mandate_id: Id
    side: Side
    account_id: Id
    user_id: Id
    other_name: HolderName
    reference: Reference
    status: OrderStatus


class CollectionData(EventData):
    """A direct debit, for one of its sides."""

    collection_id: Id
    mandate_id: Id
    side: Side
    account_id: Id
    user_id: Id
    other_name: HolderName
    amount: MoneyText
    currency: CurrencyCode
    description: Description
    due_on: DayText
    status: OrderStatus
    return_code: ReturnCode | None = None
    refunded: MoneyText | None = None


class AuthorizationData(EventData):
    """A card payment that was approved; `amount` is what was approved, collected or given back by this.

    `approved` is all that was ever approved of it, `captured` all that was collected until now, `remaining` what is
    still held for the shop.
    """

    authorization_id: Id
    card_id: Id
    account_id: Id
    user_id: Id
    last4: Last4
    amount: MoneyText
    approved: MoneyText
    captured: MoneyText
    remaining: MoneyText
    currency: CurrencyCode
    merchant_name: MerchantName
    channel: CardChannel
    status: AuthorizationStatus


class DeclinedData(EventData):
    """A card payment that was asked for and declined."""

    authorization_id: Id
    card_id: Id
    account_id: Id
    user_id: Id
    last4: Last4
    amount: MoneyText
    currency: CurrencyCode
    merchant_name: MerchantName
    channel: CardChannel
    decline_code: DeclineCode


class DisputeData(EventData):
    """A card payment that its holder disputes; `amount` is what is disputed, `transaction_id` the payment."""

    dispute_id: Id
    transaction_id: Id
    account_id: Id
    user_id: Id
    amount: MoneyText
    currency: CurrencyCode
    merchant_name: MerchantName
    status: DisputeStatus


class FloorData(EventData):
    """An account that was taken below its floor: `amount` was due whatever was there, and left it `below` below."""

    transaction_id: Id
    transaction_type: TransactionType
    account_id: Id
    user_id: Id
    amount: MoneyText
    below: MoneyText
    currency: CurrencyCode
    description: Description


class CardStatementData(EventData):
    """A credit card's statement; `amount` is what was owed, paid, or is left unpaid."""

    statement_id: Id
    account_id: Id
    settlement_account_id: Id
    user_id: Id
    amount: MoneyText
    minimum: MoneyText
    late_fee: MoneyText
    currency: CurrencyCode
    due_on: DayText


class StatementData(EventData):
    """The statement of an account for a month is ready: what it held before and after, and how often something moved.

    `GET /api/reports/statement/<account_id>?month=` has it in every format.
    """

    account_id: Id
    user_id: Id
    month: MonthText
    opening_balance: MoneyText
    closing_balance: MoneyText
    currency: CurrencyCode
    movements: int


class AccountData(EventData):
    """What an account now is; `reason` is why its status was changed, where somebody had to say."""

    account_id: Id
    user_id: Id
    account_number: AccountNumberText
    account_type: AccountType
    currency: CurrencyCode
    nickname: Nickname | None
    status: AccountStatus
    reason: Reason | None = None


class CardData(EventData):
    """What a card now is."""

    card_id: Id
    account_id: Id
    user_id: Id
    kind: CardKind
    masked_number: MaskedCard
    status: CardStatus
    frozen_by: FrozenBy | None
    nickname: Nickname | None


class ProductData(EventData):
    """Terms of a product that somebody has an account of, which will be others from a day on."""

    product: ProductCode
    version: int
    name: ProductName
    account_id: Id
    user_id: Id
    valid_on: DayText
    changes: Changes


class ClockData(EventData):
    """The bank's clock was at `previous_time`, or on its way there, and goes to `target_time`, step by step.

    It is there once all that falls due until then is done.
    """

    previous_time: Timestamp
    target_time: Timestamp


class UserData(EventData):
    """Who a user now is."""

    user_id: Id
    username: Username
    full_name: HolderName
    email: Email
    role: Role
    status: UserStatus


class LogInData(EventData):
    """Somebody logged in; `new_device`: never from there before."""

    user_id: Id
    new_device: bool
    user_agent: UserAgent
    address: Address


class PasswordData(EventData):
    """A password was changed, from this address."""

    user_id: Id
    address: Address


class EmailData(EventData):
    """An e-mail address was changed."""

    user_id: Id
    old_email: Email
    new_email: Email


class PingData(EventData):
    """Nothing happened: somebody tries their endpoint."""

    webhook_id: Id = Field(description="the endpoint")
