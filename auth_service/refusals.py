"""Every way auth itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

INVALID_CREDENTIALS = Refusal(
    "INVALID_CREDENTIALS",
    401,
    "The user name or the password is wrong.",
    when="The user name or e-mail address and the password do not belong together; which of them is wrong is not told.",
    remedy="Check both, and mind `TOO_MANY_ATTEMPTS`.",
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
USER_DISABLED = Refusal(
    "USER_DISABLED",
    403,
    "This log-in has been disabled; ask the bank.",
    when="The password is right, but an administrator has disabled the log-in.",
    remedy="Ask the bank.",
)
USERNAME_TAKEN = Refusal(
    "USERNAME_TAKEN",
    409,
    "This user name or e-mail address is already in use.",
    when="The user name or the e-mail address belongs to somebody already; which of them is not told.",
    remedy="Choose another, or log in.",
    sometimes={"usernames": ["ada"]},
)
WRONG_PASSWORD = Refusal(
    "WRONG_PASSWORD",
    400,
    "The current password is wrong.",
    when="The password that proves who you are is wrong.",
    remedy="Send the current password.",
)
LAST_ADMIN = Refusal(
    "LAST_ADMIN",
    409,
    "This is the only active administrator; make another one first.",
    when="The last active administrator is to be disabled or made something else.",
    remedy="Make another administrator first.",
)
