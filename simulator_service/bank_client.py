"""The bank as the simulator sees it: the gateway's public API, called with the simulator's own token.

A call that got no clear answer is made again, with the same keys, until the bank answers or patience runs out: "outcome
unknown" is never "failed", and the keys keep a repeated call from doing anything twice.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared import services
from shared.clock import from_datetime, to_wire
from shared.discovery import Discovery
from shared.http_client import REQUEST_ID_HEADER, ServiceClient
from shared.refusals import UNAVAILABLE, Refusal, Refused

TIMEOUT_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
_TRANSIENT_CODES = frozenset({"IDEMPOTENCY_KEY_IN_FLIGHT", "TOKEN_EXPIRED", "SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED"})


class EngineStoppingError(Exception):
    """The service is stopping; what is not finished goes on when it starts again."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many planned events the bank carried out and how many it refused."""

    posted: int
    refused: int


class BankClient:
    """Calls the bank for one job at a time; `request_id` is sent with each call, so that logs can be followed."""

    def __init__(
        self, discovery: Discovery, token: Callable[[], str], *, patience_seconds: float, stopping: threading.Event
    ) -> None:
        self._gateway = ServiceClient(services.GATEWAY, discovery)
        self._token = token
        self._patience_seconds = patience_seconds
        self._stopping = stopping
        self.request_id = "simulator"

    def time(self) -> str:
        """The bank clock as the bank writes it."""
        return str(self._ask("GET", "/api/transactions/clock")["bank_time"])

    def time_us(self) -> int:
        """The bank clock, microseconds since the epoch."""
        return from_datetime(datetime.fromisoformat(self.time()))

    def move_clock_to(self, moment_us: int) -> None:
        """Move the bank clock forward to a whole second; nothing happens when it is already later."""
        try:
            self._ask("POST", "/api/transactions/clock", {"advance_to": to_wire(moment_us)})
        except Refused as refused:
            if refused.refusal.code != "CLOCK_BACKWARDS":
                raise

    def make_users(self, users: Sequence[dict[str, str]], password: str) -> list[dict[str, Any]]:
        """Make up to 1,000 synthetic customers; the users, in the same order."""
        made: list[dict[str, Any]] = self._ask(
            "POST", "/api/auth/users/batch", {"users": list(users), "password": password}
        )
        return made

    def open_accounts(self, accounts: Sequence[dict[str, str]]) -> list[str]:
        """Open up to 500 accounts of synthetic customers; their ids, in the same order.

        Each has its own idempotency key, so asking again gives the same accounts. Raises Refused with the bank's reason
        when one cannot be opened.
        """
        results = self._ask_all("/api/accounts/batch", {"accounts": list(accounts)})
        for result in results:
            error = result.get("error")
            if error is not None:
                raise Refused(Refusal(error["error_code"], 400, error["message"]), details=error["details"])
        return [result["account"]["id"] for result in results]

    def post(self, items: Sequence[dict[str, Any]]) -> Tally:
        """Post planned events in order, in one request; what became of them. A replayed one counts as it did then."""
        results = self._ask_all("/api/transactions/batch", {"items": list(items)})
        posted = sum(1 for result in results if result.get("transaction"))
        return Tally(posted, len(results) - posted)

    def _ask_all(self, path: str, payload: object) -> list[dict[str, Any]]:
        """The results of a batch once each of its items has a clear answer.

        Raises Refused (503) when patience runs out before: an item without a clear answer must not count as refused.
        """
        deadline = time.monotonic() + self._patience_seconds
        while True:
            results: list[dict[str, Any]] = self._ask("POST", path, payload)
            is_clear = not any((result.get("error") or {}).get("error_code") in _TRANSIENT_CODES for result in results)
            if is_clear:
                return results
            if time.monotonic() > deadline:
                raise Refused(UNAVAILABLE, "The bank gives no clear answer; try again later.")
            self._pause(FIRST_PAUSE_SECONDS)

    def _ask(self, method: str, path: str, payload: object = None) -> Any:
        deadline, pause = time.monotonic() + self._patience_seconds, FIRST_PAUSE_SECONDS
        while True:
            try:
                answer = self._gateway.call(
                    method,
                    path,
                    token=self._token(),
                    payload=payload,
                    headers={REQUEST_ID_HEADER: self.request_id},
                    timeout_seconds=TIMEOUT_SECONDS,
                )
            except Refused as refused:
                is_worth_trying = refused.refusal.status in (429, *range(500, 600)) or (
                    refused.refusal.code in _TRANSIENT_CODES
                )
                if not is_worth_trying or time.monotonic() > deadline:
                    raise
                self._pause(refused.retry_after_seconds or pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                return answer.data

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise EngineStoppingError
