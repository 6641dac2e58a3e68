"""Every way in which the ledger says no: one closed list (LEDGER rule 10). Pure.

`STORED` are the business refusals: asking again with the same key gives the same answer again, also after the account
was funded. Conflicts with the present state (409), 404 and malformed requests are not stored.
"""

from shared.refusals import (
    FORBIDDEN,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OWN_INTEREST,
    RATE_LIMITED,
    VALIDATION,
    Refusal,
)
from shared.service_refusals import (
    ACCOUNT_CLOSED,
    ACCOUNT_FROZEN,
    ACCOUNT_HAS_CARD_PAYMENTS,
    ACCOUNT_HAS_COLLECTIONS,
    ACCOUNT_HAS_DISPUTES,
    ACCOUNT_NOT_EMPTY,
    BALANCE_TOO_LARGE,
    CURRENCY_MISMATCH,
    INSUFFICIENT_FUNDS,
    MORE_THAN_OWED,
    MOVEMENT_LIMIT_EXCEEDED,
    NOTHING_OWED,
    NOTICE_REQUIRED,
    SAME_ACCOUNT,
    USER_ERASED,
)
from transaction_service.exchange.refusals import (
    AMOUNT_TOO_SMALL,
    EXCHANGE_REFUSALS,
    QUOTE_EXPIRED,
    QUOTE_MISMATCH,
    QUOTE_USED,
    RATE_UNAVAILABLE,
)
from transaction_service.ledger.movement_rules import REVERSAL
from transaction_service.orders.refusals import (
    COLLECTION_SETTLED,
    MANDATE_EXISTS,
    MANDATE_IS_ONCE,
    MANDATE_NOT_ACTIVE,
    NOT_REFUNDABLE,
    ORDER_ENDED,
    PAYEE_EXISTS,
    PAYEE_LIMIT_REACHED,
)

DAILY_LIMIT_EXCEEDED = Refusal(
    "DAILY_LIMIT_EXCEEDED",
    400,
    "This would go above the account's limit for the day.",
    when="Together with what left the account today, the payment is above its limit for a day.",
    remedy="Pay `details.available` or less today, the rest when the next day of the bank has begun.",
    example={
        "currency": "EUR",
        "limit": "20000.00",
        "used": "19500.00",
        "available": "500.00",
        "amount": "600.00",
        "retry_at": "2026-11-20T23:00:00.000000Z",
    },
)
ACCOUNT_CONFLICT = Refusal(
    "ACCOUNT_CONFLICT",
    409,
    "This account exists with other facts.",
    when="The account service asks the ledger to open an account that exists with other facts.",
    remedy="Nothing a client can do: services answer each other with it.",
)
PLAN_CONFLICT = Refusal(
    "PLAN_CONFLICT",
    409,
    "This version of the rate plan exists with other terms.",
    when="The account service tells the ledger a version of a product that exists with other terms.",
    remedy="Nothing a client can do: services answer each other with it.",
)
NOT_REVERSIBLE = Refusal(
    "NOT_REVERSIBLE",
    400,
    "This can be reversed no more.",
    when="What is to be reversed is a reversal itself, what a dispute gave back or took, or was given back already.",
    remedy="Look at `details.type` and at `details.reversed_amount`: nothing may be left to give back. Else make the "
    "payment again, or decide the dispute.",
    example={"type": REVERSAL, "currency": "EUR", "reversed_amount": "0.00"},
)
REVERSAL_TOO_LARGE = Refusal(
    "REVERSAL_TOO_LARGE",
    400,
    "That is more than is left of the original to reverse.",
    when="More is to be reversed than is left of the original.",
    remedy="Reverse `details.available` or less, or leave `amount` out for all that is left.",
    example={"currency": "EUR", "available": "7.50", "amount": "12.34"},
)
HOLD_NOT_PENDING = Refusal(
    "HOLD_NOT_PENDING",
    409,
    "This hold has ended.",
    when="The hold was captured, given back or has expired.",
    remedy="Look at `details.status`. To take money all the same, place a new hold.",
    example={"status": "expired"},
)
MORE_THAN_HELD = Refusal(
    "MORE_THAN_HELD",
    400,
    "That is more than is still held.",
    when="More is to be captured or given back than the hold still holds.",
    remedy="Ask for `details.available` or less, or leave `amount` out for all that is left.",
    example={"currency": "EUR", "available": "7.50", "amount": "12.34"},
)
HOLD_OF_CARD_PAYMENT = Refusal(
    "HOLD_OF_CARD_PAYMENT",
    409,
    "This money is held for a card payment.",
    when="What a card payment holds is to be taken, or a part of what it holds of another currency given back.",
    remedy="Capture or reverse the authorization `details.authorization_id`, or give back all that is held.",
    example={"authorization_id": "0196f0c4-8d5e-7f3a-9b21-6c4d0e8f7a35"},
)
AUTHORIZATION_ENDED = Refusal(
    "AUTHORIZATION_ENDED",
    409,
    "This authorization has ended.",
    when="The authorization was declined, reversed, has been collected, or has expired where nothing can be held on.",
    remedy="Look at `details.status`. Ask for a new authorization, or clear the payment without one.",
    example={"status": "reversed"},
)
CARD_CONFLICT = Refusal(
    "CARD_CONFLICT",
    409,
    "This card exists with other facts, or another card has its number.",
    when="The account service tells the ledger of a card that it knows with other facts.",
    remedy="Nothing a client can do: services answer each other with it.",
)
NOT_DISPUTABLE = Refusal(
    "NOT_DISPUTABLE",
    409,
    "There is nothing of this transaction to dispute.",
    when="What is disputed is no card payment, was paid to oneself, or was given back or disputed already.",
    remedy="Look at the transaction's `type`, `card` and `reversed_amount`.",
)
DISPUTE_TOO_LATE = Refusal(
    "DISPUTE_TOO_LATE",
    409,
    "It is too late to dispute this payment.",
    when="More than 120 days of the bank have passed since the day on which the card payment was posted.",
    remedy="Ask the merchant for a refund: it could be disputed until `details.until`.",
    example={"until": "2030-03-01T23:00:00.000000Z"},
)
PAYMENT_DISPUTED = Refusal(
    "PAYMENT_DISPUTED",
    409,
    "This card payment is disputed, or was: nobody reverses it by hand.",
    when="Staff reverse a card payment about which there is a dispute, decided or not: the money would come back past "
    "it.",
    remedy="Decide the dispute `details.dispute_id`. If it was decided for the shop, the shop may refund the payment.",
    example={"dispute_id": "0196f0c4-8d5e-7f3a-9b21-6c4d0e8f7a35"},
)
DISPUTE_RESOLVED = Refusal(
    "DISPUTE_RESOLVED",
    409,
    "This dispute is decided.",
    when="The dispute was won or lost before.",
    remedy="Look at `details.status`.",
    example={"status": "won"},
)
BATCH_ABORTED = Refusal(
    "BATCH_ABORTED",
    400,
    "Another item of this all-or-nothing batch was refused; nothing was done.",
    when="Another item of a batch with `atomic` was refused; only items are refused with it.",
    remedy="Correct the item that was refused for a reason of its own, and send the batch again.",
)
CLOCK_BACKWARDS = Refusal(
    "CLOCK_BACKWARDS",
    400,
    "The bank clock moves forward only.",
    when="The bank clock is to be set to a time that has passed, or too far ahead.",
    remedy="Give a later time than `details.bank_time`, and none after `details.limit`.",
    example={"bank_time": "2026-11-20T15:04:05.123456Z", "limit": "2126-10-27T15:04:05.123456Z"},
)
CLOCK_JUMPED = Refusal(
    "CLOCK_JUMPED",
    503,
    "This machine's clock has jumped ahead. Nothing is booked until it is right again or an administrator confirms it.",
    retryable=True,
    retry_after_seconds=60,
    when="The clock of the machine that the bank runs on is far ahead of what it was.",
    remedy="Whoever runs the bank sets it right, or confirms it with `POST /api/transactions/clock/confirm`.",
    example={"machine_time": "2026-11-20T15:04:05.123456Z"},
)

