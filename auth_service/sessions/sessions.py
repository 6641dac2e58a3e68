"""Sessions: opened at log-in, carried on by refresh tokens that change with each use, ended for good.

The refresh tokens of a session form one chain. Each is random to whoever does not hold the one before it: the next is
a keyed hash of the last, under a random key of the session. So requests that race with the same token all get the same
next one, and the chain never forks. Whoever never got the reply asks again with the same token, however much later, and
gets the same answer. A token that comes back more than 30 s after its use although the next one was used too has two
holders: it was stolen from somebody, or by somebody, and the whole session ends.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_sqlalchemy.session import Session

from auth_service import audit, event_feed
from auth_service.context import AuthContext, Client
from auth_service.events import SessionEnd, SessionEnded
from auth_service.models import RefreshToken, User, UserSession
from auth_service.sessions import repository as session_repository
from auth_service.tokens import access_tokens, revocations
from auth_service.users import repository as user_repository
from shared.audit import AuditDetails
from shared.audit_enums import AuditAction, AuditResult
from shared.enums import UserStatus
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, UNAUTHENTICATED, Refused
from shared.time.clock import MICROSECONDS, now_us

GRACE_US = 30 * MICROSECONDS
_TOLD_ALONE = frozenset({"logout", "logout_all", "signed_out_remotely", "too_many_sessions", "refresh_token_reused"})
"""Why a session ended, where that is an act of its own in the audit trail and not part of another."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a logged-in client holds; `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


def open_session(
    db_session: Session, context: AuthContext, user: User, client: Client, now: int
) -> tuple[str, TokenPair]:
    """Begin a session for someone who has proved who they are; its id and first tokens."""
    expires_at = _expiry(context, now)
    session = UserSession(
        id=new_id(),
        user_id=user.id,
        chain_key=secrets.token_urlsafe(32),
        address=client.address,
        user_agent=client.user_agent,
        created_at=now,
        last_used_at=now,
        expires_at=expires_at,
    )
    _make_room(db_session, context, user.id, now)
    refresh_token = secrets.token_urlsafe(32)
    token = RefreshToken(digest=_digest(refresh_token), session_id=session.id, expires_at=expires_at)
    session_repository.add_session(db_session, session, token)
    return session.id, _pair(context, user, session.id, refresh_token, now)


def _make_room(db_session: Session, context: AuthContext, user_id: str, now: int) -> None:
    """End the oldest sessions, so that with one more there are no more than a person may have."""
    live = session_repository.live_sessions(db_session, user_id, now=now)
    oldest = live[context.settings.sessions_per_person - 1 :]
    _end(db_session, oldest, reason="too_many_sessions", now=now)


def refresh(context: AuthContext, presented: str, client: Client) -> tuple[User, TokenPair]:
    """Exchange a refresh token for the next pair of its session.

    Raises Refused (401) for a token that is unknown, expired or of an ended session, and for one that is used again
    after the grace although its successor was used, which also ends the session.
    """
    with context.database.write_session() as db_session:
        now = now_us()
        chain = _find(db_session, presented, now)
        is_reused = _is_reused(db_session, chain, presented, now)
        if is_reused:
            _end(db_session, [chain.session], reason="refresh_token_reused", now=now)
            following = ""
        elif chain.token.used_at is None:
            following = _use(db_session, context, chain, presented, now)
        else:
            following = _newest(db_session, chain.session, presented)
        session = chain.session
        session.last_used_at, session.expires_at, session.address = now, _expiry(context, now), client.address
    if is_reused:
        context.verifier.refresh_revocations()
        raise Refused(UNAUTHENTICATED, "This refresh token was used before, so its session was ended; log in again.")
    return chain.user, _pair(context, chain.user, chain.session.id, following, now)


def end_own(context: AuthContext, user_id: str, session_id: str, *, reason: SessionEnd) -> None:
    """End one of the user's own sessions. Raises Refused (404) when it is not theirs or has ended."""
    with context.database.write_session() as db_session:
        now = now_us()
        session = session_repository.find_session(db_session, session_id)
        if session is None or session.user_id != user_id or session.ended_at is not None:
            raise Refused(NOT_FOUND)
        _end(db_session, [session], reason=reason, now=now)
    context.verifier.refresh_revocations()


def session_of(context: AuthContext, user_id: str, refresh_token: str) -> str | None:
    """The user's own session that this refresh token belongs to, if it is one."""
    with context.database.read_session() as db_session:
        token = session_repository.find_refresh_token(db_session, _digest(refresh_token))
        session = token and session_repository.find_session(db_session, token.session_id)
        return session.id if session and session.user_id == user_id and session.ended_at is None else None


