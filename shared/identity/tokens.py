"""Access tokens are verified by every service itself, from auth's published keys, with no call per request.

The last good key set is kept, so an outage of auth logs nobody out and lets nobody in. Revocations are pulled from
auth when its bell rings, or every half second where none is heard; before they were once, no token is believed. One
algorithm is accepted, EdDSA; nothing in a token's own header chooses how it is checked.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol

import jwt
import structlog

from shared.events.feed_wakeups import Listener
from shared.observability.logs import cause_of
from shared.refusals import TOKEN_EXPIRED, UNAUTHENTICATED, UNAVAILABLE, Refused
from shared.services import AUTH

logger = structlog.get_logger(__name__)

ALGORITHM = "EdDSA"
ISSUER = "sandbank-auth"
AUDIENCE = "sandbank"
LEEWAY_SECONDS = 10
REVOCATION_POLL_SECONDS = 0.5
KEYS_POLL_SECONDS = 60.0
_UNKNOWN_KEY_REFRESH_SECONDS = 1.0
_ASK_AGAIN_SECONDS = 0.2
_CACHE_SIZE = 10_000
_REMEMBERED_SECONDS = 2 * 3600.0  # twice the longest life that auth gives an access token


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking: a person (`user_id` is their id) or a service acting for itself (`is_service`)."""

    user_id: str
    role: str
    scopes: frozenset[str]
    session_id: str | None
    username: str
    issued_at: float
    expires_at: int

    @property
    def is_service(self) -> bool:
        """Whether this is a service's own token."""
        return self.role == "service"

    @property
    def is_staff(self) -> bool:
        """Whether the person works for the bank."""
        return self.role in ("employee", "admin")


class KeySource(Protocol):
    """Where keys and revocations come from: auth over HTTP, or auth itself."""

    def key_set(self) -> list[dict[str, Any]]:
        """The JWKS `keys` list. Raises Refused when auth is away."""

    def revocations(self, after: int) -> list[dict[str, Any]]:
        """Revocations after a position, in order; all there are when it was not given out yet.

        Each is `{position, session_id | user_id, issued_before}`, with seconds since the epoch.
        """


class Revocations:
    """What has been revoked in the life of an access token: sessions, and users' tokens up to an instant.

    What is older than any access token can be is forgotten, so that months of sign-outs take no memory.
    """

    def __init__(self) -> None:
        self.position = 0
        self._sessions: dict[str, float] = {}
        """When each was heard of last, on the monotonic clock: the other may jump ahead, and back."""
        self._users: dict[str, tuple[float, float]] = {}
        """Until when tokens issued before are revoked, in seconds since the epoch, and when that was heard."""
        self._lock = threading.Lock()

    def apply(self, rows: list[dict[str, Any]]) -> None:
        """Take in rows of auth's feed."""
        with self._lock:
            now = time.monotonic()
            for row in rows:
                if row.get("session_id"):
                    self._sessions[row["session_id"]] = now
                if row.get("user_id"):
                    known, _ = self._users.get(row["user_id"], (0.0, now))
                    self._users[row["user_id"]] = max(known, float(row["issued_before"])), now
                self.position = int(row["position"])  # lower than before when auth was restored from an older backup
            oldest = now - _REMEMBERED_SECONDS
            self._sessions = {session: heard for session, heard in self._sessions.items() if heard > oldest}
            self._users = {user: revoked for user, revoked in self._users.items() if revoked[1] > oldest}

    def covers(self, identity: Identity) -> bool:
        """Whether this identity's token has been revoked."""
        if identity.session_id in self._sessions:
            return True
        revoked = self._users.get(identity.user_id)
        return revoked is not None and identity.issued_at < revoked[0]


