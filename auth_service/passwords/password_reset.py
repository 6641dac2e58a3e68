"""A forgotten password: a token by mail, and a new password for the token.

Whoever asks is answered at once and the same, whether there is such a person or not: the asking only puts the address
into a line, and a thread of its own looks who that is, so there is nothing to measure. What waits in the line is
forgotten with the process; people ask again.
"""

import hashlib
import queue
import secrets
import threading

import structlog
from flask_sqlalchemy.session import Session

from auth_service import audit, event_feed
from auth_service.context import AuthContext, Client
from auth_service.events import PasswordChanged, ResetRequested
from auth_service.login import repository as login_repository
from auth_service.login import throttling
from auth_service.models import PasswordReset, User
from auth_service.passwords import reset_repository as resets
from auth_service.passwords.new_passwords import check_new_password
from auth_service.refusals import RESET_TOKEN_INVALID
from auth_service.sessions import sessions
from auth_service.tokens import revocations
from auth_service.users import repository as user_repository
from shared.audit import AuditDetails
from shared.audit_enums import AuditAction
from shared.enums import UserStatus
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.services import NOTIFICATION
from shared.storage.secret_vault import RESET_TOKENS, SecretVault
from shared.time.clock import MICROSECONDS, now_us, to_wire

logger = structlog.get_logger(__name__)

TOKEN_SECONDS = 1800
PAUSE_SECONDS = 60
"""One person is mailed no more than one token in so long."""
_TOKEN_BYTES = 32


def ask(context: AuthContext, email: str, client: Client) -> None:
    """Somebody says that this is their address. Where too many wait already, nothing comes of it."""
    try:
        context.reset_line.put_nowait((email, client))
    except queue.Full:
        logger.warning("password_resets_crowded")


def work_off(context: AuthContext) -> None:
    """Look into everything that waits."""
    while not context.reset_line.empty():
        _look_into(context, *context.reset_line.get())


def start(context: AuthContext) -> None:
    """Do so for ever, in a daemon thread."""
    threading.Thread(target=_run, args=(context,), name="password resets", daemon=True).start()


def _run(context: AuthContext) -> None:
    while True:
        email, client = context.reset_line.get()
        try:
            _look_into(context, email, client)
        except Refused as refused:  # the bank is being reset, or others write
            logger.debug("password_reset_dropped", cause=cause_of(refused))
        except Exception:  # one odd request must not end all others
            logger.exception("password_reset_failed")


def _look_into(context: AuthContext, email: str, client: Client) -> None:
    """Make a token for whoever has this address, and tell it for the mail."""
    secret = context.settings.client_secrets.get(NOTIFICATION.name)
    if secret is None:
        logger.warning("password_reset_without_secret", service=NOTIFICATION.name)
        return
    subject = f"reset:{throttling.pair('', client.network)}"
    with context.database.write_session() as db_session:
        now = now_us()
        records = login_repository.guess_records(db_session, [subject])
        if throttling.wait_seconds(records, now):
            return
        counted = throttling.after_failure(records[subject], throttling.ADDRESS, now)
        login_repository.store_guess_records(db_session, {subject: counted})
        user = user_repository.find_by_name(db_session, email) if "@" in email else None
        if user is None or user.status != UserStatus.ACTIVE:
            return
        last = resets.newest(db_session, user.id)
        if last is not None and now - last.created_at < PAUSE_SECONDS * MICROSECONDS:
            return
        token, expires_at = secrets.token_urlsafe(_TOKEN_BYTES), now + TOKEN_SECONDS * MICROSECONDS
        resets.forget_expired(db_session, now)
        db_session.add(
            PasswordReset(
                digest=_digest(token), user_id=user.id, email_key=user.email_key, created_at=now, expires_at=expires_at
            )
        )
        db_session.flush()
        sealed = SecretVault(secret, RESET_TOKENS).seal(user.id, token)
        told = ResetRequested(user_id=user.id, sealed=sealed, expires_at=to_wire(expires_at))
        event_feed.publish(db_session, [told], at=now)


def reset_password(context: AuthContext, token: str, new: str, client: Client) -> int:
    """Set a new password for the token, which ends it and every session; how many sessions there were.

    Raises Refused: 400 for a token that is unknown, used or has run out, 422 when the password is not good enough.
    """
    with context.database.read_session() as db_session:
        user = _owner(db_session, resets.find(db_session, _digest(token)), now_us())
    check_new_password(context, new, username=user.username, email=user.email, field="new_password")
    with context.hasher.admitted():
        new_hash = context.hasher.hash(new)
    with context.database.write_session() as db_session:
        now = now_us()
        user = _owner(db_session, resets.find(db_session, _digest(token), for_update=True), now, for_update=True)
        user.password_hash = new_hash
        resets.forget_of(db_session, user.id)
        login_repository.forget_guesses(db_session, [throttling.pair(user.id, client.network)])
        revocations.revoke_users(db_session, [user.id], at=now)
        ended = sessions.end_all(db_session, user.id, reason="password_changed", now=now)
        event_feed.publish(db_session, [PasswordChanged(user_id=user.id, address=client.address)], at=now)
        told = AuditDetails(after={"sessions_ended": ended, "by_mailed_link": True})
        audit.write_proved(db_session, AuditAction.PASSWORD_CHANGED, user, told=told)
    context.verifier.refresh_revocations()
    return ended


def _owner(db_session: Session, found: PasswordReset | None, now: int, *, for_update: bool = False) -> User:
    """Whose token this is. Raises Refused (400) when it does not hold."""
    user = user_repository.find_user(db_session, found.user_id, for_update=for_update) if found else None
    if found is None or user is None or found.expires_at <= now:
        raise Refused(RESET_TOKEN_INVALID)
    if user.status != UserStatus.ACTIVE or user.email_key != found.email_key:
        raise Refused(RESET_TOKEN_INVALID)
    return user


def _digest(token: str) -> str:
    """Tokens are random, so a fast hash hides them well enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
