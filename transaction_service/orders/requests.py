"""From an HTTP request about what is arranged beforehand to one commit, and from what came of it to a reply."""

from collections.abc import Callable
from typing import TypeVar

from flask import Response, g
from sqlalchemy import Connection

from transaction_service.context import context
from transaction_service.due_work import bank_clock
from transaction_service.ledger.orders import Outcome
from transaction_service.orders.arrangement import Arrangement
from transaction_service.requests import current_actor, reply_to

T = TypeVar("T")


def arranged(work: Callable[[Arrangement], T]) -> T:
    """Do it in one commit; what falls due by it is looked at at once. Raises Refused as `work` does."""
    actor = current_actor()

    def commit(connection: Connection) -> T:
        now_us = context().machine_clock.now_us()
        bank_time = bank_clock.read(connection, now_us=now_us).now_us
        return work(Arrangement(connection, actor, g.request_id, now_us, bank_time))

    done: T = context().database.repeatedly(commit)
    context().due_worker.wake()
    return done


def replied(work: Callable[[Arrangement], Outcome]) -> Response:
    """The same, and the reply that it gave, or gave before."""
    return reply_to(arranged(work))
