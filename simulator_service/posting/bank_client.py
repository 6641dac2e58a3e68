"""The bank as the simulator sees it: the gateway's public API, called with the simulator's own token.

A call that got no clear answer is made again, with the same keys, until the bank answers or patience runs out: "outcome
unknown" is never "failed", and the keys keep a repeated call from doing anything twice.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sandbank import Client, Patience, RefusedError, ServiceCredentials, Transport, UnavailableError
from sandbank.patience import PASSING_CODES
from sandbank.types import AccountBatchResult, BatchResult, ItemError, User
from shared.clock import from_wire, to_wire
from shared.refusals import Refused

TIMEOUT_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.05
CLOCK_PAUSE_SECONDS = 0.2
_UNCLEAR_CODES = PASSING_CODES | {"SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED"}

Result = TypeVar("Result", AccountBatchResult, BatchResult)


class EngineStoppingError(Exception):
    """The service is stopping; what is not finished goes on when it starts again."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many planned events the bank carried out and how many it refused."""

    posted: int
    refused: int


class BankClient:
    """Calls the bank for one job at a time. Every method raises BankError, and EngineStoppingError while it waits."""

    def __init__(
        self, transport: Transport, token: Callable[[], str], *, patience_seconds: float, stopping: threading.Event
    ) -> None:
        self._patience_seconds = patience_seconds
        self._stopping = stopping
        self._bank = Client(
            transport=transport,
            credentials=ServiceCredentials(lambda: _asked(token)),
            patience=Patience(patience_seconds, pause=self._pause, first_pause_seconds=FIRST_PAUSE_SECONDS),
            timeout_seconds=TIMEOUT_SECONDS,
        )

    def follow_as(self, request_id: str) -> None:
        """Send this id with each call from now on, so that a job can be followed through the bank's logs."""
        self._bank.request_id = request_id

    def time(self) -> str:
        """The bank clock as the bank writes it."""
        return self._bank.transactions.clock().data["bank_time"]

    def time_us(self) -> int:
        """The bank clock, microseconds since the epoch."""
        return from_wire(self.time())

    def move_clock_to(self, moment_us: int) -> None:
        """Move the bank clock forward to a whole second, and wait until it is there; nothing when it is later already.

        It waits for what falls due on its way. Raises UnavailableError when it comes no further for too long.
        """
        money = self._bank.transactions
        try:
            seen = money.advance_clock_to(to_wire(moment_us)).data
        except RefusedError as error:
            if error.code != "CLOCK_BACKWARDS":
                raise
            return
        deadline = time.monotonic() + self._patience_seconds
        while seen["target_time"] is not None and from_wire(seen["bank_time"]) < moment_us:
            if time.monotonic() > deadline:
                message = "The bank clock waits for work that does not get done; try again later."
                raise UnavailableError(message, code="SERVICE_UNAVAILABLE")
            self._pause(CLOCK_PAUSE_SECONDS)
            before, seen = seen, money.clock().data
            if seen != before:
                deadline = time.monotonic() + self._patience_seconds

    def make_users(self, users: Sequence[dict[str, str]], password: str) -> list[User]:
        """Make up to 1,000 synthetic customers; the users, in the same order."""
        return self._bank.auth.add_synthetic_users(users, password).data

    def open_accounts(self, accounts: Sequence[dict[str, str]]) -> list[str]:
        """Open up to 500 accounts of synthetic customers; their ids, in the same order.

        Each has its own idempotency key, so asking again gives the same accounts. Raises RefusedError with the bank's
        reason when one cannot be opened.
        """
        opened = []
        for result in self._clear(lambda: self._bank.accounts.create_batch(accounts).data):
            error, account = result.get("error"), result.get("account")
            if error is not None:
                raise RefusedError(error["message"], code=error["error_code"], details=error["details"])
            if account is not None:
                opened.append(account["id"])
        return opened

    def post(self, items: Sequence[dict[str, object]]) -> Tally:
        """Post planned events in order, in one request; what became of them. A replayed one counts as it did then."""
        results = self._clear(lambda: self._bank.transactions.batch(items).data)
        posted = sum(1 for result in results if result.get("transaction"))
        return Tally(posted, len(results) - posted)

    def _clear(self, ask: Callable[[], list[Result]]) -> list[Result]:
        """The results of a batch once each of its items has a clear answer.

        Raises UnavailableError when patience runs out before: an item without one must not count as refused.
        """
        deadline = time.monotonic() + self._patience_seconds
        while True:
            results = ask()
            if not any(_is_unclear(result.get("error")) for result in results):
                return results
            if time.monotonic() > deadline:
                message = "The bank gives no clear answer; try again later."
                raise UnavailableError(message, code="SERVICE_UNAVAILABLE")
            self._pause(FIRST_PAUSE_SECONDS)

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise EngineStoppingError


def _is_unclear(error: ItemError | None) -> bool:
    return error is not None and error["error_code"] in _UNCLEAR_CODES


def _asked(token: Callable[[], str]) -> str:
    try:
        return token()
    except Refused as refused:
        message = refused.message or refused.refusal.message
        raise UnavailableError(message, code=refused.refusal.code, status=refused.refusal.status) from None
