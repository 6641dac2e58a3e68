"""Ways to say no that more than one service has, each written once; those of every service are in refusals.py. Pure."""

from shared.refusals import Refusal

MOVEMENT_LIMIT_EXCEEDED = Refusal(
    "MOVEMENT_LIMIT_EXCEEDED",
    400,
    "The amount is above this account's limit per payment.",
    when="One payment is above what the account allows in one.",
    remedy="Pay `details.limit` or less at once.",
    example={"currency": "EUR", "limit": "10000.00", "amount": "12000.00"},
)
ACCOUNT_FROZEN = Refusal(
    "ACCOUNT_FROZEN",
    409,
    "The account is frozen; nothing happens on it until the bank unfreezes it.",
    when="The bank has frozen the account, or one side of the payment.",
    remedy="Ask the bank; when it has unfrozen the account, send the request with a new Idempotency-Key.",
)
ACCOUNT_CLOSED = Refusal(
    "ACCOUNT_CLOSED",
    409,
    "The account is closed.",
    when="The account, or one side of the payment, was closed.",
    remedy="Use another account.",
)
ACCOUNT_NOT_EMPTY = Refusal(
    "ACCOUNT_NOT_EMPTY",
    409,
    "The account still holds money; move it first.",
    when="An account is to be closed that still holds money.",
    remedy="Move `details.balance` to another account, then close it.",
    example={"currency": "EUR", "balance": "12.34"},
)
ACCOUNT_HAS_DISPUTES = Refusal(
    "ACCOUNT_HAS_DISPUTES",
    409,
    "A card payment from this account is disputed; it can be closed once that is decided.",
    when="An account is to be closed of which a dispute is open: what that gave back may have to go again.",
    remedy="Wait until the bank has decided the dispute, then close the account.",
)
NOT_A_SANDBOX = Refusal(
    "NOT_A_SANDBOX",
    403,
    "A bank can be reset in development only.",
    when="A bank in production is to be reset.",
    remedy="Nothing: it stays as it is. A bank in development can be reset.",
)
TOO_MANY_ATTEMPTS = Refusal(
    "TOO_MANY_ATTEMPTS",
    429,
    "Too many wrong passwords; wait a little and try again.",
    retryable=True,
    retry_after_seconds=1,
    when="Several wrong passwords came for one name, or from one address.",
    remedy="Wait `details.retry_after_seconds`, which is also `Retry-After`.",
)
WRONG_PASSWORD = Refusal(
    "WRONG_PASSWORD",
    400,
    "The current password is wrong.",
    when="The password that proves who you are is wrong.",
    remedy="Send the current password.",
)
