"""The bank's typed client as a page uses it: as whoever is logged in at the browser being served.

What the bank refuses is raised as `Refused`, which a form shows beside its fields (gateway.web.form_errors) and
everything else as an error page.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

from flask import current_app, g, request

from gateway.proxy.rate_limits import SIGN_IN_PATHS
from gateway.proxy.upstreams import Upstreams
from gateway.web import web_session
from gateway.web.service_transport import ServiceTransport
from sandbank import Client
from sandbank.answers import Answer
from sandbank.errors import BankError, NotLoggedInError
from sandbank.resource import in_path
from sandbank.sessions import Renew, Tokens, UserCredentials
from sandbank.types import LogIn
from shared import services
from shared.http.errors import refused_from_body
from shared.identity.service_tokens import ServiceToken
from shared.refusals import DEADLINE_EXCEEDED, OUTCOME_UNKNOWN, UNAVAILABLE, Refused
from shared.services import Service

__all__ = ["ApiClient", "SessionEndedError", "api", "in_path"]


class SessionEndedError(Exception):
    """The session of this browser is over: it was ended elsewhere, ran out, or never was."""


class _CookieStore:
    """The tokens in the browser's session."""

    def load(self) -> Tokens | None:
        """The pair; None when nobody is logged in."""
        return web_session.tokens()

    def keep(self, log_in: LogIn) -> None:
        """Remember what a renewal answered."""
        web_session.keep(log_in)

    def forget(self) -> None:
        """Whoever handles SessionEndedError ends the session: a log-out in another tab may need it until then."""


class _PageCredentials(UserCredentials):
    """Whoever is logged in at the browser; questions that a page asks side by side renew their tokens once."""

    def token(self, renew: Renew) -> str:
        with g.get("renewing") or nullcontext():
            return super().token(renew)

    def after(self, expired: str, renew: Renew) -> str:
        with g.get("renewing") or nullcontext():
            return super().after(expired, renew)


class ApiClient(Client):
    """The client for all requests of the gateway; thread-safe."""

    def __init__(
        self,
        upstreams: Upstreams,
        own_token: ServiceToken,
        *,
        deadline_for: Callable[[str], float],
        backends: Iterable[Service] = services.BACKENDS,
    ) -> None:
        super().__init__(
            transport=ServiceTransport(upstreams, own_token, backends), credentials=_PageCredentials(_CookieStore())
        )
        self._deadline_for = deadline_for

    def call(
        self,
        method: str,
        path: str,
        payload: object = None,
        *,
        query: dict[str, object] | None = None,
        timeout_seconds: float | None = None,
        is_anonymous: bool = False,
        **how: Any,
    ) -> Answer[Any]:
        """One request. What is empty is left out of the query, as forms send what nobody filled in.

        Raises Refused and SessionEndedError. Log-in attempts count against their limit here, as they do in the proxy.
        """
        if path in SIGN_IN_PATHS:
            _count_log_in()
        given = {name: value for name, value in (query or {}).items() if value != ""}
        seconds = timeout_seconds or self._deadline_for(path)
        try:
            return super().call(
                method, path, payload, query=given, timeout_seconds=seconds, is_anonymous=is_anonymous, **how
            )
        except NotLoggedInError as error:
            if is_anonymous:  # a renewal's own no: the client tells the caller that the session has ended
                raise
            raise SessionEndedError from error
        except BankError as error:
            raise _refused(error) from error

    def as_nobody(self, path: str, payload: object) -> Answer[Any]:
        """Post as a stranger: log in, register."""
        try:
            return self.call("POST", path, payload, is_anonymous=True)
        except NotLoggedInError as error:
            raise _refused(error) from error


def _count_log_in() -> None:
    current_app.extensions["rate_limits"].check_log_in(request.remote_addr or "")


def _refused(error: BankError) -> Refused:
    """The same as the refusal that it was at its service; what had no answer, as the proxy calls it."""
    if not error.status or error.code == "NOT_A_BANK":
        if error.code == DEADLINE_EXCEEDED.code:
            return Refused(DEADLINE_EXCEEDED, details=OUTCOME_UNKNOWN)
        return Refused(UNAVAILABLE)
    refused = refused_from_body(error.status, json.dumps(error.body).encode())
    if error.retry_after_seconds is not None:
        refused.retry_after_seconds = int(error.retry_after_seconds)
    return refused


def api() -> ApiClient:
    """The API of the app being served."""
    found: ApiClient = current_app.extensions["api_client"]
    return found
