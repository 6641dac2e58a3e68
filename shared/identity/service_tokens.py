"""A service's own token: client credentials at auth, kept until shortly before it expires."""

import threading
import time
from contextlib import suppress
from typing import Any

from shared import services, settings
from shared.network.discovery import Discovery
from shared.network.http_client import ServiceClient
from shared.refusals import UNAVAILABLE, Refused
from shared.services import Service

_RENEW_BEFORE_SECONDS = 60
_ASK_AGAIN_SECONDS = 1.0


class ServiceToken:
    """Call it for the current token. Raises Refused (503) when auth is away and the token has run out."""

    def __init__(self, service: Service, discovery: Discovery) -> None:
        self._service = service
        self._secret = settings.client_secret(service)
        self._auth = ServiceClient(services.AUTH, discovery)
        self._token = ""
        self._renew_at = self._ends_at = 0.0
        self._failed_at = float("-inf")
        self._lock = threading.Lock()

    def __call__(self) -> str:
        if time.time() < self._renew_at:
            return self._token
        began = time.monotonic()
        with self._lock:
            if time.time() >= self._renew_at:
                self._renew(began)
        return self._token

    def at_hand(self) -> str | None:
        """The current token, without waiting for anybody; where there is none, one is asked for meanwhile."""
        if time.time() < self._renew_at:
            return self._token
        if time.monotonic() - self._failed_at > _ASK_AGAIN_SECONDS and not self._lock.locked():
            threading.Thread(target=self._renew_quietly, name="own-token", daemon=True).start()
        return self._token if time.time() < self._ends_at else None

    def close(self) -> None:
        """Give back the connection to auth."""
        with self._lock:
            self._auth.close()

    def _renew_quietly(self) -> None:
        with suppress(Refused):
            self()

    def _renew(self, began: float) -> None:
        """Ask for a new one. Whoever had to wait meanwhile is told what came of that, and does not ask again."""
        if self._failed_at > began:
            raise Refused(UNAVAILABLE)
        credentials = {"client_id": self._service.name, "client_secret": self._secret}
        try:
            data = self._auth.call("POST", "/api/auth/token", payload=credentials).data
        except Refused:
            self._failed_at = time.monotonic()
            if time.time() >= self._ends_at:
                raise
            self._renew_at = min(time.time() + _ASK_AGAIN_SECONDS, self._ends_at)
            return
        self._token = data["access_token"]
        self._renew_at = time.time() + max(data["expires_in"] - _RENEW_BEFORE_SECONDS, 1)
        self._ends_at = time.time() + data["expires_in"]


class RemoteKeys:
    """The key set and revocations of auth, over HTTP (`shared.identity.tokens.KeySource`)."""

    def __init__(self, discovery: Discovery, token: ServiceToken) -> None:
        self._auth = ServiceClient(services.AUTH, discovery)
        self._token = token

    def key_set(self) -> list[dict[str, Any]]:
        """Auth's published keys."""
        keys: list[dict[str, Any]] = self._auth.call("GET", "/api/auth/jwks", timeout_seconds=2).body["keys"]
        return keys

    def revocations(self, after: int) -> list[dict[str, Any]]:
        """Revocations after a position; those older than an access token's life are gone."""
        path = f"/internal/revocations?after={after}"
        rows: list[dict[str, Any]] = self._auth.call("GET", path, token=self._token(), timeout_seconds=2).data
        return rows
