"""The bank as the simulator sees it: the gateway's public API, called with the simulator's own token.

A call that got no clear answer is made again, with the same keys, until the bank answers or patience runs out: "outcome
unknown" is never "failed", and the keys keep a repeated call from doing anything twice.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, TypeVar

from sandbank import Client, Patience, RefusedError, ServiceCredentials, Transport, UnavailableError
from sandbank.patience import PASSING_CODES
from sandbank.types import AccountBatchResult, BatchResult, ItemError, User
from shared.refusals import Refused
from shared.time.business_days import business_day
from shared.time.clock import from_wire, to_wire
from simulator_service.posting.items import Announcement, Item

TIMEOUT_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.05
CLOCK_PAUSE_SECONDS = 0.2
_UNCLEAR_CODES = PASSING_CODES | {"SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED"}

Result = TypeVar("Result", AccountBatchResult, BatchResult)


class EngineStoppingError(Exception):
    """The service is stopping; what is not finished goes on when it starts again."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many planned events the bank carried out and how many it refused.

    A card that was declined is a refusal; what is only held for a merchant counts when that is collected.
    """

    posted: int
    refused: int


class MonthlyPayment(NamedTuple):
    """A payment that is to be made each month."""

    from_account_id: str
    to_account_id: str
    amount: str
    first_on: str
    description: str


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

    def clock_runs(self) -> bool:
        """Whether the bank's clock goes by itself."""
        return self._bank.transactions.clock().data["running"]

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
        while seen["target_time"] is not None and from_wire(seen["bank_time"]) <= moment_us:
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

    def open_bank_at(self, moment_us: int) -> bool:
        """Let the bank begin at an earlier time; whether it does, which one with accounts does not."""
        try:
            self._bank.transactions.begin_clock_at(to_wire(moment_us))
        except RefusedError as error:
            if error.code != "CLOCK_BACKWARDS":
                raise
            return False
        return True

    def issue_card(self, account_id: str, key: str) -> str:
        """A debit card for the account; its id. Raises RefusedError."""
        return self._bank.cards.create(account_id, idempotency_key=key).data["id"]

    def issue_credit_card(self, settlement_account_id: str, billing_day: int, key: str) -> str:
        """A credit card whose bills are paid from the account on a day of each month; its id. Raises RefusedError."""
        cards = self._bank.cards
        return cards.create_credit(settlement_account_id, billing_day=billing_day, idempotency_key=key).data["id"]

    def place_standing_order(self, standing: MonthlyPayment, key: str) -> str:
        """Pay each month from a day on; the order's id. Raises RefusedError."""
        placed = self._bank.standing_orders.place(**standing._asdict(), frequency="monthly", idempotency_key=key)
        return placed.data["id"]

    def placed_standing_order(self, account_id: str, description: str) -> tuple[str, int]:
        """The id of the first order that pays from the account under this description, and when it was placed."""
        orders = self._bank.standing_orders.list(account_id=account_id, limit=200).data
        placed = [one for one in orders if one["description"] == description][-1]
        return placed["id"], from_wire(placed["created_at"])

    def account_number(self, account_id: str) -> str:
        """By which number others know the account. Raises RefusedError."""
        return self._bank.accounts.details(account_id).data["account_number"]

    def agree_to_direct_debits(self, creditor_id: str, debtor_number: str, *, reference: str, key: str) -> str:
        """The creditor asks for a mandate and the debtor confirms it; its id. Raises RefusedError."""
        debits = self._bank.direct_debits
        mandate_id = debits.request_mandate(creditor_id, debtor_number, reference, idempotency_key=key).data["id"]
        debits.confirm(mandate_id)
        return mandate_id

    def announce(self, announcement: Announcement) -> str | None:
        """A creditor announces what it collects, on the next day where that one has passed; its id, None when refused.

        The id is empty where it was announced for a later day before the step was cut off: the bank does not tell it.
        """
        try:
            return self._collect(announcement)
        except RefusedError as error:
            if error.code == "IDEMPOTENCY_KEY_REUSED":
                return ""
            if error.code != "VALIDATION_ERROR":
                return None
        tomorrow = business_day(self.time_us()) + timedelta(days=1)
        late = announcement._replace(due_on=tomorrow.isoformat())
        return self.unless_refused(lambda: self._collect(late))

    def unless_refused(self, ask: Callable[[], str]) -> str | None:
        """What the bank answers; None where it says no."""
        try:
            return ask()
        except RefusedError:
            return None

    def post(self, items: Sequence[Item]) -> list[BatchResult]:
        """Post planned events in order, in one request; what became of each. A replayed one is as it was then."""
        return self._clear(lambda: self._bank.transactions.batch(items).data)

    def _collect(self, announcement: Announcement) -> str:
        mandate_id, amount, due_on, description, key = announcement
        collected = self._bank.direct_debits.collect(
            mandate_id, amount, due_on=due_on, description=description, idempotency_key=key
        )
        return collected.data["id"]

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


def tally_of(results: Iterable[BatchResult]) -> Tally:
    """What these results come to."""
    posted = refused = 0
    for result in results:
        authorization = result.get("authorization")
        if authorization is None:
            posted += bool(result.get("transaction"))
            refused += not result.get("transaction")
        else:
            posted += authorization["status"] == "captured"
            refused += authorization["status"] == "declined"
    return Tally(posted, refused)


def _is_unclear(error: ItemError | None) -> bool:
    return error is not None and error["error_code"] in _UNCLEAR_CODES


def _asked(token: Callable[[], str]) -> str:
    try:
        return token()
    except Refused as refused:
        message = refused.message or refused.refusal.message
        raise UnavailableError(message, code=refused.refusal.code, status=refused.refusal.status) from None
