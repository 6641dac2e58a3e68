"""A lane past Flask for routes that are asked for a thousand times a second (docs/adr/0018).

Flask, its hooks and flask-openapi3 cost 240 µs a request, in which the ledger carries out half a transfer. The lane
reads the declaration of the ordinary route (path, access, models, key) and answers what it wholly understands
and may begin. Everything else goes to the ordinary route as it came: what is wrong with a request is found out and said
there alone, and the lane has only to be no less strict (tests/security/test_fast_lane.py).
"""

import io
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask
from werkzeug.http import HTTP_STATUS_CODES

from shared.fence import Fence
from shared.http.application import EVERY_REPLY_HEADERS, request_id_of
from shared.http.errors import note_refused, refusal_headers, refused_for
from shared.http.idempotency import checked_key
from shared.http.json_parsing import parse, render
from shared.http.payloads import PathModel, RequestModel
from shared.identifiers import UUID_PATTERN
from shared.identity.access import Access, bearer_token
from shared.identity.tokens import Identity, TokenVerifier
from shared.network.http_client import RECEIVED_AT, REQUEST_ID_HEADER, deadline_of
from shared.observability.metrics import observe
from shared.observability.request_log import log_request
from shared.refusals import envelope_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

LARGEST_BODY_BYTES = 4096
_METHOD = "POST"
_JSON = "application/json"
_LABEL = r"[A-Za-z0-9-]{1,63}+"
_PLAIN_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*+\.?|\[[0-9a-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?", re.ASCII)
"""Flask refuses others, and asks nobody who the host is."""
_WITH_ID = re.compile(rf"(/[a-z/-]+/)({UUID_PATTERN.strip('^$')})((?:/[a-z-]+)?)", re.ASCII)
"""A path that names something by its id, which is what the lane knows of paths that are not always the same."""
_PARAMETER = re.compile(r"<([a-z_]+)>")
_CODED, _CHUNKED = "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING"

Environ = dict[str, Any]
Headers = list[tuple[str, str]]


Answer = tuple[int, str, Headers]
"""Status, body, and headers of its own."""


class Call(NamedTuple):
    """What a request asks for, when all of it is as its route declares. `deadline` is on the monotonic clock.

    `parsed` is what the route's view takes: its `body`, and its `path` where that names something.
    """

    identity: Identity
    parsed: dict[str, Any]
    key: str | None
    request_id: str
    deadline: float | None
    environ: Environ


@dataclass(frozen=True, slots=True)
class LaneRoute:
    """A route as it is declared, and how to begin what it does. Its path may name one thing, `/holds/<hold_id>/void`.

    `begin(call)` gives what waits for the answer, and may raise Refused and other errors as it does; or None for what
    the lane leaves to the ordinary route, as it does when `begin` itself raises: nothing has begun then.
    """

    path: str
    endpoint: str
    access: Access
    payload: type[RequestModel]
    names: type[PathModel] | None
    begin: Callable[[Call], Callable[[], Answer] | None]


class FastLane:
    """A WSGI application that answers some requests itself, and hands the others to the app that it stands before."""

    def __init__(self, app: Flask, routes: Iterable[LaneRoute]) -> None:
        self._app = app
        self.ordinary: WSGIApplication = app.wsgi_app
        """What answers everything that the lane does not."""
        self.routes = {_PARAMETER.sub("", route.path): route for route in routes}
        self._fence: Fence = app.extensions["fence"]
        self._verifier: TokenVerifier = app.extensions["token_verifier"]

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request."""
        route, named = self._route_of(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == _METHOD else (None, None)
        if route is None or not _is_plain(environ):
            return self.ordinary(environ, start_response)
        started_at = time.perf_counter()
        try:
            self._fence.enter()
        except Exception:  # noqa: BLE001 (closed, or whatever it is: the ordinary route meets it too, and says so)
            return self.ordinary(environ, start_response)
        try:
            begun = self._begin(environ, route, named)
            reply = None if begun is None else self._answer(route, *begun, started_at)
        finally:
            self._fence.leave()
        if reply is None:
            return self.ordinary(environ, start_response)
        status, headers, body = reply
        start_response(_status_line(status), headers)
        return (body,)

    def _route_of(self, path: str) -> tuple[LaneRoute | None, str | None]:
        """The route that answers here, if the lane knows it, and the id that the path names."""
        if (route := self.routes.get(path)) is not None:
            return (route, None) if route.names is None else (None, None)
        parts = _WITH_ID.fullmatch(path)
        return (None, None) if parts is None else (self.routes.get(parts[1] + parts[3]), parts[2])

    def _begin(self, environ: Environ, route: LaneRoute, named: str | None) -> tuple[Call, Callable[[], Answer]] | None:
        """What is asked for and what waits for its answer; None, with nothing done, for the ordinary route's."""
        try:
            call = self._understood(environ, route, named)
            wait = route.begin(call) if call is not None else None
        except Exception:  # noqa: BLE001 (whatever it is, the ordinary route meets it too, and says so)
            return None
        return None if call is None or wait is None else (call, wait)

    def _answer(
        self, route: LaneRoute, call: Call, wait: Callable[[], Answer], started_at: float
    ) -> tuple[int, Headers, bytes]:
        """Status, headers and body of the reply."""
        try:
            status, text, own_headers = wait()
        except Exception as error:  # noqa: BLE001 (whatever it was, the client gets the envelope)
            refused = refused_for(error, method=_METHOD, path=call.environ["PATH_INFO"])
            status, own_headers = refused.refusal.status, refusal_headers(refused)
            text = render(envelope_of(refused, call.request_id))
            note_refused(self._app, refused)
        body = text.encode()
        seconds = time.perf_counter() - started_at
        observe(_METHOD, route.endpoint, status, seconds, path=call.environ["PATH_INFO"])
        facts: dict[str, str | None] = {"user": call.identity.user_id}
        log_request(
            _METHOD, call.environ["PATH_INFO"], status, seconds=seconds, request_id=call.request_id, facts=facts
        )
        headers = [
            ("Content-Type", _JSON),
            ("Content-Length", str(len(body))),
            *own_headers,
            (REQUEST_ID_HEADER, call.request_id),
            *EVERY_REPLY_HEADERS,
        ]
        return status, headers, body

    def _understood(self, environ: Environ, route: LaneRoute, named: str | None) -> Call | None:
        """What is asked for; None, or an error raised, for the ordinary route."""
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
        parsed: dict[str, Any] = {"body": route.payload.model_validate(parse(body))}
        if route.names is not None:
            parsed["path"] = route.names.model_validate(dict.fromkeys(route.names.model_fields, named))
        key = environ.get("HTTP_IDEMPOTENCY_KEY")
        return Call(
            identity,
            parsed,
            None if key is None else checked_key(key),
            request_id_of(environ.get("HTTP_X_REQUEST_ID")),
            deadline,
            environ,
        )


@cache
def _status_line(status: int) -> str:
    return f"{status} {HTTP_STATUS_CODES[status].upper()}"  # as Flask writes it


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
        and _CODED not in environ
        and _CHUNKED not in environ
        and _is_plain_host(environ.get("HTTP_HOST", ""))
    )


@lru_cache(maxsize=64)
def _is_plain_host(host: str) -> bool:
    return _PLAIN_HOST.fullmatch(host) is not None
