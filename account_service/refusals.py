"""Every way in which the account service itself says no; the general ones are in `shared/refusals.py`. Pure."""

from shared.refusals import Refusal

ACCOUNT_NOT_EMPTY = Refusal("ACCOUNT_NOT_EMPTY", 409, "The account still holds money; move it first.")
ACCOUNT_FROZEN = Refusal("ACCOUNT_FROZEN", 409, "The account is frozen; only the bank can change that.")
ACCOUNT_CLOSED = Refusal("ACCOUNT_CLOSED", 409, "The account is closed, and stays so.")
ACCOUNT_BUSY = Refusal(
    "ACCOUNT_BUSY",
    409,
    "Another change of this account is still being carried out; try again shortly.",
    retryable=True,
    retry_after_seconds=1,
)
OPENING_REFUSED = Refusal("OPENING_REFUSED", 409, "The account could not be opened.")
OWNER_UNKNOWN = Refusal("OWNER_UNKNOWN", 404, "There is no such customer.")
OWNER_DISABLED = Refusal("OWNER_DISABLED", 409, "This customer has been disabled; no account can be opened for them.")
NOT_SYNTHETIC = Refusal("NOT_SYNTHETIC", 403, "A simulation acts for synthetic customers only.")
MOVEMENT_LIMIT_EXCEEDED = Refusal(
    "MOVEMENT_LIMIT_EXCEEDED", 400, "The amount is above the account's limit per payment."
)
ACCOUNT_LIMIT_REACHED = Refusal(
    "ACCOUNT_LIMIT_REACHED", 409, "This customer has as many accounts as one person may; close one first."
)
OWN_INTEREST = Refusal(
    "OWN_INTEREST", 403, "This is an account of your own: somebody else at the bank must do it for you."
)
NOT_A_SANDBOX = Refusal("NOT_A_SANDBOX", 403, "A bank can be reset in development only.")

REFUSALS: tuple[Refusal, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Refusal))
