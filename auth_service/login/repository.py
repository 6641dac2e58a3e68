"""The SQL about logging in: where people have logged in from, and who guessed at them."""

import hashlib
from collections.abc import Iterable, Mapping

from flask_sqlalchemy.session import Session
from sqlalchemy import delete, insert, select

from auth_service.login.throttling import NOTHING, Record
from auth_service.models import FailedGuesses, KnownDevice


def knows_network(db_session: Session, user_id: str, network: str) -> bool:
    """Whether the user has proved themself from this network before."""
    query = select(KnownDevice.user_id).where(KnownDevice.user_id == user_id, KnownDevice.network == network)
    return db_session.scalar(query.limit(1)) is not None


def remember_device(db_session: Session, user_id: str, network: str, user_agent: str, now: int) -> bool:
    """Remember where the user proved themself from; whether that is new for someone who was seen elsewhere before."""
    digest = hashlib.sha256(user_agent.encode("utf-8", "replace")).hexdigest()
    known = db_session.get(KnownDevice, (user_id, network, digest))
    if known is not None:
        known.last_seen_at = now
        return False
    has_others = db_session.scalar(select(KnownDevice.user_id).where(KnownDevice.user_id == user_id).limit(1))
    db_session.add(KnownDevice(user_id=user_id, network=network, agent_digest=digest, last_seen_at=now))
    return has_others is not None


def guess_records(db_session: Session, subjects: Iterable[str]) -> dict[str, Record]:
    """What is remembered of each of these subjects (`throttling.subjects`)."""
    names = list(subjects)
    rows = db_session.scalars(select(FailedGuesses).where(FailedGuesses.subject.in_(names)))
    found = {row.subject: Record(row.failures, row.last_failure_at, row.blocked_until) for row in rows}
    return {name: found.get(name, NOTHING) for name in names}


def store_guess_records(db_session: Session, records: Mapping[str, Record]) -> None:
    """Remember these records instead of the ones before."""
    forget_guesses(db_session, records)
    rows = [
        {
            "subject": subject,
            "failures": record.failures,
            "last_failure_at": record.last_failure_at,
            "blocked_until": record.blocked_until,
        }
        for subject, record in records.items()
    ]
    db_session.execute(insert(FailedGuesses), rows)


def forget_guesses(db_session: Session, subjects: Iterable[str] | None = None, *, before: int | None = None) -> None:
    """Forget these subjects, or everything last counted before an instant, or everything."""
    statement = delete(FailedGuesses)
    if subjects is not None:
        statement = statement.where(FailedGuesses.subject.in_(list(subjects)))
    if before is not None:
        statement = statement.where(FailedGuesses.last_failure_at < before)
    db_session.execute(statement, execution_options={"synchronize_session": False})


def forget_devices(db_session: Session, *, before: int) -> None:
    """Forget devices that were last seen before an instant."""
    db_session.execute(delete(KnownDevice).where(KnownDevice.last_seen_at < before))
