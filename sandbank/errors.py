"""What can go wrong between a client and the bank, told apart by what the caller may do next."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbank.answers import Answer


class BankError(Exception):
    """Anything but a success. `code` is the API's stable error code, also where no reply came.

    `status` is 0 when nobody answered. `retry_after_seconds` is the bank's own word on when to ask again.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int = 0,
        details: dict[str, Any] | None = None,
        request_id: str | None = None,
        retry_after_seconds: float | None = None,
        body: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.details = details or {}
        self.request_id = request_id
        self.retry_after_seconds = retry_after_seconds
        self._body = body

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the request that the bank did not accept, and why."""
        found = self.details.get("fields")
        return found if isinstance(found, dict) else {}

    @property
    def body(self) -> dict[str, Any]:
        """The error envelope as the bank sent it; made up in the same shape when it sent none."""
        return self._body or {
            "success": False,
            "message": self.message,
            "error_code": self.code,
            "details": self.details,
            "request_id": self.request_id,
        }


class RefusedError(BankError):
    """The bank said no, and did nothing."""


class NotLoggedInError(BankError):
    """There is no session, or it has ended; or a log-in was not accepted. Nothing was done."""


class UnavailableError(BankError):
    """The bank, or a part of it, is away or busy. Nothing was done, so asking again is safe."""


class OutcomeUnknownError(BankError):
    """The request was sent and no clear answer came: the bank may have carried it out or not. Never "failed".

    `retry` sends the same request again with the same idempotency key, so that nothing happens twice.
    """

    def __init__(
        self,
        message: str,
        *,
        idempotency_key: str | None = None,
        again: "Callable[[], Answer[Any]] | None" = None,
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.idempotency_key = idempotency_key
        self._again = again

    @property
    def is_repeatable(self) -> bool:
        """Whether asking again cannot do anything twice."""
        return self._again is not None

    def retry(self) -> "Answer[Any]":
        """Ask again for the same. Raises ValueError when that could do something twice."""
        if self._again is None:
            message = "a request without an idempotency key could be carried out twice; look first what became of it"
            raise ValueError(message)
        return self._again()