class TokenVerifier:
    """Verifies bearer tokens. Thread-safe; `start()` begins the background refresh in this process."""

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._keys: dict[str, jwt.PyJWK] = {}
        self._revocations = Revocations()
        self._verified: OrderedDict[str, Identity] = OrderedDict()
        self._lock = threading.Lock()
        self._refreshed_at = 0.0
        self._asked_at = float("-inf")
        self._knows_revocations = False
        self._first_asked_at = float("-inf")
        self._first_lock = threading.Lock()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Keep keys and revocations fresh in a daemon thread."""
        threading.Thread(target=self._refresh_forever, name="token-refresh", daemon=True).start()

    def stop(self) -> None:
        """End the background refresh."""
        self._stopped.set()

    def verify(self, token: str) -> Identity:
        """The identity a token proves. Raises Refused: UNAUTHENTICATED, TOKEN_EXPIRED, or 503 before keys and
        revocations have been fetched for the first time.
        """
        identity = self._verified.get(token)
        if identity is None:
            identity = self._decode(token)
            with self._lock:
                self._verified[token] = identity
                if len(self._verified) > _CACHE_SIZE:
                    self._verified.popitem(last=False)
        if identity.expires_at + LEEWAY_SECONDS < time.time():
            raise Refused(TOKEN_EXPIRED)
        if not self._knows_revocations:
            self._fetch_first_revocations()
        if self._revocations.covers(identity):
            raise Refused(UNAUTHENTICATED, "This session has ended; log in again.")
        return identity

    def known(self, token: str) -> Identity | None:
        """The identity of a token that `verify` would take without asking anybody; None of any other."""
        identity = self._verified.get(token)
        if identity is None or identity.expires_at + LEEWAY_SECONDS < time.time() or not self._knows_revocations:
            return None
        return None if self._revocations.covers(identity) else identity

    def refresh_keys(self) -> None:
        """Fetch the key set now. Raises Refused when auth is away; the old keys stay."""
        keys = {key["kid"]: jwt.PyJWK(key, algorithm=ALGORITHM) for key in self._source.key_set()}
        self._refreshed_at = time.monotonic()
        if set(keys) != set(self._keys):
            self._keys = keys
            with self._lock:
                self._verified.clear()

    def refresh_revocations(self) -> None:
        """Pull revocations now, page by page. Raises Refused when auth is away."""
        while rows := self._source.revocations(self._revocations.position):
            self._revocations.apply(rows)
        self._knows_revocations = True

    def _fetch_first_revocations(self) -> None:
        """Keys alone open nothing: what was revoked before this process began must be known. Raises Refused (503)."""
        with self._first_lock:
            if self._knows_revocations:
                return
            if time.monotonic() - self._first_asked_at < _ASK_AGAIN_SECONDS:
                raise Refused(UNAVAILABLE)
            try:
                self.refresh_revocations()
            finally:
                self._first_asked_at = time.monotonic()

    def _decode(self, token: str) -> Identity:
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "iss", "aud", "role"]},
            )
        except jwt.ExpiredSignatureError:
            raise Refused(TOKEN_EXPIRED) from None
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            raise Refused(UNAUTHENTICATED) from None
        return Identity(
            user_id=claims["sub"],
            role=claims["role"],
            scopes=frozenset(claims.get("scope", "").split()),
            session_id=claims.get("sid"),
            username=claims.get("username", ""),
            issued_at=float(claims["iat"]),
            expires_at=int(claims["exp"]),
        )

    def _key(self, kid: object) -> jwt.PyJWK:
        key = self._keys.get(kid) if isinstance(kid, str) else None
        now = time.monotonic()
        if key is None and now - max(self._asked_at, self._refreshed_at) > _UNKNOWN_KEY_REFRESH_SECONDS:
            self._asked_at = now  # before asking: while auth is slow, made-up kids must not hold every thread
            try:
                self.refresh_keys()
                self.refresh_revocations()
            except Refused:
                if not self._keys:
                    raise
            key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise Refused(UNAUTHENTICATED if self._keys else UNAVAILABLE)
        return key

    def _refresh_forever(self) -> None:
        bell = Listener(AUTH)
        while not bell.wait(self._stopped, REVOCATION_POLL_SECONDS):
            try:
                if not self._keys or time.monotonic() - self._refreshed_at > KEYS_POLL_SECONDS:
                    self.refresh_keys()
                self.refresh_revocations()
            except Refused as refused:
                bell.forget()
                logger.debug("auth_away", cause=cause_of(refused))
            except Exception:  # the refresh must outlive any surprise: without it, revocations stop
                bell.forget()
                logger.exception("token_refresh_failed")
