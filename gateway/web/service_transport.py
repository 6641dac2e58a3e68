"""How the pages' client reaches the services: straight to the one that owns the path, as the proxy would."""

from collections.abc import Callable, Iterable

import structlog
from flask import request

from sandbank.http_transport import HttpTransport
from sandbank.transport import Reply, Request
from shared import services
from shared.access import SERVICE_AUTHORIZATION
from shared.discovery import Discovery
from shared.enums import CHANNEL_HEADER, Channel
from shared.http_client import passed_on_headers, remaining_seconds
from shared.refusals import NOT_FOUND, Refused
from shared.services import Service

logger = structlog.get_logger(__name__)


class ServiceTransport:
    """Sends each request once. `own_token` gives the gateway's token, with which auth believes whom we name."""

    def __init__(self, discovery: Discovery, own_token: Callable[[], str], backends: Iterable[Service]) -> None:
        self._own_token = own_token
        self._transports = {
            prefix: (service, HttpTransport(lambda service=service: discovery.url(service), connections=64))  # type: ignore[misc]
            for service in backends
            for prefix in service.path_prefixes
        }

    def send(self, request: Request, seconds: float) -> Reply:
        """The reply, within what is left of the time of the page being made.

        Raises NotSentError and NoReplyError, Refused for a path that no service owns and when no time is left.
        """
        found = self._transports.get("/".join(request.path.partition("?")[0].split("/")[:3]))
        if found is None:
            raise Refused(NOT_FOUND)
        service, transport = found
        seconds = min(seconds, remaining_seconds(seconds))
        headers = {**request.headers, **passed_on_headers(seconds), CHANNEL_HEADER: Channel.WEB.value}
        if service is services.AUTH:
            headers.update(self._who_is_calling())
        return transport.send(Request(request.method, request.path, headers, request.body), seconds)

    def _who_is_calling(self) -> dict[str, str]:
        """Auth throttles by address and names devices: it is told of the browser, not of us."""
        headers = {"User-Agent": request.headers.get("User-Agent", "")}
        try:
            headers[SERVICE_AUTHORIZATION] = f"Bearer {self._own_token()}"
            headers["X-Client-Address"] = request.remote_addr or ""
        except Refused as refused:  # auth then sees our address instead of the browser's
            logger.warning("own_token_unavailable", cause=str(refused))
        return headers
