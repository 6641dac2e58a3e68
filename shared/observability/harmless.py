"""What only looks on must not harm what it looks at: its errors go to the log, and the work goes on."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog

from shared.observability.logs import cause_of

logger = structlog.get_logger(__name__)

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def harmless(observe: Callable[Parameters, Result]) -> Callable[Parameters, Result | None]:
    """The same function, but raising nothing: None instead, and the first of its errors in the log."""
    is_told = False

    @wraps(observe)
    def observed(*arguments: Parameters.args, **named: Parameters.kwargs) -> Result | None:
        nonlocal is_told
        try:
            return observe(*arguments, **named)
        except Exception as error:  # noqa: BLE001 (whatever it was, nobody who is looked at hears of it)
            if not is_told:
                is_told = True
                logger.warning("observing_failed", what=observe.__qualname__, cause=cause_of(error))
            return None

    return observed
