"""Whose token a request carries, for faults that are about one user.

Only a token that holds says so: what a stranger writes into one uses up nobody's faults. The key set and the
revocations of auth are asked for from the first fault on that is about a user, and at no other time.
"""

import threading

from shared.identity.access import bearer_token
from shared.identity.service_tokens import RemoteKeys, ServiceToken
from shared.identity.tokens import TokenVerifier
from shared.network.discovery import Discovery
from shared.refusals import Refused


class TokenUsers:
    """Call it with an `Authorization` header for the user's id. Thread-safe."""

    def __init__(self, discovery: Discovery, own_token: ServiceToken) -> None:
        self._verifier = TokenVerifier(RemoteKeys(discovery, own_token))
        self._is_started = False
        self._lock = threading.Lock()

    def __call__(self, authorization: str) -> str | None:
        """The id; None for a token that does not hold, for none at all, and while auth has told no keys yet."""
        try:
            token = bearer_token(authorization)
            self._start()
            return self._verifier.verify(token).user_id
        except Refused:
            return None

    def close(self) -> None:
        """Ask auth no more."""
        self._verifier.stop()

    def _start(self) -> None:
        with self._lock:
            if not self._is_started:
                self._is_started = True
                self._verifier.start()
