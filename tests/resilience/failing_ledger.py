"""The ledger with points at which its process dies: `python -m tests.resilience.failing_ledger`.

A point is `before` or `after`, a colon, and `claim`, `entry`, `commit` or `reply`; the process dies once, at the one
that the file `FAILPOINT` names. The product knows nothing of this: the points are wrapped from outside.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

import shared.server
from transaction_service import app, routes
from transaction_service.ledger import idempotency_keys, journal
from transaction_service.ledger.orders import Order

DEATH = 9


def is_armed(point: str) -> bool:
    """Whether this is the point to die at."""
    marker = Path(os.environ["FAILPOINT"])
    return marker.exists() and marker.read_text() == point


def die_if_armed(point: str) -> None:
    """End this process as a power cut would: no cleanup, no reply."""
    if is_armed(point):
        Path(os.environ["FAILPOINT"]).unlink()
        os._exit(DEATH)


def around(function: Callable[..., Any], step: str) -> Callable[..., Any]:
    """The function with death before and after it."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        die_if_armed(f"before:{step}")
        result = function(*args, **kwargs)
        die_if_armed(f"after:{step}")
        return result

    return wrapped


def wrap() -> None:
    """Put death at every point, and the fast lane aside: its replies are not the ordinary route's, its commits are."""
    app.install_fast_lane = lambda *_: None
    idempotency_keys.claim = around(idempotency_keys.claim, "claim")
    journal.append = around(journal.append, "entry")
    event.listen(Engine, "commit", lambda _connection: die_if_armed("before:commit"))
    posted = routes._posted

    def replying(order: Order) -> Any:
        response = posted(order)
        die_if_armed("after:commit")  # the commit is done, the reply not yet begun
        if is_armed("before:reply"):
            content = response.get_data()

            def half() -> Any:
                yield content[: len(content) // 2]
                die_if_armed("before:reply")

            response.response = half()
        response.call_on_close(lambda: die_if_armed("after:reply"))
        return response

    routes._posted = replying


if __name__ == "__main__":
    wrap()
    shared.server.main("transaction_service")
