"""The proxy of `/api/*`: a WSGI application in front of the pages, so that a proxied request never touches Flask.

It adds a request id, a deadline, limits and a log line, and passes everything else through. A request is sent once
(gateway.proxy.upstream); when its outcome is unknown the reply says so, and the client asks again with the same key.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from gateway.proxy.forwarded_headers import forwarded_headers
from gateway.proxy.proxy_fix import Environ, settle_origin
from gateway.proxy.rate_limits import RateLimits
from gateway.proxy.refusal_reply import API_HEADERS, METHODS, refusal_reply
from gateway.proxy.request_body import receive_body
from gateway.proxy.request_log import RequestLog
from gateway.proxy.request_target import settle_target
from gateway.proxy.routing import ALSO_KNOWN_AS, PublicPaths, is_api_path
from gateway.proxy.upstream import (
    OutgoingRequest,
    Upstream,
    UpstreamAwayError,
    UpstreamTimeoutError,
)
from gateway.proxy.upstream_reply import Reply, UpstreamBrokeError
from gateway.proxy.upstreams import Upstreams
from gateway.security_headers import HSTS
from gateway.settings import Settings
from shared import services
from shared.identifiers import new_id
from shared.identity.access import SERVICE_AUTHORIZATION
from shared.identity.client_address import TOLD_OF_CLIENTS, TOLD_WHERE_IT_CAN_BE
from shared.identity.service_tokens import ServiceToken
from shared.network.http_client import (
    RECEIVED_AT,
    REQUEST_ID,
    REQUEST_ID_HEADER,
    TIMEOUT_HEADER,
    away,
    deadline_of,
    milliseconds,
)
from shared.observability.logs import cause_of
from shared.refusals import (
    DEADLINE_EXCEEDED,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    OUTCOME_NOT_DONE,
    OUTCOME_UNKNOWN,
    UNAVAILABLE,
    UNKNOWN_HOST,
    Refused,
)
from shared.services import Service

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

    from gateway.faults.provoking import Faults

logger = structlog.get_logger(__name__)


OWN_HEALTH = "/api/health"
_FIGURES = "/metrics"
_FOR_MONITORS = frozenset({OWN_HEALTH, "/health", _FIGURES})
"""Asked by address and not by name, and saying nothing of the name."""
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class _Call:
    """One request on its way; `deadline` is on the monotonic clock."""

    environ: Environ
    method: str
    request_id: str
    address: str
    deadline: float
    service: Service | None = None


class Proxy:
    """Answers `/api/*` from the services, and hands everything else to the pages."""

    def __init__(
        self,
        pages: "WSGIApplication",
        settings: Settings,
        *,
        limits: RateLimits,
        upstreams: Upstreams,
        own_token: ServiceToken,
        faults: "Faults | None" = None,
        backends: Iterable[Service] = services.BACKENDS,
    ) -> None:
        self._pages = pages
        self._settings = settings
        self._limits = limits
        self._upstreams = upstreams
        self._own_token = own_token
        self._faults = faults
        self._paths = PublicPaths(backends)
        self._log = RequestLog()

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request."""
        address = settle_origin(environ, self._settings.trusted_proxies)
        settle_target(environ)
        path: str = environ["PATH_INFO"]
        is_api = is_api_path(path)
        is_known = self._settings.hosts.know(environ.get("HTTP_HOST", "")) or path in _FOR_MONITORS
        # Figures are for whoever reaches this port: what another server passes on comes from outside.
        is_hidden = path == _FIGURES and "HTTP_X_FORWARDED_FOR" in environ
        if is_known and not is_hidden and (not is_api or path == OWN_HEALTH):
            return self._pages(environ, start_response)
        started_at = time.perf_counter()
        origin = environ.get("HTTP_ORIGIN") if is_api else None
        given = environ.get("HTTP_X_REQUEST_ID")
        request_id = given if given and REQUEST_ID.fullmatch(given) else new_id()
        deadline = environ.get(RECEIVED_AT, time.monotonic()) + self._settings.deadline_for(path)
        call = _Call(environ, environ["REQUEST_METHOD"], request_id, address, deadline)
        try:
            if not is_known:
                raise Refused(UNKNOWN_HOST)
            reply = self._preflight(call, origin) or self._answer(call)
            headers = reply.headers + API_HEADERS
            if not any(name.lower() == "x-request-id" for name, _ in headers):
                headers.append((REQUEST_ID_HEADER, request_id))
        except Refused as refused:
            reply = refusal_reply(refused, request_id)
            headers = reply.headers
        except Exception:  # whatever it was, the client gets the envelope and the log the cause
            logger.exception("proxy_failed", path=path, method=call.method, request_id=request_id)
            reply = refusal_reply(Refused(INTERNAL), request_id)
            headers = reply.headers
        headers += self._settings.cross_origin.headers_for(origin) if call.method != "OPTIONS" else []
        if environ["wsgi.url_scheme"] == "https":
            headers.append(("Strict-Transport-Security", HSTS))
        owner = call.service.name if call.service else "api-gateway"
        method = call.method if call.method in METHODS else "other"
        seconds = time.perf_counter() - started_at
        self._log.write(method, path, reply.status, service=owner, request_id=request_id, seconds=seconds)
        start_response(reply.status_line, headers)
        return () if method == "HEAD" else reply.body

    def _preflight(self, call: _Call, origin: str | None) -> Reply | None:
        """A browser's question whether a page of another origin may call; None when it is none, or nobody may."""
        if call.method != "OPTIONS" or origin is None or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in call.environ:
            return None
        headers = self._settings.cross_origin.preflight_headers(origin)
        return Reply(204, "204 No Content", [*headers, ("Cache-Control", "no-store")], ()) if headers else None

    def _answer(self, call: _Call) -> Reply:
        """The service's answer, unless something is to go wrong on purpose, with what was let in. Raises Refused."""
        service, target = self._let_in(call)
        if self._faults is None:
            return self._forward(call, service, target)
        return self._faults.answer(
            call.environ, call.request_id, call.deadline, lambda: self._forward(call, service, target)
        )

    def _let_in(self, call: _Call) -> tuple[Service, str]:
        """Whom the request is for, and what is asked of them. Raises Refused (404, 405, 429)."""
        target: str = call.environ["RAW_URI"]  # as the client wrote it: nothing can hide behind an encoding
        target = ALSO_KNOWN_AS.get(target, target)
        found = self._paths.find(target)
        if found is None:
            raise Refused(NOT_FOUND)
        service, path = found
        call.service = service
        if call.method not in METHODS:
            raise Refused(METHOD_NOT_ALLOWED)
        self._limits.check(path, call.address)
        return service, target

    def _forward(self, call: _Call, service: Service, target: str) -> Reply:
        """Send it on. Raises Refused for whatever does not end in an answer of the service."""
        inbound = deadline_of(call.environ.get("HTTP_X_REQUEST_TIMEOUT_MS"), since=call.environ.get(RECEIVED_AT))
        if inbound is not None:
            call.deadline = min(call.deadline, inbound)
        body = receive_body(call.environ, self._settings.max_body_bytes)

        def request_to(upstream: Upstream) -> OutgoingRequest:
            return OutgoingRequest(
                self._head(call, service, upstream, target, None if body is None else len(body)),
                body or b"",
                is_repeatable=call.method in _REPEATABLE,
                is_head=call.method == "HEAD",
            )

        seconds = call.deadline - time.monotonic()
        if seconds <= 0:
            raise Refused(DEADLINE_EXCEEDED, details=OUTCOME_NOT_DONE)
        return self._send(service, request_to, seconds)

    def _send(self, service: Service, request_to: Callable[[Upstream], OutgoingRequest], seconds: float) -> Reply:
        try:
            return self._upstreams.send(service, request_to, seconds)
        except UpstreamAwayError:
            raise away(service) from None
        except UpstreamTimeoutError:
            raise Refused(DEADLINE_EXCEEDED, details=OUTCOME_UNKNOWN) from None
        except UpstreamBrokeError:
            message = f"The {service.name} broke off. The outcome is unknown: ask again with the same Idempotency-Key."
            raise Refused(UNAVAILABLE, message, {"service": service.name, **OUTCOME_UNKNOWN}) from None

    def _head(self, call: _Call, service: Service, upstream: Upstream, target: str, length: int | None) -> bytes:
        lines = [f"{call.method} {upstream.path_prefix}{target} HTTP/1.1", f"HOST: {upstream.authority}"]
        lines += forwarded_headers(call.environ)
        lines.append(f"{REQUEST_ID_HEADER}: {call.request_id}")
        lines.append(f"{TIMEOUT_HEADER}: {milliseconds(call.deadline - time.monotonic())}")
        if service in TOLD_OF_CLIENTS:
            lines.append(f"X-Client-Address: {call.address}")
            try:
                lines.append(f"{SERVICE_AUTHORIZATION}: Bearer {self._own_token()}")
            except Refused as refused:  # auth then sees our address instead of the client's
                logger.warning("own_token_unavailable", cause=cause_of(refused))
        elif (
            service in TOLD_WHERE_IT_CAN_BE and call.method not in _REPEATABLE and (token := self._own_token.at_hand())
        ):
            lines += [f"X-Client-Address: {call.address}", f"{SERVICE_AUTHORIZATION}: Bearer {token}"]
        if length is not None:
            lines.append(f"CONTENT-LENGTH: {length}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
