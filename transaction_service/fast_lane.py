"""The routes that post one order, answered without Flask: what each view declares, read once (shared/fast_lane.py)."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, get_type_hints

from flask import Flask

from shared.fast_lane import Call, FastLane, Headers, LaneRoute, Work
from shared.refusals import Refused
from transaction_service.context import LedgerContext
from transaction_service.ledger.commit_queue import LONGEST_WAIT_SECONDS, Submission
from transaction_service.requests import actor_of, order, reply_headers, reply_text

_CHANNEL = "HTTP_X_BANK_CHANNEL"


class _Posting:
    """An order in the commit queue, and the reply that comes of it."""

    __slots__ = ("_submission", "give_up_at")

    def __init__(self, submission: Submission) -> None:
        self._submission = submission
        self.give_up_at = submission.give_up_at

    def when_ready(self, notify: Callable[[], None]) -> None:
        self._submission.answer.add_done_callback(lambda _: notify())

    def answer(self) -> tuple[int, str, Headers]:
        (outcome,) = self._submission.outcomes()
        return outcome.http_status, reply_text(outcome), reply_headers(outcome)


class _Refusal:
    """A refusal that has been counted, so that nobody may come to it a second time."""

    __slots__ = ("_refused", "give_up_at")

    def __init__(self, refused: Refused) -> None:
        self._refused = refused
        self.give_up_at = time.monotonic()

    def when_ready(self, notify: Callable[[], None]) -> None:
        notify()

    def answer(self) -> tuple[int, str, Headers]:
        raise self._refused


def install_fast_lane(app: Flask, context: LedgerContext) -> None:
    """Put the lane before the app, once all its routes are there."""
    routes = []
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        movement_type = getattr(view, "posts", None)
        if movement_type is not None:
            begin = partial(_begin, context, movement_type)
            payload = get_type_hints(view)["body"]
            routes.append(LaneRoute(rule.rule, rule.endpoint, view.access, payload, begin))
    lane = FastLane(app, routes)
    app.extensions["fast_lane"] = lane
    app.wsgi_app = lane  # type: ignore[method-assign]  # how Flask documents WSGI middleware


def _begin(context: LedgerContext, movement_type: str, call: Call, may_wait: bool) -> Work | None:
    """Submit the order. Whoever pays to a number waits for a look at which numbers there are."""
    actor = actor_of(call.identity, call.environ.get(_CHANNEL))
    posted = order(actor, movement_type, call.payload, key=call.key, request_id=call.request_id)
    if posted.to_account_number is not None:
        if not may_wait:
            return None
        for refused in context.recipients.too_many(actor, [posted]).values():
            return _Refusal(refused)
    give_up_at = time.monotonic() + LONGEST_WAIT_SECONDS if call.deadline is None else call.deadline
    return _Posting(context.commits.submit([posted], give_up_at))
