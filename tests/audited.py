"""Holds whatever any test has a service do to what the service writes down of it (shared/audit.py).

Whoever works at the bank, and did something by a route that declares its acts, left exactly one record of one of them
in the commit, and a batch one for each of its items; whoever does not, and whatever was answered again, left none.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, Response, g, request, request_finished
from sqlalchemy import select

from shared.audit_enums import AuditAction, AuditResult
from shared.fast_lane import Call, FastLane, LaneRoute
from shared.tokens import Identity

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
    }
)
"""What is written down of everybody."""
OF_SIMULATIONS = frozenset({AuditAction.USERS_CREATED, AuditAction.ACCOUNTS_OPENED})


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
    database, log = app.extensions["audit"]
    table = log.table
    here = table.c.data.contains(f'"request_id":"{request_id}"', autoescape=True)
    query = select(table.c.type, table.c.data).where(here)
    with database.read() as connection:
        return [{**json.loads(row.data), "action": row.type} for row in connection.execute(query)]


def _problems(app: Flask, view: Any, identity: Identity, reply: tuple[str, int, dict[str, str]]) -> list[str]:
    request_id, status, headers = reply
    declared = getattr(view, "audits", None)
    if declared is None or status >= 500:
        return []
    is_done = status < 300 and headers.get("Idempotent-Replayed") is None
    written = [row for row in records_of(app, request_id) if row["action"] in set(declared) | SECURITY]
    done = [row for row in written if row["result"] == AuditResult.DONE]
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
