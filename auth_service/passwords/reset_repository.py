"""The SQL about tokens for forgotten passwords. The caller opens the transaction and alone commits it."""

from flask_sqlalchemy.session import Session
from sqlalchemy import delete, select

from auth_service.models import PasswordReset


def newest(db_session: Session, user_id: str) -> PasswordReset | None:
    """The last token that this person was mailed, if any is kept."""
    query = select(PasswordReset).where(PasswordReset.user_id == user_id).order_by(PasswordReset.created_at.desc())
    return db_session.scalars(query.limit(1)).one_or_none()


def find(db_session: Session, digest: str, *, for_update: bool = False) -> PasswordReset | None:
    """The token with this digest."""
    query = select(PasswordReset).where(PasswordReset.digest == digest)
    return db_session.scalars(query.with_for_update() if for_update else query).one_or_none()


def forget_of(db_session: Session, user_id: str) -> None:
    """No token of this person's holds any more."""
    db_session.execute(delete(PasswordReset).where(PasswordReset.user_id == user_id))


def forget_expired(db_session: Session, now: int) -> None:
    """Delete the tokens that have run out."""
    db_session.execute(delete(PasswordReset).where(PasswordReset.expires_at < now))