STORED: frozenset[Refusal] = frozenset(
    {
        INSUFFICIENT_FUNDS,
        MOVEMENT_LIMIT_EXCEEDED,
        DAILY_LIMIT_EXCEEDED,
        NOTICE_REQUIRED,
        SAME_ACCOUNT,
        CURRENCY_MISMATCH,
        BALANCE_TOO_LARGE,
        NOT_REVERSIBLE,
        REVERSAL_TOO_LARGE,
        MORE_THAN_HELD,
        MORE_THAN_OWED,
        AMOUNT_TOO_SMALL,
        QUOTE_MISMATCH,
    }
)

CREDIT_REFUSALS = (
    CLOCK_JUMPED,
    MOVEMENT_LIMIT_EXCEEDED,
    CURRENCY_MISMATCH,
    BALANCE_TOO_LARGE,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    NOT_FOUND,
)
"""With what money may be refused on its way into an account."""
REVERSAL_REFUSALS = (
    CLOCK_JUMPED,
    OWN_INTEREST,
    INSUFFICIENT_FUNDS,
    CURRENCY_MISMATCH,
    BALANCE_TOO_LARGE,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    NOT_REVERSIBLE,
    PAYMENT_DISPUTED,
    REVERSAL_TOO_LARGE,
    AMOUNT_TOO_SMALL,
)
"""With what a reversal may be refused."""
DEBIT_REFUSALS = (
    CLOCK_JUMPED,
    OWN_INTEREST,
    INSUFFICIENT_FUNDS,
    MOVEMENT_LIMIT_EXCEEDED,
    DAILY_LIMIT_EXCEEDED,
    NOTICE_REQUIRED,
    CURRENCY_MISMATCH,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    NOT_FOUND,
)
"""With what money may be refused on its way out of an account."""