def end_all(
    db_session: Session, user_id: str, *, reason: SessionEnd, now: int, except_session: str | None = None
) -> int:
    """End all of the user's sessions, or all but one; how many. The caller then refreshes the verifier."""
    live = session_repository.live_sessions(db_session, user_id, now=now)
    ending = [session for session in live if session.id != except_session]
    _end(db_session, ending, reason=reason, now=now)
    return len(ending)


def sign_out_everywhere(context: AuthContext, user_id: str) -> int:
    """End every session of the user; how many there were."""
    with context.database.write_session() as db_session:
        now = now_us()
        ended = end_all(db_session, user_id, reason="logout_all", now=now)
        revocations.revoke_users(db_session, [user_id], at=now)
    context.verifier.refresh_revocations()
    return ended


@dataclass(frozen=True, slots=True)
class _Chain:
    """A refresh token that was presented, the session it belongs to, and whose that is."""

    token: RefreshToken
    session: UserSession
    user: User


def _find(db_session: Session, presented: str, now: int) -> _Chain:
    token = session_repository.find_refresh_token(db_session, _digest(presented), for_update=True)
    session = session_repository.find_session(db_session, token.session_id) if token else None
    user = user_repository.find_user(db_session, session.user_id) if session else None
    if token is None or session is None or user is None:
        raise _not_valid()
    is_over = session.ended_at is not None or min(session.expires_at, token.expires_at) <= now
    if is_over or user.status != UserStatus.ACTIVE:
        raise _not_valid()
    return _Chain(token, session, user)


def _is_reused(db_session: Session, chain: _Chain, presented: str, now: int) -> bool:
    if chain.token.used_at is None or now - chain.token.used_at <= GRACE_US:
        return False
    following = session_repository.find_refresh_token(db_session, _digest(_successor(chain.session, presented)))
    return following is None or following.used_at is not None


def _use(db_session: Session, context: AuthContext, chain: _Chain, presented: str, now: int) -> str:
    """Mark the token as used and store the digest of the next one; the next one."""
    following = _successor(chain.session, presented)
    chain.token.used_at = now
    db_session.add(
        RefreshToken(digest=_digest(following), session_id=chain.session.id, expires_at=_expiry(context, now))
    )
    return following


def _newest(db_session: Session, session: UserSession, presented: str) -> str:
    """The token at the end of the chain, for one whose grace still runs."""
    following = _successor(session, presented)
    while (known := session_repository.find_refresh_token(db_session, _digest(following))) is not None:
        if known.used_at is None:
            return following
        following = _successor(session, following)
    raise _not_valid()


def _expiry(context: AuthContext, now: int) -> int:
    return now + context.settings.refresh_token_seconds * MICROSECONDS


def _not_valid() -> Refused:
    return Refused(UNAUTHENTICATED, "This refresh token is not valid; log in again.")


def _end(db_session: Session, ending: Sequence[UserSession], *, reason: SessionEnd, now: int) -> None:
    ids = [session.id for session in ending]
    for session in ending:
        session.ended_at, session.end_reason = now, reason
    revocations.revoke_sessions(db_session, ids, at=now)
    ended = [SessionEnded(user_id=session.user_id, session_id=session.id, reason=reason) for session in ending]
    event_feed.publish(db_session, ended, at=now)
    if ending and reason in _TOLD_ALONE:
        _tell(db_session, ending, reason)


def _tell(db_session: Session, ending: Sequence[UserSession], reason: SessionEnd) -> None:
    facts: dict[str, Any] = {"sessions": [session.id for session in ending], "why": reason}
    if reason == "refresh_token_reused":
        refused = AuditDetails(after=facts, result=AuditResult.REFUSED, error_code=UNAUTHENTICATED.code)
        audit.write(db_session, AuditAction.REFRESH_TOKEN_REUSED, ending[0].user_id, refused)
    else:
        audit.write(db_session, AuditAction.SESSION_ENDED, ending[0].user_id, AuditDetails(after=facts))


def _pair(context: AuthContext, user: User, session_id: str, refresh_token: str, now: int) -> TokenPair:
    life = context.settings.access_token_seconds
    claims = access_tokens.of_person(
        user, session_id, issued_at=now, life_seconds=life, is_production=context.settings.is_production
    )
    return TokenPair(context.keys.sign(claims), refresh_token, life)


def _successor(session: UserSession, token: str) -> str:
    mac = hmac.digest(session.chain_key.encode(), token.encode(), "sha256")
    return urlsafe_b64encode(mac).decode().rstrip("=")


def _digest(token: str) -> str:
    """Tokens are random, so a fast hash hides them well enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
