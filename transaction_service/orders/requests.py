"""From an HTTP request about what is arranged beforehand to one commit, and from what came of it to a reply."""

import json
from collections.abc import Callable
from typing import TypeVar

from flask import Response, g
from sqlalchemy import Connection

from shared.privacy.erased_people import check_not_erased
from transaction_service import audit
from transaction_service.audit import Act
from transaction_service.context import context
from transaction_service.due_work import bank_clock
from transaction_service.ledger.orders import REPLAYED, Outcome
from transaction_service.models import erased_people
from transaction_service.orders.arrangement import Arrangement
from transaction_service.requests import current_actor, reply_to

T = TypeVar("T")


def arranged(work: Callable[[Arrangement], T], act: Act | None = None) -> T:
    """Do it in one commit, which keeps what staff have done as the act says; what falls due by it is looked at at once.

    Raises Refused as `work` does, and (409) for somebody who was erased meanwhile.
    """
    actor = current_actor()

    def commit(connection: Connection) -> T:
        check_not_erased(connection, erased_people, actor.user_id)
        now_us = context().machine_clock.now_us()
        bank_time = bank_clock.read(connection, now_us=now_us).now_us
        arrangement = Arrangement(connection, actor, g.request_id, now_us, bank_time)
        return work(arrangement) if act is None or not audit.is_written(actor) else _written(arrangement, work, act)

    done: T = context().database.repeatedly(commit)
    context().due_worker.wake()
    return done


def replied(work: Callable[[Arrangement], Outcome], act: Act) -> Response:
    """The same, and the reply that it gave, or gave before."""
    return reply_to(arranged(work, act))


def _written(arrangement: Arrangement, work: Callable[[Arrangement], T], act: Act) -> T:
    connection = arrangement.connection
    known = None if act.before is None else act.before(connection)
    before = None if known is None else act.show(known)
    done = work(arrangement)
    if isinstance(done, Outcome):
        if done.status == REPLAYED:
            return done
        after = json.loads(done.body)
    else:
        after = act.show(done)
    by = audit.acting(arrangement.actor, arrangement.request_id)
    audit.write_arranged(connection, act, by, before=before, after=after, bank_time=arrangement.bank_time)
    return done
