"""The SQL about users. The caller opens the transaction and alone commits it."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import ColumnElement, CursorResult, Select, and_, delete, select
from sqlalchemy.exc import IntegrityError

from auth_service.models import Erasure, User
from auth_service.refusals import USERNAME_TAKEN
from auth_service.users.rules import name_key
from shared.enums import Role, UserStatus
from shared.http.pagination import ListQuery, fetch_page, in_id_range
from shared.refusals import Refused
from shared.text import fold

_IDS_AT_ONCE = 500


def find_user(db_session: Session, user_id: str, *, for_update: bool = False) -> User | None:
    """The user with this id."""
    query = select(User).where(User.id == user_id)
    return db_session.scalars(query.with_for_update() if for_update else query).one_or_none()


def find_by_name(db_session: Session, name: str) -> User | None:
    """The user with this user name, or this e-mail address (a user name holds no @)."""
    key = name_key(name)
    column = User.email_key if "@" in key else User.username_key
    return db_session.scalars(select(User).where(column == key)).one_or_none()


def find_users(db_session: Session, user_ids: Sequence[str]) -> Sequence[User]:
    """The users with these ids that exist, in no particular order."""
    return db_session.scalars(select(User).where(User.id.in_(user_ids))).all()


def find_taken(db_session: Session, usernames: Iterable[str], emails: Iterable[str]) -> list[User]:
    """Every user who already has one of these user names or e-mail addresses."""
    by_name = select(User).where(User.username_key.in_([name_key(name) for name in usernames]))
    by_email = select(User).where(User.email_key.in_([name_key(email) for email in emails]))
    found = {user.id: user for query in (by_name, by_email) for user in db_session.scalars(query)}
    return list(found.values())


def add_users(db_session: Session, new_users: Sequence[User]) -> None:
    """Insert users. Raises Refused when a user name or e-mail address is taken."""
    db_session.add_all(new_users)
    _flush(db_session)


def store_changes(db_session: Session, user: User) -> None:
    """Store the user as they now are. Raises Refused when the e-mail address is taken."""
    user.index()
    _flush(db_session)


def _flush(db_session: Session) -> None:
    try:
        db_session.flush()
    except IntegrityError:
        raise Refused(USERNAME_TAKEN) from None


def count_other_active_admins(db_session: Session, user_id: str) -> int:
    """How many other active administrators there are; none of them ceases to be one before the commit."""
    query = select(User.id).where(User.role == Role.ADMIN, User.status == UserStatus.ACTIVE).order_by(User.id)
    return sum(found != user_id for found in db_session.scalars(query.with_for_update()))


def has_users(db_session: Session) -> bool:
    """Whether the bank has been set up."""
    return db_session.scalar(select(User.id).limit(1)) is not None


def list_users(
    db_session: Session, query: ListQuery, *, search: str | None, role: Role | None, status: UserStatus | None
) -> tuple[list[User], str | None]:
    """A page of users, newest first, and the cursor of the next."""
    everybody = select(User)
    wanted = everybody
    if search:
        wanted = wanted.where(User.search_text.contains(fold(search), autoescape=True))
    if role is not None:
        wanted = wanted.where(User.role == role)
    if status is not None:
        wanted = wanted.where(_has_standing(status))
    rows, cursor = fetch_page(db_session, wanted, User.created_at, User.id, query, everything=everybody)
    return [row[0] for row in rows], cursor


def _has_standing(status: UserStatus) -> ColumnElement[bool]:
    if status == UserStatus.ERASED:
        return User.erased_at.is_not(None)
    return and_(User.status == status, User.erased_at.is_(None))


def users_by_id(db_session: Session, *, after: str, until: str | None, limit: int) -> Sequence[User]:
    """Users with ids after one and up to another, in the order of their ids."""
    return db_session.scalars(in_id_range(select(User), User.id, after=after, until=until, limit=limit)).all()


def ids_taken(db_session: Session, user_ids: Sequence[str]) -> set[str]:
    """Which of these are the id of somebody, or of somebody who was erased."""
    taken: set[str] = set()
    for start in range(0, len(user_ids), _IDS_AT_ONCE):
        some = user_ids[start : start + _IDS_AT_ONCE]
        taken.update(db_session.scalars(select(User.id).where(User.id.in_(some))))
        taken.update(db_session.scalars(select(Erasure.user_id).where(Erasure.user_id.in_(some))))
    return taken


def delete_customers(db_session: Session) -> int:
    """Delete every customer with what hangs on them; how many there were."""
    return _count(db_session.execute(delete(User).where(User.role == Role.CUSTOMER)))


def customer_ids() -> Select[str]:
    """The ids of all customers, for use inside another statement."""
    return select(User.id).where(User.role == Role.CUSTOMER)


def _count(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
