"""The ledger with one point at which its process dies: `python -m tests.resilience.failing_ledger`.

`FAILPOINT` is `before` or `after`, a colon, and `claim`, `entry`, `commit` or `reply`; the process dies there once,
while the file `FAILPOINT_ARMED` exists. The product knows nothing of this: the points are wrapped from outside.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

import shared.server
from transaction_service import routes
from transaction_service.ledger import journal
from transaction_service.ledger.orders import Order

DEATH = 9


def die_if_armed() -> None:
    """End this process as a power cut would: no cleanup, no reply."""
    marker = Path(os.environ["FAILPOINT_ARMED"])
    if marker.exists():
        marker.unlink()
        os._exit(DEATH)


def around(function: Callable[..., Any], moment: str) -> Callable[..., Any]:
    """The function with death before or after it, when it has something to write."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if moment == "before":
            die_if_armed()
        result = function(*args, **kwargs)
        if moment == "after":
            die_if_armed()
        return result

    return wrapped


def arm(failpoint: str) -> None:
    """Wrap the one place that the failpoint names."""
    moment, _, step = failpoint.partition(":")
    if step == "claim":
        journal.claim_keys = around(journal.claim_keys, moment)
    elif step == "entry":
        journal.append = around(journal.append, moment)
    elif step == "commit" and moment == "before":
        event.listen(Engine, "commit", lambda _connection: die_if_armed())
    elif step == "commit":
        finished = routes._posted
        routes._posted = around(finished, "after")  # the commit is done, the reply not yet begun
    else:
        _arm_reply(moment)


def _arm_reply(moment: str) -> None:
    posted = routes._posted

    def replying(order: Order) -> Any:
        response = posted(order)
        if moment == "before":
            content = response.get_data()

            def half() -> Any:
                yield content[: len(content) // 2]
                die_if_armed()
                yield content[len(content) // 2 :]

            response.response = half()
        else:
            response.call_on_close(die_if_armed)
        return response

    routes._posted = replying


if __name__ == "__main__":
    arm(os.environ["FAILPOINT"])
    shared.server.main("transaction_service")
