"""The bank as a command talks to it: the typed client, as whoever is logged in at its address."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cli.errors import InvalidAddressError
from cli.session_file import Session, SessionFile
from sandbank import Client, HttpTransport, NotLoggedInError, Page, Reply, Request, Tokens, UserCredentials
from sandbank.types import LogIn
from shared.enums import CHANNEL_HEADER, Channel


class SessionStore:
    """One address's session in the file."""

    def __init__(self, url: str, sessions: SessionFile) -> None:
        self._url = url
        self._sessions = sessions

    def session(self) -> Session:
        """Who is logged in. Raises NotLoggedInError."""
        session = self._sessions.find(self._url)
        if session is None:
            message = f"You are not logged in at {self._url}: run `sandbank login`."
            raise NotLoggedInError(message, code="UNAUTHENTICATED")
        return session

    def load(self) -> Tokens:
        """The pair of tokens. Raises NotLoggedInError."""
        session = self.session()
        return Tokens(session.access_token, session.refresh_token, session.expires_at)

    def keep(self, log_in: LogIn) -> None:
        """Remember a session. Raises CommandError where it cannot be written."""
        tokens, user = Tokens.of(log_in), log_in["user"]
        session = Session(user["username"], user["role"], tokens.access, tokens.refresh, int(tokens.expires_at))
        self._sessions.keep(self._url, session)

    def forget(self) -> None:
        """The session is over."""
        self._sessions.forget(self._url)


class _CommandTransport(HttpTransport):
    """Says with each request that it is of the command."""

    def send(self, request: Request, seconds: float) -> Reply:
        headers = {**request.headers, CHANNEL_HEADER: Channel.CLI.value}
        return super().send(replace(request, headers=headers), seconds)


class BankClient(Client):
    """The typed client with a session that is kept in a file. Raises InvalidAddressError for what is no address."""

    def __init__(self, url: str, sessions: SessionFile) -> None:
        self.url = url.rstrip("/")
        self.store = SessionStore(self.url, sessions)
        try:
            transport = _CommandTransport(self.url)
        except ValueError as error:
            raise InvalidAddressError(str(error)) from None
        super().__init__(transport=transport, credentials=UserCredentials(self.store))

    def session(self) -> Session:
        """Who is logged in. Raises NotLoggedInError."""
        return self.store.session()


def listed(pages: Iterable[Page[Any]]) -> dict[str, Any]:
    """The rows of all these pages in one envelope; its `next_cursor` says where the list goes on."""
    rows: list[Any] = []
    cursor = None
    for page in pages:
        rows += page.data
        cursor = page.next_cursor
    return {"success": True, "data": rows, "next_cursor": cursor}
