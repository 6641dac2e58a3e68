"""The events that webhooks tell of: their names, a sentence and the JSON schema of each. Pure."""

from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from notification_service.webhooks.event_data import (
    AccountData,
    AuthorizationData,
    CardData,
    CardStatementData,
    ClockData,
    CollectionData,
    DeclinedData,
    DisputeData,
    EmailData,
    EventData,
    FloorData,
    HoldData,
    LogInData,
    MandateData,
    OrderData,
    PasswordData,
    PingData,
    ProductData,
    RefusedData,
    StatementData,
    TransactionData,
    UserData,
)
from shared.contract.openapi_examples import example_of
from shared.http.payloads import Id, Timestamp

_ID, _INSTANT = (TypeAdapter(kind, config=ConfigDict(hide_input_in_errors=True)) for kind in (Id, Timestamp))
PING = "webhook.ping"
EVERYTHING = "*"


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
        "card_statement.unpaid": "The account that a credit card is settled from had too little, or is frozen.",
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
    ClockData: {"clock.advanced": "Somebody has moved the bank's clock; told to webhooks of the whole bank alone."},
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
    """The JSON schema of a whole message of this type, with an example of one."""
    data = MODELS[name].model_json_schema()
    definitions = data.pop("$defs", {})
    message: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": SENTENCES[name],
        "type": "object",
        "properties": {
            "id": _ID.json_schema(),
            "type": {"const": name},
            "timestamp": _INSTANT.json_schema(),
            "data": data,
        },
        "required": ["id", "type", "timestamp", "data"],
        "additionalProperties": False,
    }
    named = {f"#/$defs/{each}": definition for each, definition in definitions.items()}
    message["examples"] = [example_of(message, named)]
    return message | ({"$defs": definitions} if definitions else {})
