"""Every way auth itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

INVALID_CREDENTIALS = Refusal(
    "INVALID_CREDENTIALS",
    401,
    "The user name or the password is wrong.",
    when="The user name or e-mail address and the password do not belong together; which of them is wrong is not told.",
    remedy="Check both, and mind `TOO_MANY_ATTEMPTS`.",
)
RESET_TOKEN_INVALID = Refusal(
    "RESET_TOKEN_INVALID",
    400,
    "This link is not valid any more; ask for a new one.",
    when="The token of a password reset is unknown, was used, is older than 30 minutes, or the address has changed.",
    remedy="Ask for another with `POST /api/auth/forgot_password`.",
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
STAFF_NOT_ERASED = Refusal(
    "STAFF_NOT_ERASED",
    409,
    "People who work at the bank are not erased; what they did has to stay theirs.",
    when="An employee or an administrator is to be erased.",
    remedy="Make them a customer first, if they have left.",
)
LAST_ADMIN = Refusal(
    "LAST_ADMIN",
    409,
    "This is the only active administrator; make another one first.",
    when="The last active administrator is to be disabled or made something else.",
    remedy="Make another administrator first.",
)
