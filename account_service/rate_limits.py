"""How often one person may do what is asked for rarely and would be worth much to whoever does it over and over.

Whose account a number is may be asked often enough to pay people, too rarely to harvest names. Counted in this process,
or in Redis when `REDIS_URL` is set, so that several processes share one count.
"""

import time
from collections.abc import Callable

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from limits import parse

from shared.identity.access import current_identity
from shared.refusals import rate_limited


def limiter_of_people(app: Flask, redis_url: str) -> Limiter:
    """Counts for each person who makes requests of this app."""
    return Limiter(
        lambda: current_identity().user_id,
        app=app,
        storage_uri=redis_url or "memory://",
        strategy="moving-window",
        in_memory_fallback_enabled=bool(redis_url),
    )


def limit(limiter: Limiter, rate: str, *, of: str) -> Callable[[], None]:
    """A function that counts one such act of the person who makes the request being served.

    It raises Refused (429), with the seconds until the next one is let through, for one too many.
    """

    def count() -> None:
        try:
            with limiter.shared_limit(rate, scope=of):
                pass
        except RateLimitExceeded:
            used_up = limiter.current_limit
            wait_seconds = int(used_up.reset_at - time.time()) + 1 if used_up else 1
            item = parse(rate)
            raise rate_limited(item.amount, item.get_expiry(), wait_seconds) from None

    return count
