"""The routes that post one order, past Flask: what each view declares is read once (shared/http/fast_lane.py)."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, get_type_hints

from flask import Flask

from shared.http.fast_lane import Answer, Call, FastLane, LaneRoute
from shared.identity.tokens import TokenVerifier
from shared.refusals import Refused
from transaction_service.context import LedgerContext
from transaction_service.ledger.commit_queue import LONGEST_WAIT_SECONDS
from transaction_service.ledger.submission import Submission
from transaction_service.requests import OrderContext, OrderMaker, actor_of, reply_headers, reply_text


def install_fast_lane(app: Flask, context: LedgerContext) -> None:
    """Put the lane before the app, once all its routes are there."""
    routes = []
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        make_order = getattr(view, "order_of", None)
        if make_order is not None:
            parts = get_type_hints(view)
            begin = partial(_begin, context, app.extensions["token_verifier"], make_order)
            routes.append(LaneRoute(rule.rule, rule.endpoint, view.access, parts["body"], parts.get("path"), begin))
    lane = FastLane(app, routes)
    app.extensions["fast_lane"] = lane
    app.wsgi_app = lane  # type: ignore[method-assign]  # how Flask documents WSGI middleware


def _begin(context: LedgerContext, verifier: TokenVerifier, make_order: OrderMaker, call: Call) -> Callable[[], Answer]:
    """Submit the order; what waits for its outcome."""
    actor = actor_of(call.identity, call.environ, verifier)
    posted = make_order(OrderContext(context, actor, call.key, call.request_id), **call.parsed)
    for refused in context.recipients.too_many(actor, [posted]).values():
        return partial(_refuse, refused)  # it has been counted, so it is answered here: nobody may count it again
    give_up_at = time.monotonic() + LONGEST_WAIT_SECONDS if call.deadline is None else call.deadline
    return partial(_outcome, context.commits.submit([posted], give_up_at))


def _outcome(submission: Submission) -> Answer:
    (outcome,) = submission.outcomes()
    return outcome.http_status, reply_text(outcome), reply_headers(outcome)


def _refuse(refused: Refused) -> Answer:
    raise refused
