"""Every way in which the ledger says no: one closed list (LEDGER rule 10). Pure.

`STORED` are the business refusals: asking again with the same key gives the same answer again, also after the account
was funded. Conflicts with the present state (409), 404 and malformed requests are not stored.
"""

from shared.refusals import (
    FORBIDDEN,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    VALIDATION,
    Refusal,
)

INSUFFICIENT_FUNDS = Refusal("INSUFFICIENT_FUNDS", 400, "The account has too little money available for this.")
MOVEMENT_LIMIT_EXCEEDED = Refusal(
    "MOVEMENT_LIMIT_EXCEEDED", 400, "The amount is above this account's limit per payment."
)
DAILY_LIMIT_EXCEEDED = Refusal("DAILY_LIMIT_EXCEEDED", 400, "This would go above the account's limit for the day.")
SAME_ACCOUNT = Refusal("SAME_ACCOUNT", 400, "Money cannot be moved from an account to itself.")
CURRENCY_MISMATCH = Refusal("CURRENCY_MISMATCH", 400, "The accounts or the amount are in different currencies.")
BALANCE_TOO_LARGE = Refusal("BALANCE_TOO_LARGE", 400, "The account cannot hold that much money.")
ACCOUNT_FROZEN = Refusal("ACCOUNT_FROZEN", 409, "The account is frozen; no money moves on it.")
ACCOUNT_CLOSED = Refusal("ACCOUNT_CLOSED", 409, "The account is closed.")
ACCOUNT_NOT_EMPTY = Refusal("ACCOUNT_NOT_EMPTY", 409, "The account still holds money; move it first.")
ACCOUNT_CONFLICT = Refusal("ACCOUNT_CONFLICT", 409, "This account exists with other facts.")
NOT_REVERSIBLE = Refusal("NOT_REVERSIBLE", 400, "A reversal cannot itself be reversed.")
REVERSAL_TOO_LARGE = Refusal("REVERSAL_TOO_LARGE", 400, "That is more than is left of the original to reverse.")
BATCH_ABORTED = Refusal(
    "BATCH_ABORTED", 400, "Another item of this all-or-nothing batch was refused; nothing was done."
)
CLOCK_BACKWARDS = Refusal("CLOCK_BACKWARDS", 400, "The bank clock moves forward only.")
CLOCK_JUMPED = Refusal(
    "CLOCK_JUMPED",
    503,
    "This machine's clock has jumped ahead. Nothing is booked until it is right again or an administrator confirms it.",
    retryable=True,
    retry_after_seconds=60,
)

STORED: frozenset[Refusal] = frozenset(
    {
        INSUFFICIENT_FUNDS,
        MOVEMENT_LIMIT_EXCEEDED,
        DAILY_LIMIT_EXCEEDED,
        SAME_ACCOUNT,
        CURRENCY_MISMATCH,
        BALANCE_TOO_LARGE,
        NOT_REVERSIBLE,
        REVERSAL_TOO_LARGE,
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
    INSUFFICIENT_FUNDS,
    CURRENCY_MISMATCH,
    BALANCE_TOO_LARGE,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    NOT_REVERSIBLE,
    REVERSAL_TOO_LARGE,
)
"""With what a reversal may be refused."""
DEBIT_REFUSALS = (
    CLOCK_JUMPED,
    INSUFFICIENT_FUNDS,
    MOVEMENT_LIMIT_EXCEEDED,
    DAILY_LIMIT_EXCEEDED,
    CURRENCY_MISMATCH,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    NOT_FOUND,
)
"""With what money may be refused on its way out of an account."""

REFUSALS: tuple[Refusal, ...] = (
    *sorted(STORED, key=lambda refusal: refusal.code),
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    ACCOUNT_NOT_EMPTY,
    ACCOUNT_CONFLICT,
    BATCH_ABORTED,
    CLOCK_BACKWARDS,
    CLOCK_JUMPED,
    FORBIDDEN,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    VALIDATION,
)
