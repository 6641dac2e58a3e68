"""The bank's public API as a page calls it: with the token of whoever is signed in, renewed in silence.

Each call is sent once. A 2xx comes back as `Answer` (`.data`, `.body["next_cursor"]`); anything else is raised as
`Refused`, which a form shows beside its fields (gateway.web.form_errors) and everything else as an error page.
"""

from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import quote, urlencode

import structlog
from flask import current_app, request

from gateway.web import web_session
from shared import services
from shared.access import SERVICE_AUTHORIZATION
from shared.discovery import Discovery
from shared.http_client import Answer, ServiceClient, new_pool
from shared.refusals import NOT_FOUND, TOKEN_EXPIRED, UNAUTHENTICATED, Refused
from shared.services import Service

logger = structlog.get_logger(__name__)


class SessionEndedError(Exception):
    """The session of this browser is over: it was ended elsewhere, ran out, or never was."""


class ApiClient:
    """Calls the services on behalf of the browser being served. One for all requests; thread-safe."""

    def __init__(
        self,
        discovery: Discovery,
        own_token: Callable[[], str],
        *,
        deadline_for: Callable[[str], float],
        backends: Iterable[Service] = services.BACKENDS,
    ) -> None:
        self._own_token = own_token
        self._deadline_for = deadline_for
        pool = new_pool()
        self._clients = {
            prefix: (service, ServiceClient(service, discovery, pool))
            for service in backends
            for prefix in service.path_prefixes
        }

    def get(self, path: str, *, timeout_seconds: float | None = None, **query: object) -> Answer:
        """Read. What is None or empty is left out of the query; `from_` is sent as `from`."""
        given = {name.rstrip("_"): value for name, value in query.items() if value not in (None, "")}
        return self._call("GET", path + ("?" + urlencode(given) if given else ""), timeout_seconds=timeout_seconds)

    def post(self, path: str, payload: object = None, *, idempotency_key: str | None = None) -> Answer:
        """Do. Money moves with an idempotency key that was minted when its form was rendered."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._call("POST", path, {} if payload is None else payload, headers=headers)

    def put(self, path: str, payload: object) -> Answer:
        """Change."""
        return self._call("PUT", path, payload)

    def delete(self, path: str) -> Answer:
        """End or close."""
        return self._call("DELETE", path)

    def as_nobody(self, path: str, payload: object) -> Answer:
        """Post as a stranger: log in, register."""
        return self._send("POST", path, payload)

    def _call(
        self,
        method: str,
        path: str,
        payload: object = None,
        *,
        headers: dict[str, str] | None = None,
        timeout_seconds: float | None = None,
    ) -> Answer:
        kept = web_session.tokens()
        if kept is None:
            raise SessionEndedError
        if kept.is_due:
            kept = self._renewed(kept)
        send = partial(self._send, method, path, payload, headers=headers, timeout_seconds=timeout_seconds)
        try:
            return send(token=kept.access)
        except Refused as refused:
            if refused.refusal.code == TOKEN_EXPIRED.code:  # nothing was done yet, so asking again is safe
                return send(token=self._renewed(kept).access)
            if refused.refusal.code == UNAUTHENTICATED.code:
                raise SessionEndedError from None
            raise

    def _renewed(self, kept: web_session.Tokens) -> web_session.Tokens:
        try:
            answer = self._send("POST", "/api/auth/refresh", {"refresh_token": kept.refresh})
        except Refused as refused:
            if refused.refusal.status == UNAUTHENTICATED.status:
                raise SessionEndedError from None
            raise
        web_session.keep(answer.data)
        renewed = web_session.tokens()
        assert renewed is not None  # noqa: S101 (just kept)
        return renewed

    def _send(
        self,
        method: str,
        path: str,
        payload: object,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        timeout_seconds: float | None = None,
    ) -> Answer:
        plain_path = path.partition("?")[0]
        found = self._clients.get("/".join(plain_path.split("/")[:3]))
        if found is None:
            raise Refused(NOT_FOUND)
        service, client = found
        sent = {**(headers or {}), **(self._who_is_calling() if service is services.AUTH else {})}
        return client.call(
            method,
            path,
            token=token,
            payload=payload,
            headers=sent,
            timeout_seconds=timeout_seconds or self._deadline_for(plain_path),
        )

    def _who_is_calling(self) -> dict[str, str]:
        """Auth throttles by address and names devices: it is told of the browser, not of us."""
        headers = {"User-Agent": request.headers.get("User-Agent", "")}
        try:
            headers[SERVICE_AUTHORIZATION] = f"Bearer {self._own_token()}"
            headers["X-Client-Address"] = request.remote_addr or ""
        except Refused as refused:  # auth then sees our address instead of the browser's
            logger.warning("own_token_unavailable", cause=str(refused))
        return headers


def api() -> ApiClient:
    """The API of the app being served."""
    found: ApiClient = current_app.extensions["api_client"]
    return found


def in_path(text: str) -> str:
    """An id from an address, safe to stand in a path of the API."""
    return quote(text, safe="")
