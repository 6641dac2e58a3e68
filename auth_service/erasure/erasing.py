"""Erasing a person, step by step, each of them safe to repeat: whatever dies in between, the next round goes on.

First it is written down that they are to be erased; while that stands, they get no other role. Then it is written down
that it begins, and the account service forgets them, in one commit in which it also sees that no account lives and
keeps others from being opened; from there on there is no way back. Then we forget
them ourselves, in one commit with the act in the audit trail and the event that tells everybody. At last the others do.
"""

import secrets
import threading
from http import HTTPStatus

import structlog
from flask_sqlalchemy.session import Session

from auth_service import audit, bootstrap, event_feed
from auth_service.context import AuthContext
from auth_service.erasure import repository
from auth_service.erasure.services import FIRST, OTHERS
from auth_service.events import UserUpdated
from auth_service.models import Erasure, User
from auth_service.refusals import STAFF_NOT_ERASED
from auth_service.tokens import revocations
from auth_service.users import administration
from auth_service.users import repository as user_repository
from shared.audit import Acting, AuditDetails
from shared.audit_enums import AuditAction
from shared.enums import Role, UserStatus
from shared.events.feed_wakeups import Listener
from shared.observability.logs import cause_of
from shared.privacy import erasure, stand_ins
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import ACCOUNTS_STILL_OPEN
from shared.services import AUTH
from shared.time.clock import MICROSECONDS, now_us

logger = structlog.get_logger(__name__)

_LONGEST_PAUSE_SECONDS = 60
_POLL_SECONDS = 1.0
_LEASE_US = 10 * MICROSECONDS
"""For so long a second process leaves to the first what that is at; it costs nothing but time when both do it."""


def ask(context: AuthContext, user_id: str, by: Acting, reason: str | None = None) -> Erasure:
    """Erase a person for whoever asks: as far as that has come. Asking again goes on with it.

    Raises Refused: 404, 409 for staff and while an account lives, 503 when nobody can say whether one does.
    """
    if administration.find_user(context, user_id).role != Role.CUSTOMER:
        raise Refused(STAFF_NOT_ERASED)
    with context.database.read_session() as db_session:
        known = repository.find(db_session, user_id)
    if known is None:
        context.forgetting.check(user_id)
        now = now_us()
        with context.database.write_session() as db_session:
            _customer(db_session, user_id)
            if repository.find(db_session, user_id) is None:
                db_session.add(
                    Erasure(
                        user_id=user_id,
                        asked_by=by.as_text(),
                        reason=reason,
                        remaining=" ".join(service.name for service in OTHERS),
                        asked_at=now,
                        begun_at=None,
                        agreed_at=None,
                        finished_at=None,
                        attempts=0,
                        due_at=now + _LEASE_US,
                    )
                )
    go_on(context, user_id)
    return find(context, user_id)


def find(context: AuthContext, user_id: str) -> Erasure:
    """How far it has come. Raises Refused (404)."""
    with context.database.read_session() as db_session:
        found = repository.find(db_session, user_id)
    if found is None:
        raise Refused(NOT_FOUND)
    return found


def go_on(context: AuthContext, user_id: str) -> None:
    """Take the steps that are left, as far as the other services answer.

    Raises Refused (409) when an account lives after all, or they work at the bank: then it is not asked for any more.
    """
    if find(context, user_id).agreed_at is None:
        try:
            _begin(context, user_id)
            context.forgetting.erase(FIRST, user_id)
        except Refused as refused:
            if refused.refusal.code in {ACCOUNTS_STILL_OPEN.code, STAFF_NOT_ERASED.code}:
                _withdraw(context, user_id)
                raise
            _wait(context, user_id, FIRST.name, refused)
            return
        try:
            _forget(context, user_id)
        except Refused as refused:
            _wait(context, user_id, AUTH.name, refused)
            return
    _have_others_forget(context, user_id)
    _postpone(context, user_id)


def _have_others_forget(context: AuthContext, user_id: str) -> None:
    left = find(context, user_id).remaining.split()
    for service in OTHERS:
        if service.name not in left:
            continue
        try:
            context.forgetting.erase(service, user_id)
        except Refused as refused:
            _tell_of_wait(user_id, service.name, refused)
        else:
            _note(context, user_id, service.name)


def _customer(db_session: Session, user_id: str) -> User:
    """Whoever is to be erased, as they are until the commit. Raises Refused: 404, 409 for somebody of the staff."""
    user = user_repository.find_user(db_session, user_id, for_update=True)
    if user is None:
        raise Refused(NOT_FOUND)
    if user.role != Role.CUSTOMER:
        raise Refused(STAFF_NOT_ERASED)
    return user


