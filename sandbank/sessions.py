"""Who a client acts as: a person whose tokens are renewed in silence, or a service that has tokens of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sandbank.errors import NotLoggedInError
from sandbank.types import LogIn

RENEW_BEFORE_SECONDS = 30.0
Renew = Callable[[str], LogIn]
"""Exchanges a refresh token for a new pair. Raises NotLoggedInError when the session is over."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A person's pair. `expires_at` is of the access token, in seconds since the epoch."""

    access: str
    refresh: str
    expires_at: float

    @classmethod
    def of(cls, log_in: LogIn) -> "Tokens":
        """The pair that a log-in or a renewal answered."""
        return cls(log_in["access_token"], log_in["refresh_token"], time.time() + log_in["expires_in"])

    @property
    def is_due(self) -> bool:
        """Whether it is time for a new pair."""
        return time.time() > self.expires_at - RENEW_BEFORE_SECONDS


class TokenStore(Protocol):
    """Where a person's tokens are kept between requests: memory, a file, a cookie."""

    def load(self) -> Tokens | None:
        """The pair, while there is a session."""

    def keep(self, log_in: LogIn) -> None:
        """Remember what a log-in or a renewal answered."""

    def forget(self) -> None:
        """The session is over."""


class MemoryStore:
    """A session for as long as the program runs."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None

    def load(self) -> Tokens | None:
        """The pair, while there is a session."""
        return self._tokens

    def keep(self, log_in: LogIn) -> None:
        """Remember the pair."""
        self._tokens = Tokens.of(log_in)

    def forget(self) -> None:
        """The session is over."""
        self._tokens = None


class Credentials(Protocol):
    """What stands behind the `Authorization` of a request."""

    def token(self, renew: Renew) -> str:
        """An access token that is good now. Raises NotLoggedInError."""

    def after(self, expired: str, renew: Renew) -> str:
        """A newer token than one the bank called expired. Raises NotLoggedInError."""

    def ended(self) -> None:
        """The bank does not know this session any more."""


class UserCredentials:
    """A person, whose tokens live in a store."""

    def __init__(self, store: TokenStore) -> None:
        self.store = store

    def token(self, renew: Renew) -> str:
        """The access token, renewed shortly before it expires. Raises NotLoggedInError."""
        tokens = self._kept()
        return self._renewed(tokens, renew) if tokens.is_due else tokens.access

    def after(self, expired: str, renew: Renew) -> str:
        """The token that another thread has got meanwhile, else a new one. Raises NotLoggedInError."""
        tokens = self._kept()
        return tokens.access if tokens.access != expired else self._renewed(tokens, renew)

    def ended(self) -> None:
        """Forget the session."""
        self.store.forget()

    def _kept(self) -> Tokens:
        tokens = self.store.load()
        if tokens is None:
            message = "Nobody is logged in."
            raise NotLoggedInError(message, code="UNAUTHENTICATED")
        return tokens

    def _renewed(self, tokens: Tokens, renew: Renew) -> str:
        try:
            log_in = renew(tokens.refresh)
        except NotLoggedInError as error:
            self.store.forget()
            message = "The session has ended."
            raise NotLoggedInError(
                message, code=error.code, status=error.status, request_id=error.request_id, details=error.details
            ) from None
        self.store.keep(log_in)
        return log_in["access_token"]


class ServiceCredentials:
    """A program with tokens of its own; `current` gives the one that is good now."""

    def __init__(self, current: Callable[[], str]) -> None:
        self._current = current

    def token(self, renew: Renew) -> str:
        """The token."""
        return self._current()

    def after(self, expired: str, renew: Renew) -> str:
        """The token, which its source has renewed or will."""
        return self._current()

    def ended(self) -> None:
        """There is no session to forget."""
