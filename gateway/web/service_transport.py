"""How the pages' client reaches the services: straight to the one that owns the path, as the proxy would."""

import time
from collections.abc import Callable, Iterable
from urllib.parse import quote

import structlog
from flask import request

from gateway.proxy.upstream import OutgoingRequest, Upstream, UpstreamAwayError, UpstreamTimeoutError
from gateway.proxy.upstream_reply import Events, StreamedBody, UpstreamBrokeError
from gateway.proxy.upstreams import Upstreams
from sandbank.answers import SAFE_METHODS
from sandbank.transport import NoReplyError, NotSentError, Reply, Request
from shared.enums import CHANNEL_HEADER, Channel
from shared.identity.access import SERVICE_AUTHORIZATION
from shared.identity.client_address import TOLD_OF_CLIENTS, TOLD_WHERE_IT_CAN_BE
from shared.identity.service_tokens import ServiceToken
from shared.network.http_client import passed_on_headers, remaining_seconds
from shared.observability import tracing
from shared.observability.logs import cause_of
from shared.refusals import NOT_FOUND, Refused
from shared.services import Service

logger = structlog.get_logger(__name__)

_IN_TARGETS = "/?[]@!$&'()*+,;=:%"
"""What stands in a path and its query as it is; everything else is percent-encoded."""
_ENDS_A_LINE = frozenset("\r\n\0")


class ServiceTransport:
    """Sends each request once. `own_token` gives the gateway's token, with which auth believes whom we name."""

    def __init__(self, upstreams: Upstreams, own_token: ServiceToken, backends: Iterable[Service]) -> None:
        self._upstreams = upstreams
        self._own_token = own_token
        self._owners = {prefix: service for service in backends for prefix in service.path_prefixes}

    def send(self, request: Request, seconds: float) -> Reply:
        """The reply, within what is left of the time of the page being made.

        Raises NotSentError and NoReplyError, Refused for a path that no service owns and when no time is left.
        """
        service = self._owners.get("/".join(request.path.partition("?")[0].split("/")[:3]))
        if service is None:
            raise Refused(NOT_FOUND)
        with tracing.call(request.method, service):
            return self._send(service, request, min(seconds, remaining_seconds(seconds)))

    def _send(self, service: Service, request: Request, seconds: float) -> Reply:
        headers = {**request.headers, **passed_on_headers(seconds), CHANNEL_HEADER: Channel.WEB.value}
        if service in TOLD_OF_CLIENTS:
            headers.update(self._who_is_calling())
        elif service in TOLD_WHERE_IT_CAN_BE and request.method not in SAFE_METHODS:
            headers.update(self._who_is_changing())

        def request_to(upstream: Upstream) -> OutgoingRequest:
            return OutgoingRequest(
                _head(upstream, request, headers),
                request.body or b"",
                is_repeatable=request.method in SAFE_METHODS,
                is_head=request.method == "HEAD",
            )

        return self._exchange(service, request_to, seconds)

    def _exchange(self, service: Service, request_to: Callable[[Upstream], OutgoingRequest], seconds: float) -> Reply:
        """Send, and read the whole reply; a file, or events, are passed on as they come.

        Raises NotSentError and NoReplyError.
        """
        deadline = time.monotonic() + seconds
        try:
            reply = self._upstreams.send(service, request_to, seconds)
            headers = {name.lower(): value for name, value in reply.headers}
            if "content-disposition" in headers or isinstance(reply.body, Events):
                return Reply(reply.status, b"", headers, reply.body)
            body = _whole(reply.body)
        except UpstreamAwayError:
            raise NotSentError(service.name) from None
        except UpstreamTimeoutError:
            raise NoReplyError(service.name, is_timeout=True) from None
        except UpstreamBrokeError:  # a body that stands still until the deadline is one that breaks off, too
            raise NoReplyError(service.name, is_timeout=time.monotonic() >= deadline) from None
        return Reply(reply.status, body, headers)

    def _who_is_changing(self) -> dict[str, str]:
        """For the audit trail alone; no page waits for it."""
        headers = {"User-Agent": request.headers.get("User-Agent", "")}
        if token := self._own_token.at_hand():
            headers[SERVICE_AUTHORIZATION] = f"Bearer {token}"
            headers["X-Client-Address"] = request.remote_addr or ""
        return headers

    def _who_is_calling(self) -> dict[str, str]:
        """Auth throttles by address and names devices: it is told of the browser, not of us."""
        headers = {"User-Agent": request.headers.get("User-Agent", "")}
        try:
            headers[SERVICE_AUTHORIZATION] = f"Bearer {self._own_token()}"
            headers["X-Client-Address"] = request.remote_addr or ""
        except Refused as refused:  # auth then sees our address instead of the browser's
            logger.warning("own_token_unavailable", cause=cause_of(refused))
        return headers


def _head(upstream: Upstream, request: Request, headers: dict[str, str]) -> bytes:
    """Everything up to and with the blank line. Raises ValueError for a header that would end its line early."""
    if any(_ENDS_A_LINE.intersection(value) for value in headers.values()):
        message = "a header holds the end of a line"
        raise ValueError(message)
    target = upstream.path_prefix + quote(request.path, safe=_IN_TARGETS)
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {upstream.authority}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if request.body is not None:
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def _whole(body: Iterable[bytes]) -> bytes:
    """Its connection is closed when it breaks off, as a part of it would be read as the next reply."""
    if not isinstance(body, StreamedBody):
        return b"".join(body)
    try:
        return b"".join(body)
    finally:
        body.close()
