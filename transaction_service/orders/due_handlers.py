"""What the bank does of payments arranged beforehand when their time has come."""

from collections.abc import Callable
from functools import partial

from transaction_service.due_work import queue
from transaction_service.due_work.worker import Handler
from transaction_service.orders.collecting import collect, expire_mandates
from transaction_service.orders.execution import execute_orders


def handlers(now_us: Callable[[], int]) -> dict[str, Handler]:
    """Who does which kind of work; `now_us` is this machine's time, to book at."""
    pay = partial(execute_orders, now_us)
    return {
        queue.STANDING_ORDER: pay,
        queue.SCHEDULED_PAYMENT: pay,
        queue.DIRECT_DEBIT: partial(collect, now_us),
        queue.MANDATE_EXPIRY: expire_mandates,
    }
