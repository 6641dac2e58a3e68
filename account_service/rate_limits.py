"""How often one person may ask whose account a number is: often enough to pay people, too rarely to harvest names.

Counted in this process, or in Redis when `REDIS_URL` is set, so that several processes share one count.
"""

from flask import Flask, g
from flask_limiter import Limiter

from shared.access import current_identity


def install_limiter(app: Flask, redis_url: str) -> Limiter:
    """The app's limiter. Counts per person, so it may only be asked where a person is known."""
    return Limiter(
        _person,
        app=app,
        storage_uri=redis_url or "memory://",
        strategy="moving-window",
        in_memory_fallback_enabled=bool(redis_url),
    )


def _person() -> str:
    return current_identity().user_id if "identity" in g else "nobody"