def _begin(context: AuthContext, user_id: str) -> None:
    """From now on there may be no way back. Raises Refused (409) for somebody who has come to work at the bank."""
    with context.database.write_session() as db_session:
        row = repository.find(db_session, user_id, for_update=True)
        if row is not None and row.begun_at is None:
            _customer(db_session, user_id)
            row.begun_at = now_us()


def _wait(context: AuthContext, user_id: str, service: str, refused: Refused) -> None:
    _tell_of_wait(user_id, service, refused)
    _postpone(context, user_id)


def _tell_of_wait(user_id: str, service: str, refused: Refused) -> None:
    """Who is away comes back; any other refusal of what can no longer be called off is one that somebody must see."""
    tell = logger.info if refused.refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR else logger.critical
    tell("erasure_waits", user=user_id, service=service, cause=cause_of(refused))


def _forget(context: AuthContext, user_id: str) -> None:
    """Forget them ourselves, once."""
    bootstrap.forget_customer(context.settings.data_dir, administration.find_user(context, user_id).username)
    nobodys = context.hasher.hash(secrets.token_urlsafe(32))
    with context.database.write_session() as db_session:
        now, row = now_us(), repository.find(db_session, user_id, for_update=True)
        if row is None or row.agreed_at is not None:
            return
        user = _customer(db_session, user_id)
        user.username, user.email = stand_ins.new_stand_ins(user_id)
        user.full_name, user.password_hash = erasure.NAME, nobodys
        user.status, user.erased_at = UserStatus.DISABLED, now
        user_repository.store_changes(db_session, user)
        repository.forget_traces(db_session, user)
        revocations.revoke_users(db_session, [user_id], at=now)
        by = Acting.from_text(row.asked_by)
        audit.write(db_session, AuditAction.USER_ERASED, user_id, AuditDetails(reason=row.reason), by=by)
        row.asked_by, row.reason, row.agreed_at = "", None, now
        event_feed.publish(db_session, [UserUpdated.of(user)], at=now)
    context.verifier.refresh_revocations()


def _withdraw(context: AuthContext, user_id: str) -> None:
    with context.database.write_session() as db_session:
        row = repository.find(db_session, user_id, for_update=True)
        if row is not None and row.agreed_at is None:
            db_session.delete(row)


def _note(context: AuthContext, user_id: str, name: str) -> None:
    """This service has forgotten them."""
    with context.database.write_session() as db_session:
        row = repository.find(db_session, user_id, for_update=True)
        if row is not None:
            row.remaining = " ".join(one for one in row.remaining.split() if one != name)
            if not row.remaining:
                row.finished_at = now_us()


def _postpone(context: AuthContext, user_id: str) -> None:
    """Let the next round be later: a second after the first that did not finish it, twice as long after each other."""
    with context.database.write_session() as db_session:
        row = repository.find(db_session, user_id, for_update=True)
        if row is not None and row.finished_at is None:
            row.attempts += 1
            pause = min(2 ** min(row.attempts - 1, 10), _LONGEST_PAUSE_SECONDS)
            row.due_at = now_us() + pause * MICROSECONDS


def go_on_with_all(context: AuthContext) -> None:
    """One round: everything that was left half-done and is due."""
    now = now_us()
    with context.database.read_session() as db_session:
        waiting = repository.due(db_session, now)
    for user_id in waiting:
        with context.database.write_session() as db_session:
            row = repository.find(db_session, user_id, for_update=True)
            is_ours = row is not None and row.finished_at is None and row.due_at <= now
            if row is not None and is_ours:
                row.due_at = now + _LEASE_US
        if is_ours:
            try:
                go_on(context, user_id)
            except Refused as refused:
                logger.warning("erasure_given_up", user=user_id, cause=cause_of(refused))


def start(context: AuthContext) -> None:
    """Go on with erasures in a daemon thread."""
    threading.Thread(target=_run, args=(context,), name="erasures", daemon=True).start()


def _run(context: AuthContext) -> None:
    pause, bell, are_waited_for = threading.Event(), Listener(AUTH), True
    while not (pause.wait(_POLL_SECONDS) if are_waited_for else bell.wait(pause, _POLL_SECONDS)):
        are_waited_for = True  # where nothing is, the next is a commit, of whichever process
        try:
            go_on_with_all(context)
            with context.database.read_session() as db_session:
                are_waited_for = repository.are_unfinished(db_session)
        except Refused as refused:
            logger.debug("erasures_wait", cause=cause_of(refused))
        except Exception:  # whoever is to be forgotten waits for the next round
            logger.exception("erasures_failed")
