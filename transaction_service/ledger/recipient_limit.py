"""How often one person may name a recipient who does not exist: transfers must not tell which numbers there are.

The rate is that of looking account numbers up. Once it is used up every payment to a number waits, to one that exists
as well: the difference between the two is what somebody would be asking for.

Counted in this process, or in Redis when `REDIS_URL` is set, so that several processes share one count.
"""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from limits import parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter, RateLimiter
from sqlalchemy import select

from shared.observability.logs import cause_of
from shared.refusals import Refused, rate_limited
from shared.storage.database import Database
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.orders import Order
from transaction_service.models import accounts

logger = structlog.get_logger(__name__)

T = TypeVar("T")

_NUMBERS_AT_ONCE = 500
_WHAT = "unknown-recipients"
_REDIS_SECONDS = 0.2
_ALONE_SECONDS = 10.0


class RecipientLimit:
    """Counts the unknown numbers that a person has named, in a moving window. While Redis is away it counts alone."""

    def __init__(self, database: Database, rate: str, redis_url: str = "") -> None:
        self._database = database
        self._rate = parse(rate)
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared: RateLimiter | None = None
        self._alone_until = 0.0
        if redis_url:
            waits = {"socket_timeout": _REDIS_SECONDS, "socket_connect_timeout": _REDIS_SECONDS}
            storage = storage_from_string(redis_url, wrap_exceptions=True, **waits)
            self._shared = MovingWindowRateLimiter(storage)

    def too_many(self, actor: Actor, orders: Sequence[Order]) -> dict[int, Refused]:
        """Which of one person's orders are refused for the numbers named before them, by place; counts the unknown."""
        by_number = [place for place, order in enumerate(orders) if order.to_account_number is not None]
        if not by_number or actor.is_staff or actor.is_service:
            return {}
        known = self._known({order.to_account_number for order in orders if order.to_account_number is not None})
        used_up = self._is_used_up(actor)
        refused: dict[int, Refused] = {}
        for place in by_number:
            if not used_up and orders[place].to_account_number not in known:
                used_up = not self._hit(actor)
            if used_up:
                refused[place] = self._refused(actor)
        return refused

    def check_number(self, actor: Actor, number: str) -> None:
        """Count a number that somebody names where no account has it. Raises Refused (429) for one too many."""
        self.check_guess(actor)
        self.check_guess(actor, is_right=number in self._known({number}))

    def check_guess(self, actor: Actor, *, is_right: bool | None = None) -> None:
        """Ask whether somebody may guess, or, once it is known, count a guess that was wrong.

        Raises Refused (429) for one too many.
        """
        if actor.is_staff or actor.is_service:
            return
        if self._is_used_up(actor) if is_right is None else not is_right and not self._hit(actor):
            raise self._refused(actor)

    def _is_used_up(self, actor: Actor) -> bool:
        return not self._ask(lambda limiter: limiter.test(self._rate, _WHAT, actor.user_id))

    def _hit(self, actor: Actor) -> bool:
        return self._ask(lambda limiter: limiter.hit(self._rate, _WHAT, actor.user_id))

    def _ask(self, question: Callable[[RateLimiter], T]) -> T:
        if self._shared is not None and time.monotonic() >= self._alone_until:
            try:
                return question(self._shared)
            except StorageError as error:
                logger.warning("redis_away", cause=cause_of(error.storage_error))
                self._alone_until = time.monotonic() + _ALONE_SECONDS
        return question(self._own)

    def _known(self, numbers: set[str]) -> set[str]:
        wanted = sorted(numbers)
        found: set[str] = set()
        with self._database.read() as connection:
            for start in range(0, len(wanted), _NUMBERS_AT_ONCE):
                some = wanted[start : start + _NUMBERS_AT_ONCE]
                query = select(accounts.c.account_number).where(accounts.c.account_number.in_(some))
                found.update(connection.execute(query).scalars())
        return found

    def _refused(self, actor: Actor) -> Refused:
        window = self._ask(lambda limiter: limiter.get_window_stats(self._rate, _WHAT, actor.user_id))
        wait_seconds = int(window.reset_time - time.time()) + 1
        message = "Too many account numbers that do not exist; wait a moment before paying to a number again."
        return rate_limited(self._rate.amount, self._rate.get_expiry(), wait_seconds, message)
