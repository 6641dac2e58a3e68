"""Every way auth itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

INVALID_CREDENTIALS = Refusal("INVALID_CREDENTIALS", 401, "The user name or the password is wrong.")
TOO_MANY_ATTEMPTS = Refusal(
    "TOO_MANY_ATTEMPTS",
    429,
    "Too many wrong passwords; wait a little and try again.",
    retryable=True,
    retry_after_seconds=1,
)
USER_DISABLED = Refusal("USER_DISABLED", 403, "This log-in has been disabled; ask the bank.")
USERNAME_TAKEN = Refusal("USERNAME_TAKEN", 409, "This user name or e-mail address is already in use.")
WRONG_PASSWORD = Refusal("WRONG_PASSWORD", 400, "The current password is wrong.")
LAST_ADMIN = Refusal("LAST_ADMIN", 409, "This is the only active administrator; make another one first.")
NOT_A_SANDBOX = Refusal("NOT_A_SANDBOX", 403, "A bank can be reset in development only.")

REFUSALS: tuple[Refusal, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Refusal))
