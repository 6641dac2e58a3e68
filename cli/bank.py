"""HTTP to the bank's public API: one request at a time, each sent once, tokens refreshed in silence."""

import time
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests

from cli.errors import CommandError, NotLoggedInError, OutcomeUnknownError, RefusedError, UnreachableError
from cli.sessions import Session, SessionFile

CONNECT_SECONDS = 5
READ_SECONDS = 60
"""Longer than the bank lets a request take, so it is the bank that says what became of it."""
_REFRESH_BEFORE_SECONDS = 30
_PAGE = 200

Body = dict[str, Any]


class Bank:
    """The bank at one address, and this person's session there."""

    def __init__(self, url: str, sessions: SessionFile) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            message = f"{url} is not the address of a bank; give one such as http://127.0.0.1:5000"
            raise CommandError(message)
        self.url = url.rstrip("/")
        self.last_was_replay = False  # whether the last answer was given before, to the same idempotency key
        self._sessions = sessions
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy and no .netrc between a person and their own laptop

    def session(self) -> Session:
        """Who is signed in. Raises NotLoggedInError."""
        session = self._sessions.find(self.url)
        if session is None:
            message = f"You are not logged in at {self.url}: run `sandbank login`."
            raise NotLoggedInError(message)
        return session

    def log_in(self, username: str, password: str) -> Body:
        """Sign in and keep the session; the answer's `data`."""
        payload = {"username": username, "password": password}
        data: Body = self.call("POST", "/api/auth/login", payload, signed_in=False)["data"]
        self._keep(data)
        return data

    def log_out(self) -> None:
        """End the session here and at the bank. A bank that is away must not keep anyone logged in here."""
        session = self.session()
        self._sessions.forget(self.url)
        with suppress(NotLoggedInError):  # it had ended already
            payload = {"refresh_token": session.refresh_token}
            self._send("POST", "/api/auth/logout", payload, token=session.access_token)

    def get(self, path: str, **query: object) -> Body:
        """A read."""
        return self.call("GET", path, query=query)

    def rows(self, path: str, limit: int, **query: object) -> Body:
        """The first `limit` rows of a list, page by page; `next_cursor` says where it goes on."""
        found: list[Body] = []
        cursor = query.pop("cursor", None)
        while True:
            page = self.get(path, **query, cursor=cursor, limit=max(1, min(_PAGE, limit - len(found))))
            found += page["data"]
            cursor = page.get("next_cursor")
            if cursor is None or len(found) >= limit:
                return {"success": True, "data": found, "next_cursor": cursor}

    def call(
        self,
        method: str,
        path: str,
        payload: object = None,
        *,
        query: Body | None = None,
        idempotency_key: str | None = None,
        signed_in: bool = True,
        read_seconds: float = READ_SECONDS,
    ) -> Body:
        """One request, as the person who is signed in unless said otherwise; the body of the answer.

        `read_seconds` is how long to wait for it. Raises a CommandError for whatever is not a success.
        """
        send = partial(self._send, method, path, payload, query=query, key=idempotency_key, read_seconds=read_seconds)
        if not signed_in:
            return send()
        session = self._fresh(self.session())
        try:
            return send(token=session.access_token)
        except NotLoggedInError as error:
            if error.code != "TOKEN_EXPIRED":
                self._sessions.forget(self.url)
                raise
        session = self._refreshed(session)  # the bank did nothing yet, so asking again is safe
        return send(token=session.access_token)

    def _send(
        self,
        method: str,
        path: str,
        payload: object,
        *,
        query: Body | None = None,
        key: str | None = None,
        token: str | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> Body:
        headers = {}
        if key is not None:
            headers["Idempotency-Key"] = key
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            answer = self._http.request(
                method,
                self.url + path,
                json=payload,
                params=wanted,
                headers=headers,
                timeout=(CONNECT_SECONDS, read_seconds),
                allow_redirects=False,
            )
        except requests.exceptions.ConnectTimeout:
            raise UnreachableError(self._away()) from None
        except requests.exceptions.ConnectionError as error:
            if "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error):
                raise UnreachableError(self._away()) from None
            raise _unknown(method) from None
        except requests.exceptions.RequestException:
            raise _unknown(method) from None
        self.last_was_replay = answer.headers.get("Idempotent-Replayed") == "true"
        return _read(answer, method)

    def _away(self) -> str:
        return f"Nothing answers at {self.url}. Is the bank running? (`make run`, or give --url)"

    def _fresh(self, session: Session) -> Session:
        return self._refreshed(session) if time.time() > session.expires_at - _REFRESH_BEFORE_SECONDS else session

    def _refreshed(self, session: Session) -> Session:
        try:
            answer = self._send("POST", "/api/auth/refresh", {"refresh_token": session.refresh_token})
        except NotLoggedInError:
            self._sessions.forget(self.url)
            message = "Your session has ended: run `sandbank login`."
            raise NotLoggedInError(message) from None
        return self._keep(answer["data"])

    def _keep(self, data: Body) -> Session:
        session = Session(
            username=data["user"]["username"],
            role=data["user"]["role"],
            access_token=data["access_token"],
            refresh_token=data["refresh_token"],
            expires_at=int(time.time()) + int(data["expires_in"]),
        )
        self._sessions.keep(self.url, session)
        return session


def _read(answer: requests.Response, method: str) -> Body:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        if answer.ok or method != "GET":
            raise _unknown(method)
        message = f"The address answered {answer.status_code} in a way that no bank does. Is it the right one?"
        raise UnreachableError(message)
    if answer.ok:
        return body
    message = str(body.get("message") or f"The bank answered {answer.status_code}.")
    details = body.get("details")
    is_unknown = answer.status_code == 504 or (isinstance(details, dict) and details.get("outcome") == "unknown")
    if is_unknown and method != "GET":
        raise OutcomeUnknownError(message, body)
    if answer.status_code == 503:
        raise UnreachableError(message, body)
    if answer.status_code == 401:
        raise NotLoggedInError(message, body)
    raise RefusedError(message, body)


def _unknown(method: str) -> CommandError:
    if method == "GET":
        message = "The bank did not answer in time, or broke off."
        return UnreachableError(message)
    message = "No answer came: the bank may have done it or not."
    return OutcomeUnknownError(message)
