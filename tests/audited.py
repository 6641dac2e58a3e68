"""Holds whatever any test has a service do to what the service writes down of it (shared/audit.py).

Whoever works at the bank, and did something by a route that declares its acts, left exactly one record of one of them
in the commit, and a batch one for each of its items; whoever does not, and whatever was answered again, left none.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from flask import Flask, Response, g, request, request_finished
from sqlalchemy import func, select

from notification_service.webhooks.acts import TAKEN_BACK
from shared.audit_enums import AuditAction, AuditResult
from shared.http.fast_lane import Call, FastLane, LaneRoute
from shared.identity.tokens import Identity

SECURITY = frozenset(
    {
        AuditAction.LOGGED_IN,
        AuditAction.LOGIN_FAILED,
        AuditAction.LOGIN_LOCKED,
        AuditAction.SESSION_ENDED,
        AuditAction.REFRESH_TOKEN_REUSED,
        AuditAction.PASSWORD_CHANGED,
        AuditAction.PROFILE_CHANGED,
        AuditAction.CARD_REVEALED,
        AuditAction.USER_ERASED,
    }
)
"""What is written down of everybody."""
OF_SIMULATIONS = frozenset(
    {AuditAction.USERS_CREATED, AuditAction.ACCOUNTS_OPENED, AuditAction.FAULT_ADDED, AuditAction.FAULT_REMOVED}
)
"""What is written down of programs too: they need `bank:simulate` for it."""


@contextmanager
def unaudited_acts() -> Iterator[list[str]]:
    """What was done meanwhile, and is not written down as it should be."""
    found: list[str] = []

    def look(app: Flask, response: Response, **_: Any) -> None:
        identity = g.get("identity")
        if "audit" in app.extensions and request.endpoint is not None and identity is not None:
            view = app.view_functions[request.endpoint]
            headers = dict(response.headers)
            found.extend(_problems(app, view, identity, (g.request_id, response.status_code, headers)))

    answer_of_lane = FastLane._answer

    def answer(lane: FastLane, route: LaneRoute, call: Call, *more: Any) -> Any:
        status, headers, body = answer_of_lane(lane, route, call, *more)
        view = lane._app.view_functions[route.endpoint]
        found.extend(_problems(lane._app, view, call.identity, (call.request_id, status, dict(headers))))
        return status, headers, body

    with request_finished.connected_to(look), pytest.MonkeyPatch.context() as patch:
        patch.setattr(FastLane, "_answer", answer)
        yield found


def records_of(app: Flask, request_id: str) -> list[dict[str, Any]]:
    """What this service wrote down in a request."""
    return _seen.setdefault(app, _Seen(app)).of_request(request_id)


class _Seen:
    """The records of an app, each read once: what thousands of requests wrote is not searched through for each."""

    def __init__(self, app: Flask) -> None:
        self._audit = app.extensions["audit"]
        self._lock = threading.Lock()
        self._after = 0
        self._by_request: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def of_request(self, request_id: str) -> list[dict[str, Any]]:
        database, log = self._audit
        table = log.table.c
        with self._lock, database.read() as connection:
            newest = connection.execute(select(func.max(table.position))).scalar() or 0
            if newest < self._after:  # the test has put an earlier state of the database back
                self._after = 0
                self._by_request.clear()
            query = select(table.position, table.type, table.data).where(table.position > self._after)
            for row in connection.execute(query.order_by(table.position)):
                record = {**json.loads(row.data), "action": row.type}
                self._by_request[record.get("request_id") or ""].append(record)
                self._after = row.position
            return list(self._by_request.get(request_id, ()))


_seen: WeakKeyDictionary[Flask, _Seen] = WeakKeyDictionary()


def _problems(app: Flask, view: Any, identity: Identity, reply: tuple[str, int, dict[str, str]]) -> list[str]:
    request_id, status, headers = reply
    declared = getattr(view, "audits", None)
    if declared is None or status >= 500:
        return []
    is_done = status < 300 and headers.get("Idempotent-Replayed") is None
    try:
        records = records_of(app, request_id)
    except Exception:  # noqa: BLE001 (of whatever kind a driver's is: what a test has broken has nothing to say)
        return []
    written = [row for row in records if row["action"] in set(declared) | SECURITY]
    done = [row for row in written if row["result"] == AuditResult.DONE]
    if not is_done and any(row["reason"] == TAKEN_BACK for row in records):
        done = []  # it was undone at once
    what = f"{app.import_name}: {view.__name__} by {identity.role} answered {status}"
    strange = [row["action"] for row in written if row["action"] not in {*declared, *SECURITY}]
    if strange:
        return [f"{what} and wrote down {strange}"]
    is_batch = view.__name__.startswith("post_batch") or AuditAction.ACCOUNTS_OPENED in declared
    is_audited = identity.is_staff or bool(OF_SIMULATIONS & set(declared))
    if not is_done or is_batch or AuditAction.USERS_CREATED in declared:
        return [f"{what} and wrote down {len(done)}"] if done and not is_done else []
    if set(declared) <= SECURITY:
        return []  # whether there was anything to end, or to change, the tests of each say
    expected = 1 if is_audited else 0
    return [] if len(done) == expected else [f"{what} and wrote down {len(done)}, not {expected}"]
