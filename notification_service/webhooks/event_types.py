"""The events that webhooks tell of: a name and a model of the data of each. Pure.

What is told is what the other services' feeds tell the bank's own inbox, in the API's form: amounts as decimal texts,
times as texts. A receiver that needs more asks the API for what the ids name.
"""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.card_enums import AuthorizationStatus, CardChannel, DeclineCode, DisputeStatus, FrozenBy
from shared.enums import AccountStatus, AccountType, CardKind, CardStatus, Direction, Role, TransactionType, UserStatus

PING = "webhook.ping"
EVERYTHING = "*"


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


_MANY: dict[type[EventData], dict[str, str]] = {
    TransactionData: {
        "transaction.completed": "Money was moved, whatever kind of movement it is.",
        "transaction.reversed": "Money was moved back: what `reverses` names was taken back, or a part of it.",
        "interest.posted": "Interest was paid or charged; `transaction.completed` tells of it too.",
        "standing_order.executed": "A standing order or scheduled payment was paid from this account.",
        "direct_debit.collected": "A direct debit was paid, from this account or to it.",
    },
    RefusedData: {"transaction.refused": "The bank has refused to move money."},
    HoldData: {
        "hold.placed": "Money is held.",
        "hold.raised": "More money is held.",
        "hold.captured": "Money that was held was taken.",
        "hold.voided": "Money that was held was given back.",
        "hold.expired": "Nobody took the money in time.",
    },
    OrderData: {
        f"{order}.{what}": sentence
        for order in ("standing_order", "scheduled_payment")
        for what, sentence in (
            ("created", "It was arranged to pay."),
            ("changed", "It was changed, paused, resumed or cancelled, or has ended."),
            ("failed", "It did not pay."),
        )
    },
    MandateData: {
        "mandate.requested": "A creditor asks to collect.",
        "mandate.changed": "A mandate was confirmed, refused, cancelled or used up, or has expired.",
    },
    CollectionData: {
        "direct_debit.announced": "A direct debit will be collected.",
        "direct_debit.returned": "A direct debit was not paid.",
        "direct_debit.refunded": "The debtor had the money of a direct debit back.",
    },
    AuthorizationData: {
        "authorization.approved": "A card payment was approved, or a part of it.",
        "authorization.incremented": "More was approved of a card payment.",
        "authorization.captured": "A shop has collected a card payment, or a part of it.",
        "authorization.reversed": "What was held for a card payment was given back, or a part of it.",
        "authorization.expired": "A shop has not collected a card payment in time.",
    },
    DeclinedData: {"authorization.declined": "A card payment was declined."},
    DisputeData: {
        "dispute.opened": "A card payment is disputed: the money is back until that is decided.",
        "dispute.resolved": "A dispute was decided, for the holder or against.",
    },
    FloorData: {"account.below_floor": "What was due has taken an account below its floor."},
    CardStatementData: {
        "card_statement.ready": "A credit card has a new statement.",
        "card_statement.paid": "A credit card's bill, or a part of it, was paid.",
        "card_statement.unpaid": "There was too little on the account that a credit card is settled from.",
    },
    StatementData: {"statement.ready": "A month of an account is over: its statement changes no more."},
    AccountData: {
        "account.opened": "An account was opened.",
        "account.updated": "An account has another name.",
        "account.frozen": "The bank has frozen an account.",
        "account.unfrozen": "The bank has unfrozen an account.",
        "account.closed": "An account was closed.",
    },
    CardData: {
        "card.created": "A card was issued.",
        "card.updated": "A card has other limits, controls or another name.",
        "card.frozen": "A card pays nothing for now.",
        "card.unfrozen": "A card pays again.",
        "card.ended": "A card never pays again.",
    },
    ProductData: {"product.changed": "A product that one has an account of will have other terms."},
    UserData: {
        "user.registered": "There is a new user.",
        "user.updated": "A user is called otherwise, or may do other things.",
    },
    LogInData: {"user.logged_in": "Somebody logged in."},
    PasswordData: {"user.password_changed": "A password was changed."},
    EmailData: {"user.email_changed": "An e-mail address was changed."},
    PingData: {PING: "Somebody tries an endpoint; only that one is told."},
}
MODELS: dict[str, type[EventData]] = {name: model for model, names in _MANY.items() for name in names}
SENTENCES: dict[str, str] = {name: sentence for names in _MANY.values() for name, sentence in names.items()}
SUBSCRIBABLE = frozenset(MODELS) - {PING}


@cache
def schema_of(name: str) -> dict[str, Any]:
    """The JSON schema of a whole message of this type."""
    data = MODELS[name].model_json_schema()
    definitions = data.pop("$defs", {})
    message: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": SENTENCES[name],
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
        "required": ["id", "type", "timestamp", "data"],
        "additionalProperties": False,
    }
    return message | ({"$defs": definitions} if definitions else {})
