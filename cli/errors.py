"""What goes wrong before the bank is asked, and the exit code of each kind of error, which scripts see."""

from sandbank import BankError, NotLoggedInError, OutcomeUnknownError, UnavailableError

REFUSED, NOT_LOGGED_IN, UNAVAILABLE, OUTCOME_UNKNOWN = 1, 3, 4, 5


class CommandError(BankError):
    """The command ends here, and the bank was not asked, or has nothing to do with it. Codes are those of the API."""

    def __init__(self, message: str, *, code: str = "VALIDATION_ERROR", fields: dict[str, str] | None = None) -> None:
        super().__init__(message, code=code, details={"fields": fields} if fields else None)


class InvalidAddressError(CommandError):
    """There can be no bank at this address."""


class ConfigFolderError(CommandError):
    """The folder where sessions are kept cannot be written."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="STORAGE_UNAVAILABLE")


def exit_code_of(error: BankError) -> int:
    """The exit code that the help names."""
    if isinstance(error, NotLoggedInError):
        return NOT_LOGGED_IN
    if isinstance(error, UnavailableError):
        return UNAVAILABLE
    if isinstance(error, OutcomeUnknownError):
        return OUTCOME_UNKNOWN
    return REFUSED
