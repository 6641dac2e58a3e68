"""The SQL about users: who they are, where they have signed in from, and who guessed at them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from auth_service.models import failed_guesses, known_devices, users
from auth_service.refusals import USERNAME_TAKEN
from auth_service.throttling import NOTHING, Record
from auth_service.users import User, name_key
from shared.enums import Role, UserStatus
from shared.pagination import in_id_range
from shared.refusals import Refused
from shared.text import fold


def find_user(connection: Connection, user_id: str) -> User | None:
    """The user with this id."""
    return _one(connection, select(users).where(users.c.id == user_id))


def find_by_name(connection: Connection, name: str) -> User | None:
    """The user with this user name, or this e-mail address (a user name holds no @)."""
    key = name_key(name)
    column = users.c.email_key if "@" in key else users.c.username_key
    return _one(connection, select(users).where(column == key))


def find_users(connection: Connection, user_ids: Sequence[str]) -> list[User]:
    """The users with these ids that exist, in no particular order."""
    return [_user(row) for row in connection.execute(select(users).where(users.c.id.in_(user_ids)))]


def find_taken(connection: Connection, usernames: Iterable[str], emails: Iterable[str]) -> list[User]:
    """Every user who already has one of these user names or e-mail addresses."""
    by_name = select(users).where(users.c.username_key.in_([name_key(name) for name in usernames]))
    by_email = select(users).where(users.c.email_key.in_([name_key(email) for email in emails]))
    found = {row.id: _user(row) for query in (by_name, by_email) for row in connection.execute(query)}
    return list(found.values())


def add_users(connection: Connection, new_users: Sequence[User]) -> None:
    """Insert users. Raises Refused when a user name or e-mail address is taken."""
    try:
        connection.execute(insert(users), [_row(user) for user in new_users])
    except IntegrityError:
        raise Refused(USERNAME_TAKEN) from None


def update_user(connection: Connection, user: User) -> None:
    """Store the user as they now are. Raises Refused when the e-mail address is taken."""
    try:
        connection.execute(update(users).where(users.c.id == user.id).values(**_row(user)))
    except IntegrityError:
        raise Refused(USERNAME_TAKEN) from None


def count_other_active_admins(connection: Connection, user_id: str) -> int:
    """How many active administrators there are besides this user."""
    query = select(func.count()).where(users.c.role == "admin", users.c.status == "active", users.c.id != user_id)
    return connection.execute(query).scalar_one()


def has_users(connection: Connection) -> bool:
    """Whether the bank has been set up."""
    return connection.execute(select(users.c.id).limit(1)).first() is not None


def list_users(
    connection: Connection,
    *,
    search: str | None,
    role: Role | None,
    status: UserStatus | None,
    after: tuple[int, str] | None,
    limit: int,
) -> list[User]:
    """Users newest first, after a (created_at, id)."""
    query = select(users)
    if search:
        query = query.where(users.c.search_text.contains(fold(search), autoescape=True))
    if role is not None:
        query = query.where(users.c.role == role)
    if status is not None:
        query = query.where(users.c.status == status)
    if after is not None:
        query = query.where(tuple_(users.c.created_at, users.c.id) < after)
    query = query.order_by(users.c.created_at.desc(), users.c.id.desc()).limit(limit)
    return [_user(row) for row in connection.execute(query)]


def users_by_id(connection: Connection, *, after: str, until: str | None, limit: int) -> list[User]:
    """Users with ids after one and up to another, in the order of their ids."""
    query = in_id_range(select(users), users.c.id, after=after, until=until, limit=limit)
    return [_user(row) for row in connection.execute(query)]


def delete_customers(connection: Connection) -> int:
    """Delete every customer with what hangs on them; how many there were."""
    return connection.execute(delete(users).where(users.c.role == "customer")).rowcount


def customer_ids() -> Select[tuple[str]]:
    """The ids of all customers, for use inside another statement."""
    return select(users.c.id).where(users.c.role == "customer")


def knows_network(connection: Connection, user_id: str, network: str) -> bool:
    """Whether the user has proved themself from this network before."""
    query = select(known_devices.c.user_id).where(
        known_devices.c.user_id == user_id, known_devices.c.network == network
    )
    return connection.execute(query.limit(1)).first() is not None


def remember_device(connection: Connection, user_id: str, network: str, user_agent: str, now: int) -> bool:
    """Remember where the user proved themself from; whether that is new for someone who was seen elsewhere before."""
    digest = hashlib.sha256(user_agent.encode("utf-8", "replace")).hexdigest()
    is_user = known_devices.c.user_id == user_id
    device = and_(is_user, known_devices.c.network == network, known_devices.c.agent_digest == digest)
    if connection.execute(update(known_devices).where(device).values(last_seen_at=now)).rowcount:
        return False
    has_others = connection.execute(select(known_devices.c.user_id).where(is_user).limit(1)).first() is not None
    connection.execute(
        insert(known_devices).values(user_id=user_id, network=network, agent_digest=digest, last_seen_at=now)
    )
    return has_others


def guess_records(connection: Connection, subjects: Iterable[str]) -> dict[str, Record]:
    """What is remembered of each of these subjects (`throttling.subjects`)."""
    names = list(subjects)
    table = failed_guesses.c
    rows = connection.execute(select(failed_guesses).where(table.subject.in_(names)))
    found = {row.subject: Record(row.failures, row.last_failure_at, row.blocked_until) for row in rows}
    return {name: found.get(name, NOTHING) for name in names}


def store_guess_records(connection: Connection, records: Mapping[str, Record]) -> None:
    """Remember these records instead of the ones before."""
    forget_guesses(connection, records)
    rows = [
        {
            "subject": subject,
            "failures": record.failures,
            "last_failure_at": record.last_failure_at,
            "blocked_until": record.blocked_until,
        }
        for subject, record in records.items()
    ]
    connection.execute(insert(failed_guesses), rows)


def forget_guesses(connection: Connection, subjects: Iterable[str] | None = None, *, before: int | None = None) -> None:
    """Forget these subjects, or everything last counted before an instant, or everything."""
    statement = delete(failed_guesses)
    if subjects is not None:
        statement = statement.where(failed_guesses.c.subject.in_(list(subjects)))
    if before is not None:
        statement = statement.where(failed_guesses.c.last_failure_at < before)
    connection.execute(statement)


def forget_devices(connection: Connection, *, before: int) -> None:
    """Forget devices that were last seen before an instant."""
    connection.execute(delete(known_devices).where(known_devices.c.last_seen_at < before))


def _one(connection: Connection, query: Select[Any]) -> User | None:
    row = connection.execute(query).first()
    return None if row is None else _user(row)


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        username=row.username,
        email=row.email,
        full_name=row.full_name,
        role=row.role,
        status=row.status,
        synthetic=bool(row.synthetic),
        created_by=row.created_by,
        password_hash=row.password_hash,
        created_at=row.created_at,
    )


def _row(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "username_key": name_key(user.username),
        "email": user.email,
        "email_key": name_key(user.email),
        "full_name": user.full_name,
        "search_text": fold(f"{user.username}\n{user.email}\n{user.full_name}"),
        "role": user.role,
        "status": user.status,
        "synthetic": int(user.synthetic),
        "created_by": user.created_by,
        "password_hash": user.password_hash,
        "created_at": user.created_at,
    }
