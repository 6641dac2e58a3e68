"""A lane past Flask for routes that are asked for a thousand times a second (docs/adr/0018).

Flask, its hooks and flask-openapi3 cost 240 µs a request, in which the ledger carries out half a transfer. The lane
reads the declaration of the ordinary route (path, access, payload model, key) and answers what it wholly understands
and may begin. Everything else goes to the ordinary route as it came: what is wrong with a request is found out and said
there alone, and the lane has only to be no less strict (tests/security/test_fast_lane.py).
"""

import io
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask
from pydantic import ValidationError
from werkzeug.http import HTTP_STATUS_CODES

from shared.access import Access, bearer_token
from shared.application import EVERY_REPLY_HEADERS, request_id_of
from shared.errors import note_refused, refusal_headers, refused_for
from shared.fence import Fence
from shared.http_client import RECEIVED_AT, REQUEST_ID_HEADER, deadline_of
from shared.idempotency import checked_key
from shared.json_parsing import MalformedJSONError, parse, render
from shared.metrics import observe
from shared.payloads import RequestModel
from shared.refusals import Refused, envelope_of
from shared.request_log import log_request
from shared.tokens import Identity, TokenVerifier

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

LARGEST_BODY_BYTES = 4096
_METHOD = "POST"
_JSON = "application/json"
_PLAIN_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)
"""Flask refuses others, and asks nobody who the host is."""
_NOT_PLAIN = ("HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING")

