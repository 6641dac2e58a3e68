"""Every way in which the account service itself says no; the general ones are in `shared/refusals.py`. Pure."""

from shared.refusals import Refusal

ACCOUNT_NOT_EMPTY = Refusal(
    "ACCOUNT_NOT_EMPTY",
    409,
    "The account still holds money; move it first.",
    when="An account is to be closed that still holds money.",
    remedy="Move `details.balance` to another account, then close it.",
    example={"balance": "12.34"},
)
ACCOUNT_FROZEN = Refusal(
    "ACCOUNT_FROZEN",
    409,
    "The account is frozen; only the bank can change that.",
    when="The bank has frozen the account, or one side of the payment.",
    remedy="Ask the bank; when it has unfrozen the account, send the request with a new Idempotency-Key.",
)
ACCOUNT_CLOSED = Refusal(
    "ACCOUNT_CLOSED",
    409,
    "The account is closed, and stays so.",
    when="The account, or one side of the payment, was closed.",
    remedy="Use another account.",
)
ACCOUNT_BUSY = Refusal(
    "ACCOUNT_BUSY",
    409,
    "Another change of this account is still being carried out; try again shortly.",
    retryable=True,
    retry_after_seconds=1,
    when="The account is being opened, frozen, unfrozen or closed at this moment.",
    remedy="Send the same request again after `Retry-After`.",
)
OPENING_REFUSED = Refusal(
    "OPENING_REFUSED",
    409,
    "The account could not be opened.",
    when="The account service was willing to open the account, and the ledger was not.",
    remedy="`details.reason` says why; open another account.",
    example={"reason": "The first deposit cannot be made."},
)
OWNER_UNKNOWN = Refusal(
    "OWNER_UNKNOWN",
    404,
    "There is no such customer.",
    when="An account is to be opened for somebody who is no customer.",
    remedy="Check `user_id`.",
)
OWNER_DISABLED = Refusal(
    "OWNER_DISABLED",
    409,
    "This customer has been disabled; no account can be opened for them.",
    when="An account is to be opened for a customer whose log-in is disabled.",
    remedy="An administrator can enable them again.",
)
NOT_SYNTHETIC = Refusal(
    "NOT_SYNTHETIC",
    403,
    "A simulation acts for synthetic customers only.",
    when="A simulation acts for somebody who was not made by one.",
    remedy="Act for customers made with `POST /api/auth/users/batch`.",
)
MOVEMENT_LIMIT_EXCEEDED = Refusal(
    "MOVEMENT_LIMIT_EXCEEDED",
    400,
    "The amount is above the account's limit per payment.",
    when="One payment is above what the account allows in one.",
    remedy="Pay `details.limit` or less at once.",
    example={"currency": "EUR", "limit": "10000.00", "amount": "12000.00"},
)
ACCOUNT_LIMIT_REACHED = Refusal(
    "ACCOUNT_LIMIT_REACHED",
    409,
    "This customer has as many accounts as one person may; close one first.",
    when="One person has as many open accounts as the bank allows.",
    remedy="Close one first.",
    example={"limit": 50, "used": 50},
)
NOT_A_SANDBOX = Refusal(
    "NOT_A_SANDBOX",
    403,
    "A bank can be reset in development only.",
    when="A bank in production is to be reset.",
    remedy="Nothing: it stays as it is. A bank in development can be reset.",
)

REFUSALS: tuple[Refusal, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Refusal))
