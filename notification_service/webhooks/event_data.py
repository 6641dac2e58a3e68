"""What each event that webhooks tell of says: a model of its data. Pure.

It is what the other services' feeds tell the bank's own inbox, in the API's form: amounts as decimal texts, times as
texts. A receiver that needs more asks the API for what the ids name.
"""

from pydantic import BaseModel, ConfigDict, Field

from shared.card_enums import AuthorizationStatus, CardChannel, DeclineCode, DisputeStatus, FrozenBy
from shared.enums import AccountStatus, AccountType, CardKind, CardStatus, Direction, Role, TransactionType, UserStatus


class EventData(BaseModel):
    """What an event says: facts alone, none of them coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TransactionData(EventData):
    """A movement of money, as it is on this account; `reverses` is the transaction that it takes back."""

    transaction_id: str
    account_id: str
    user_id: str
    type: TransactionType
    direction: Direction
    amount: str
    currency: str
    balance_after: str | None
    description: str
    category: str | None
    reference: str
    effective_at: str
    booked_at: str
    reverses: str | None


class RefusedData(EventData):
    """A movement of money that the bank has refused, for the reason of this code; nothing was moved.

    `untold_until` is set on the last one for a while: no other of its owner's is told that is refused before then.
    """

    transaction_id: str
    account_id: str
    user_id: str
    type: TransactionType
    direction: Direction
    amount: str
    currency: str
    description: str
    category: str | None
    error_code: str
    effective_at: str
    booked_at: str
    untold_until: str | None


class HoldData(EventData):
    """Money held on an account: how much of it this is about, and how much is still held."""

    hold_id: str
    account_id: str
    user_id: str
    amount: str
    remaining: str
    currency: str
    description: str


class OrderData(EventData):
    """A standing order or a scheduled payment; `due_on` and `error_code` say what failed and why."""

    order_id: str
    account_id: str
    user_id: str
    amount: str
    currency: str
    description: str
    status: str
    due_on: str | None = None
    error_code: str | None = None


class MandateData(EventData):
    """A mandate for direct debits, for one of its sides."""

    mandate_id: str
    side: str
    account_id: str
    user_id: str
    other_name: str
    reference: str
    status: str


class CollectionData(EventData):
    """A direct debit, for one of its sides."""

    collection_id: str
    mandate_id: str
    side: str
    account_id: str
    user_id: str
    other_name: str
    amount: str
    currency: str
    description: str
    due_on: str
    status: str
    return_code: str | None = None
    refunded: str | None = None


class AuthorizationData(EventData):
    """A card payment that was approved; `amount` is what was approved, collected or given back by this.

    `approved` is all that was ever approved of it, `captured` all that was collected until now, `remaining` what is
    still held for the shop.
    """

    authorization_id: str
    card_id: str
    account_id: str
    user_id: str
    last4: str
    amount: str
    approved: str
    captured: str
    remaining: str
    currency: str
    merchant_name: str
    channel: CardChannel
    status: AuthorizationStatus


class DeclinedData(EventData):
    """A card payment that was asked for and declined."""

    authorization_id: str
    card_id: str
    account_id: str
    user_id: str
    last4: str
    amount: str
    currency: str
    merchant_name: str
    channel: CardChannel
    decline_code: DeclineCode


class DisputeData(EventData):
    """A card payment that its holder disputes; `amount` is what is disputed, `transaction_id` the payment."""

    dispute_id: str
    transaction_id: str
    account_id: str
    user_id: str
    amount: str
    currency: str
    merchant_name: str
    status: DisputeStatus


class FloorData(EventData):
    """An account that was taken below its floor: `amount` was due whatever was there, and left it `below` below."""

    transaction_id: str
    transaction_type: TransactionType
    account_id: str
    user_id: str
    amount: str
    below: str
    currency: str
    description: str


class CardStatementData(EventData):
    """A credit card's statement; `amount` is what was owed, paid, or is left unpaid."""

    statement_id: str
    account_id: str
    settlement_account_id: str
    user_id: str
    amount: str
    minimum: str
    late_fee: str
    currency: str
    due_on: str


class StatementData(EventData):
    """The statement of an account for a month is ready: what it held before and after, and how often something moved.

    `GET /api/reports/statement/<account_id>?month=` has it in every format.
    """

    account_id: str
    user_id: str
    month: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}$")
    opening_balance: str
    closing_balance: str
    currency: str
    movements: int


class AccountData(EventData):
    """What an account now is; `reason` is why its status was changed, where somebody had to say."""

    account_id: str
    user_id: str
    account_number: str
    account_type: AccountType
    currency: str
    nickname: str | None
    status: AccountStatus
    reason: str | None = None


class CardData(EventData):
    """What a card now is."""

    card_id: str
    account_id: str
    user_id: str
    kind: CardKind
    masked_number: str
    status: CardStatus
    frozen_by: FrozenBy | None
    nickname: str | None


class ProductData(EventData):
    """Terms of a product that somebody has an account of, which will be others from a day on."""

    product: str
    version: int
    name: str
    account_id: str
    user_id: str
    valid_on: str
    changes: str


class ClockData(EventData):
    """The bank's clock was at `previous_time`, or on its way there, and goes to `target_time`, step by step.

    It is there once all that falls due until then is done.
    """

    previous_time: str
    target_time: str


class UserData(EventData):
    """Who a user now is."""

    user_id: str
    username: str
    full_name: str
    email: str
    role: Role
    status: UserStatus


class LogInData(EventData):
    """Somebody logged in; `new_device`: never from there before."""

    user_id: str
    new_device: bool
    user_agent: str
    address: str


class PasswordData(EventData):
    """A password was changed, from this address."""

    user_id: str
    address: str


class EmailData(EventData):
    """An e-mail address was changed."""

    user_id: str
    old_email: str
    new_email: str


class PingData(EventData):
    """Nothing happened: somebody tries their endpoint."""

    webhook_id: str = Field(description="the endpoint")