HOLD_REFUSALS = (
    CLOCK_JUMPED,
    OWN_INTEREST,
    INSUFFICIENT_FUNDS,
    NOTICE_REQUIRED,
    CURRENCY_MISMATCH,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    NOT_FOUND,
)
"""With what holding money may be refused."""
VOID_REFUSALS = (CLOCK_JUMPED, OWN_INTEREST, HOLD_NOT_PENDING, HOLD_OF_CARD_PAYMENT, MORE_THAN_HELD, NOT_FOUND)
"""With what giving a hold back may be refused."""
CAPTURE_REFUSALS = (
    *HOLD_REFUSALS,
    HOLD_NOT_PENDING,
    HOLD_OF_CARD_PAYMENT,
    MORE_THAN_HELD,
    SAME_ACCOUNT,
    BALANCE_TOO_LARGE,
)
"""With what taking held money may be refused."""

AUTHORIZE_REFUSALS = (CLOCK_JUMPED, OWN_INTEREST, NOT_FOUND)
"""With what asking for a card payment may be refused; a decline is an answer."""
AUTHORIZATION_REFUSALS = (*AUTHORIZE_REFUSALS, AUTHORIZATION_ENDED, AMOUNT_TOO_SMALL)
"""With what dealing with an authorization may be refused."""
REVERSE_REFUSALS = (*AUTHORIZATION_REFUSALS, MORE_THAN_HELD)
"""With what giving an authorization back may be refused."""
CLEARING_REFUSALS = (
    *AUTHORIZE_REFUSALS,
    MOVEMENT_LIMIT_EXCEEDED,
    CURRENCY_MISMATCH,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    SAME_ACCOUNT,
    BALANCE_TOO_LARGE,
    RATE_UNAVAILABLE,
    AMOUNT_TOO_SMALL,
)
"""With what collecting without an authorization may be refused."""
CARD_CAPTURE_REFUSALS = (
    *REVERSE_REFUSALS,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    SAME_ACCOUNT,
    BALANCE_TOO_LARGE,
)
"""With what collecting what was authorized may be refused."""
REFUND_REFUSALS = (*CLEARING_REFUSALS, INSUFFICIENT_FUNDS, NOT_REVERSIBLE, REVERSAL_TOO_LARGE)
"""With what giving back what was paid by card may be refused."""
DISPUTE_REFUSALS = (
    CLOCK_JUMPED,
    OWN_INTEREST,
    NOT_DISPUTABLE,
    DISPUTE_TOO_LATE,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    BALANCE_TOO_LARGE,
)
"""With what disputing a card payment may be refused."""
RESOLVE_REFUSALS = (CLOCK_JUMPED, OWN_INTEREST, DISPUTE_RESOLVED, ACCOUNT_FROZEN, ACCOUNT_CLOSED)
"""With what deciding a dispute may be refused."""

ORDER_REFUSALS = (
    CLOCK_JUMPED,
    OWN_INTEREST,
    NOTICE_REQUIRED,
    SAME_ACCOUNT,
    CURRENCY_MISMATCH,
    MOVEMENT_LIMIT_EXCEEDED,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    RATE_LIMITED,
    USER_ERASED,
    NOT_FOUND,
)
"""With what a payment that is arranged beforehand may be refused when it is arranged."""

BATCH_ITEM_REFUSALS = (
    *DEBIT_REFUSALS,
    *CARD_CAPTURE_REFUSALS,
    *EXCHANGE_REFUSALS,
    SAME_ACCOUNT,
    BALANCE_TOO_LARGE,
    BATCH_ABORTED,
    MORE_THAN_OWED,
    NOTHING_OWED,
    FORBIDDEN,
    VALIDATION,
    RATE_LIMITED,
    IDEMPOTENCY_KEY_REUSED,
)
"""With what an item of a batch may be refused."""

REFUSALS: tuple[Refusal, ...] = (
    *sorted(STORED, key=lambda refusal: refusal.code),
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    ACCOUNT_HAS_CARD_PAYMENTS,
    ACCOUNT_HAS_COLLECTIONS,
    ACCOUNT_HAS_DISPUTES,
    ACCOUNT_NOT_EMPTY,
    ACCOUNT_CONFLICT,
    AUTHORIZATION_ENDED,
    BATCH_ABORTED,
    CARD_CONFLICT,
    CLOCK_BACKWARDS,
    CLOCK_JUMPED,
    DISPUTE_RESOLVED,
    DISPUTE_TOO_LATE,
    COLLECTION_SETTLED,
    MANDATE_EXISTS,
    MANDATE_IS_ONCE,
    MANDATE_NOT_ACTIVE,
    NOT_REFUNDABLE,
    ORDER_ENDED,
    PAYEE_EXISTS,
    PAYEE_LIMIT_REACHED,
    FORBIDDEN,
    HOLD_NOT_PENDING,
    HOLD_OF_CARD_PAYMENT,
    IDEMPOTENCY_KEY_REUSED,
    NOTHING_OWED,
    NOT_DISPUTABLE,
    NOT_FOUND,
    OWN_INTEREST,
    PAYMENT_DISPUTED,
    PLAN_CONFLICT,
    QUOTE_EXPIRED,
    QUOTE_USED,
    RATE_LIMITED,
    RATE_UNAVAILABLE,
    VALIDATION,
)