Environ = dict[str, Any]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply; the length of its body is among its headers."""

    status: int
    headers: Headers
    body: bytes

    @property
    def status_line(self) -> str:
        """Status and reason, as WSGI has them and Flask writes them."""
        return f"{self.status} {HTTP_STATUS_CODES[self.status].upper()}"


@dataclass(frozen=True, slots=True)
class Call:
    """What a request asks for, when all of it is as its route declares. `deadline` is on the monotonic clock."""

    identity: Identity
    payload: Any
    key: str | None
    request_id: str
    deadline: float | None
    environ: Environ


class Work(Protocol):
    """What a call has begun. The answer is known when it is ready; at `give_up_at` one is due in any case."""

    give_up_at: float

    def when_ready(self, notify: Callable[[], None]) -> None:
        """Have `notify` called, by whichever thread, once the answer is known."""

    def answer(self) -> tuple[int, str, Headers]:
        """Status, body and headers of its own; waits for them until `give_up_at`. Raises Refused and other errors."""


@dataclass(frozen=True, slots=True)
class LaneRoute:
    """A route as it is declared, and how to begin what it does.

    `begin(call, may_wait)` gives None for what the lane leaves to the ordinary route, and raises only Refused, which
    leaves it too; then nothing has begun. `may_wait`: whether the thread may be held by a database or a lock.
    """

    path: str
    endpoint: str
    access: Access
    payload: type[RequestModel]
    begin: Callable[[Call, bool], Work | None]


class Begun:
    """A request that the lane has begun to answer."""

    __slots__ = ("_app", "_call", "_route", "_started_at", "_work")

    def __init__(self, app: Flask, route: LaneRoute, call: Call, work: Work, started_at: float) -> None:
        self._app = app
        self._route = route
        self._call = call
        self._work = work
        self._started_at = started_at

    @property
    def give_up_at(self) -> float:
        """When a reply is due, on the monotonic clock."""
        return self._work.give_up_at

    def when_ready(self, notify: Callable[[], None]) -> None:
        """Have `notify` called, by whichever thread, once `reply` has nothing to wait for."""
        self._work.when_ready(notify)

    def reply(self) -> Reply:
        """The reply, which ends the request: call it once. Waits for it until `give_up_at`."""
        request_id, path = self._call.request_id, self._route.path
        try:
            status, text, own_headers = self._work.answer()
        except Exception as error:  # noqa: BLE001 (whatever it was, the client gets the envelope)
            refused = refused_for(error, method=_METHOD, path=path)
            status, own_headers = refused.refusal.status, refusal_headers(refused)
            text = render(envelope_of(refused, request_id))
            note_refused(self._app, refused)
        finally:
            self._app.extensions["fence"].leave()
        body = text.encode()
        seconds = time.perf_counter() - self._started_at
        observe(_METHOD, self._route.endpoint, status, seconds)
        facts: dict[str, str | None] = {"user": self._call.identity.user_id}
        log_request(_METHOD, path, status, seconds=seconds, request_id=request_id, facts=facts)
        headers = [
            ("Content-Type", _JSON),
            ("Content-Length", str(len(body))),
            *own_headers,
            (REQUEST_ID_HEADER, request_id),
            *EVERY_REPLY_HEADERS,
        ]
        return Reply(status, headers, body)


class FastLane:
    """A WSGI application that answers some requests itself, and hands the others to the app that it stands before."""

    def __init__(self, app: Flask, routes: Iterable[LaneRoute]) -> None:
        self._app = app
        self.ordinary: WSGIApplication = app.wsgi_app
        """What answers everything that the lane does not."""
        self._routes = {route.path: route for route in routes}
        self._fence: Fence = app.extensions["fence"]
        self._verifier: TokenVerifier = app.extensions["token_verifier"]
        self.request_lines = frozenset(f"{_METHOD} {path} HTTP/1.1".encode() for path in self._routes)
        """How a request begins that may be for the lane."""

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request, in a thread that may wait."""
        begun = self.begin(environ, may_wait=True)
        if begun is None:
            return self.ordinary(environ, start_response)
        reply = begun.reply()
        start_response(reply.status_line, reply.headers)
        return (reply.body,)

    def begin(self, environ: Environ, *, may_wait: bool) -> Begun | None:
        """Begin to answer; None, with nothing done, for what is the ordinary route's.

        `may_wait`: whether this thread may be held by a lock, a database or another service.
        """
        route = self._routes.get(environ["PATH_INFO"])
        if route is None or environ["REQUEST_METHOD"] != _METHOD or not _is_plain(environ):
            return None
        started_at = time.perf_counter()
        if not self._enter(may_wait):
            return None
        begun = None
        try:
            call = self._understood(environ, route)
            work = route.begin(call, may_wait) if call is not None else None
            if call is not None and work is not None:
                begun = Begun(self._app, route, call, work, started_at)
        except (Refused, MalformedJSONError, ValidationError):
            pass
        finally:
            if begun is None:
                self._fence.leave()
        return begun

    def _enter(self, may_wait: bool) -> bool:
        if not may_wait:
            return self._fence.enter_at_once()
        try:
            self._fence.enter()
        except Refused:
            return False
        return True

    def _understood(self, environ: Environ, route: LaneRoute) -> Call | None:
        """What is asked for; None, or Refused, MalformedJSONError or ValidationError raised, for the ordinary route."""
        deadline = deadline_of(environ.get("HTTP_X_REQUEST_TIMEOUT_MS"), since=environ.get(RECEIVED_AT))
        if deadline is not None and deadline <= time.monotonic():
            return None
        identity = self._verifier.known(bearer_token(environ.get("HTTP_AUTHORIZATION")))
        if identity is None or not route.access.permits(identity):
            return None
        length = int(environ["CONTENT_LENGTH"])
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)  # for the ordinary route, should it be asked after all
        if len(body) != length:
            return None
        payload = route.payload.model_validate(parse(body))
        key = environ.get("HTTP_IDEMPOTENCY_KEY")
        return Call(
            identity,
            payload,
            None if key is None else checked_key(key),
            request_id_of(environ.get("HTTP_X_REQUEST_ID")),
            deadline,
            environ,
        )


def _is_plain(environ: Environ) -> bool:
    """Whether the body is JSON as it is, of a length that is said and small, and path and host are plain."""
    length = environ.get("CONTENT_LENGTH", "")
    return (
        length.isdecimal()
        and len(length) <= len(str(LARGEST_BODY_BYTES))
        and 0 < int(length) <= LARGEST_BODY_BYTES
        and environ.get("CONTENT_TYPE") == _JSON
        and not environ.get("QUERY_STRING")
        and not environ.get("SCRIPT_NAME")
        and not any(name in environ for name in _NOT_PLAIN)
        and _PLAIN_HOST.fullmatch(environ.get("HTTP_HOST", "")) is not None
    )
