"""How long a client goes on asking for what has no clear answer yet. The same request, the same idempotency key."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sandbank.errors import BankError, OutcomeUnknownError, UnavailableError

T = TypeVar("T")

PASSING_CODES = frozenset({"IDEMPOTENCY_KEY_IN_FLIGHT", "TOKEN_EXPIRED", "RATE_LIMITED"})


def is_passing(error: BankError) -> bool:
    """Whether asking again, with the same key, is safe and may be answered otherwise."""
    if isinstance(error, OutcomeUnknownError):
        return error.is_repeatable
    return isinstance(error, UnavailableError) or error.status == 429 or error.code in PASSING_CODES


@dataclass(frozen=True)
class Patience:
    """Ask again for `seconds`. `pause` waits between two attempts and may raise to give up (a program that stops).

    With no seconds at all, which is the default, each request is sent once.
    """

    seconds: float = 0.0
    pause: Callable[[float], object] = time.sleep
    first_pause_seconds: float = 0.05
    longest_pause_seconds: float = 2.0

    def until_clear(self, attempt: Callable[[], T]) -> T:
        """The first clear answer. Raises the last BankError when it is clear, or when patience has run out."""
        deadline, pause_seconds = time.monotonic() + self.seconds, self.first_pause_seconds
        while True:
            try:
                return attempt()
            except BankError as error:
                if not is_passing(error) or time.monotonic() >= deadline:
                    raise
                self.pause(error.retry_after_seconds or pause_seconds)
                pause_seconds = min(pause_seconds * 2, self.longest_pause_seconds)
