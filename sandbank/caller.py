"""One request or a list at a time, as somebody: with renewal, idempotency keys, deadlines and patience."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import urlencode

from sandbank.answers import SAFE_METHODS, Answer, Page, no_reply, read
from sandbank.errors import NotLoggedInError, UnavailableError
from sandbank.patience import Patience
from sandbank.sessions import Credentials
from sandbank.transport import NoReplyError, NotSentError, Request, Transport
from sandbank.types import LogIn

TIMEOUT_SECONDS = 60.0
"""Longer than the bank lets a request take, so it is the bank that says what became of it."""
MAX_PAGE = 200
REFRESH_PATH = "/api/auth/refresh"
Again = Callable[[], Answer[Any]] | None


class Caller:
    """Calls the API by path. `request_id`, when set, is sent along, so that the bank's logs can be followed."""

    def __init__(
        self, transport: Transport, credentials: Credentials, patience: Patience, timeout_seconds: float
    ) -> None:
        self.credentials = credentials
        self.request_id: str | None = None
        self._transport = transport
        self._patience = patience
        self._timeout_seconds = timeout_seconds

    def get(self, path: str, *, timeout_seconds: float | None = None, **query: object) -> Answer[Any]:
        """Read. What is None is left out of the query; `from_` is sent as `from`."""
        return self.call("GET", path, query=query, timeout_seconds=timeout_seconds)

    def page(self, path: str, **query: object) -> Page[Any]:
        """One page of a list."""
        return cast("Page[Any]", self.call("GET", path, query=query))

    def pages(self, path: str, *, limit: int | None = None, **query: object) -> Iterator[Page[Any]]:
        """A list page by page, up to `limit` rows in all, to its end without one."""
        left, cursor = limit, query.pop("cursor", None)
        while True:
            size = MAX_PAGE if left is None else max(1, min(MAX_PAGE, left))
            page = self.page(path, **query, cursor=cursor, limit=size)
            yield page
            cursor = page.next_cursor
            query.pop("after", None)  # the cursor knows where to go on
            left = None if left is None else left - len(page.data)
            if cursor is None or (left is not None and left <= 0):
                return

    def iterate(self, path: str, *, limit: int | None = None, **query: object) -> Iterator[Any]:
        """Every row of a list, fetched page by page as they are used; at most `limit` rows when given."""
        for page in self.pages(path, limit=limit, **query):
            yield from page.data

    def post(self, path: str, payload: object = None, *, idempotency_key: str | None = None) -> Answer[Any]:
        """Do."""
        return self.call("POST", path, {} if payload is None else payload, idempotency_key=idempotency_key)

    def put(self, path: str, payload: object) -> Answer[Any]:
        """Change."""
        return self.call("PUT", path, payload)

    def delete(self, path: str) -> Answer[Any]:
        """End or close."""
        return self.call("DELETE", path)

    def move_money(self, path: str, payload: object, *, idempotency_key: str | None = None) -> Answer[Any]:
        """Post what must not be done twice: always with an idempotency key, of its own when none is given.

        Raises OutcomeUnknownError, whose `retry` repeats it under the same key.
        """
        return self.call("POST", path, payload, idempotency_key=idempotency_key or str(uuid.uuid4()))

    def call(
        self,
        method: str,
        path: str,
        payload: object = None,
        *,
        query: dict[str, object] | None = None,
        idempotency_key: str | None = None,
        token: str | None = None,
        is_anonymous: bool = False,
        is_repeatable: bool = False,
        timeout_seconds: float | None = None,
    ) -> Answer[Any]:
        """One request, with patience, as whoever is logged in unless `token` says otherwise.

        Raises BankError for whatever is not a success.
        `is_repeatable` says that sending it twice does nothing twice although it is a POST without a key; it then may
        be asked again with patience when its outcome is unknown. `timeout_seconds` is of each attempt.
        """
        headers = {"Accept": "application/json"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        if self.request_id is not None:
            headers["X-Request-ID"] = self.request_id
        body = None
        if payload is not None:
            body = json.dumps(payload, separators=(",", ":")).encode()
            headers["Content-Type"] = "application/json"
        request = Request(method, path + _query_text(query or {}), headers, body)
        seconds = timeout_seconds or self._timeout_seconds
        can_repeat = is_repeatable or idempotency_key is not None or method != "POST"

        def attempt() -> Answer[Any]:
            again = attempt if can_repeat else None
            if is_anonymous or token is not None:
                return self._exchange(_authorized(request, token), seconds, again)
            return self._exchange_as_somebody(request, seconds, again)

        return self._patience.until_clear(attempt)

    def _exchange_as_somebody(self, request: Request, seconds: float, again: Again) -> Answer[Any]:
        token = self.credentials.token(self._renew)
        try:
            return self._exchange(_authorized(request, token), seconds, again)
        except NotLoggedInError as error:
            if error.code != "TOKEN_EXPIRED":
                self.credentials.ended()
                raise
        token = self.credentials.after(token, self._renew)  # the bank did nothing yet, so asking again is safe
        return self._exchange(_authorized(request, token), seconds, again)

    def _exchange(self, request: Request, seconds: float, again: Again) -> Answer[Any]:
        attempts = 2 if request.method in SAFE_METHODS else 1  # a kept connection may have been closed meanwhile
        for attempt in range(1, attempts + 1):
            try:
                return read(request, self._transport.send(request, seconds), again)
            except NotSentError as error:
                message = f"Nothing answers at {error}. Is the bank running?"
                raise UnavailableError(message, code="SERVICE_UNAVAILABLE") from None
            except NoReplyError as error:
                if attempt == attempts or error.is_timeout:
                    raise no_reply(request, again) from None
        raise AssertionError  # the last attempt returned or raised

    def _renew(self, refresh_token: str) -> LogIn:
        data: LogIn = self.call("POST", REFRESH_PATH, {"refresh_token": refresh_token}, is_anonymous=True).data
        return data


def _authorized(request: Request, token: str | None) -> Request:
    if token is None:
        return request
    return Request(request.method, request.path, {**request.headers, "Authorization": f"Bearer {token}"}, request.body)


def _query_text(query: dict[str, object]) -> str:
    given = {
        name.rstrip("_"): str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
        if value is not None
    }
    return f"?{urlencode(given)}" if given else ""
