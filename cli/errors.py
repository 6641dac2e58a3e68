"""What can go wrong, each with the exit code that scripts see and a sentence that says what to do."""

from typing import Any


class CommandError(Exception):
    """The command ends here. `envelope` is the bank's own error body, when it sent one."""

    exit_code = 1

    def __init__(self, message: str, envelope: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.envelope = envelope or {
            "success": False,
            "message": message,
            "error_code": type(self).__name__.removesuffix("Error").upper(),
            "details": {},
            "request_id": None,
        }

    @property
    def code(self) -> str:
        """The bank's stable error code."""
        return str(self.envelope.get("error_code"))

    def fields(self) -> dict[str, str]:
        """The fields that the bank did not accept, and why."""
        details = self.envelope.get("details") or {}
        fields = details.get("fields") if isinstance(details, dict) else None
        return fields if isinstance(fields, dict) else {}


class RefusedError(CommandError):
    """The bank said no."""


class NotLoggedInError(CommandError):
    """There is no session, or it has ended."""

    exit_code = 3


class UnreachableError(CommandError):
    """Nobody answered; the bank has seen nothing of the request."""

    exit_code = 4


class OutcomeUnknownError(CommandError):
    """The request was sent and no answer came: it may have been carried out or not."""

    exit_code = 5
