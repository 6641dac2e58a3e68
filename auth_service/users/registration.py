"""New users: people who register, those an administrator adds, and synthetic customers by the thousand."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_sqlalchemy.session import Session

from auth_service import audit, event_feed
from auth_service.context import AuthContext, Client
from auth_service.events import UserRegistered
from auth_service.login import repository as login_repository
from auth_service.models import User, audit_log
from auth_service.passwords.new_passwords import check_new_password
from auth_service.refusals import USERNAME_TAKEN
from auth_service.users import repository
from auth_service.users.rules import is_reserved, name_key
from shared.audit import AuditDetails, Subject, acting_now
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import Role, UserStatus
from shared.http.field_problems import invalid
from shared.identifiers import new_id
from shared.privacy import stand_ins
from shared.refusals import Refused
from shared.time.clock import now_us


@dataclass(frozen=True, slots=True)
class Person:
    """Who a new user is; without a full name they are shown by their user name.

    `effective_at` (microseconds) is when they become one in a simulated past. `chosen_id` is what a simulation would
    have them have as their id; None for one of our own.
    """

    username: str
    email: str
    full_name: str = ""
    effective_at: int | None = None
    chosen_id: str | None = None


def register(
    context: AuthContext,
    person: Person,
    password: str,
    *,
    role: Role = Role.CUSTOMER,
    created_by: str | None = None,
    client: Client | None = None,
) -> User:
    """Make one user. `client`: where someone registers themself from; they are known there from now on.

    Raises Refused: 409 when the user name or the e-mail address is taken (it does not say which, and it takes as long
    as a success), 422 when the password is not good enough or the user name is kept for the bank, 503 when very many
    people register at this moment.
    """
    check_new_password(context, password, username=person.username, email=person.email)
    if created_by is None and is_reserved(person.username):
        raise invalid("username", "is kept for the bank itself; choose another", code="reserved")
    check_is_no_stand_in(username=person.username, email=person.email)
    bank_time = context.bank_clock.now_us()
    is_stranger = created_by is None
    with context.hasher.stranger_admitted() if is_stranger else context.hasher.admitted():
        password_hash = context.hasher.hash(password)
    with context.database.write_session() as db_session:
        now = now_us()
        if repository.find_taken(db_session, [person.username], [person.email]):
            raise Refused(USERNAME_TAKEN)
        user = new_user(person, password_hash, role=role, created_by=created_by, now=now, bank_time=bank_time)
        repository.add_users(db_session, [user])
        if client is not None:
            login_repository.remember_device(db_session, user.id, client.network, client.user_agent, now)
        event_feed.publish(db_session, [UserRegistered.of(user)], at=now)
        if not is_stranger:
            audit.write(db_session, AuditAction.USER_CREATED, user.id, AuditDetails(after=audit.facts_of(user)))
    return user


def register_synthetic(context: AuthContext, people: Sequence[Person], password: str, *, created_by: str) -> list[User]:
    """Make synthetic customers who share one password hash, in one commit; all of them, in order.

    Asked again with the same people by the same client, it returns those it made before (their password stays) and
    makes the rest, so that a killed job can resume. Raises Refused: 409 naming each user name that someone else has,
    422 for people who stand twice in the list or a password that is not good enough.
    """
    _check_distinct(people)
    for position, person in enumerate(people):
        check_is_no_stand_in(username=person.username, email=person.email, at=f"users.{position}.")
    check_new_password(context, password)
    bank_time = context.bank_clock.now_us()
    with context.hasher.admitted():
        password_hash = context.hasher.hash(password)
    with context.database.write_session() as db_session:
        now = now_us()
        existing = repository.find_taken(db_session, *_names(people))
        made_before = {_facts(user): user for user in existing if user.synthetic and user.created_by == created_by}
        new_people = [person for person in people if _facts(person) not in made_before]
        _check_free(new_people, existing)
        _check_ids_free(db_session, people, new_people)
        added = {
            _facts(person): new_user(
                person,
                password_hash,
                role=Role.CUSTOMER,
                created_by=created_by,
                now=now,
                bank_time=bank_time,
                synthetic=True,
            )
            for person in people
            if _facts(person) not in made_before
        }
        if added:
            repository.add_users(db_session, list(added.values()))
            event_feed.publish(db_session, [UserRegistered.of(user) for user in added.values()], at=now)
            told = AuditDetails(after={"users": len(added)})
            bank = Subject(AuditSubject.BANK)
            audit_log.write(db_session.connection(), AuditAction.USERS_CREATED, bank, acting_now(), told)
    users = made_before | added
    return [users[_facts(person)] for person in people]


def check_no_ids(people: Sequence[Person]) -> None:
    """Raises Refused (422) where somebody would choose an id who may not."""
    for position, person in enumerate(people):
        if person.chosen_id is not None:
            sentence = "can be chosen by the simulator of a bank in development alone"
            raise invalid(f"users.{position}.id", sentence, code="not_chosen")


def _check_ids_free(db_session: Session, people: Sequence[Person], new_people: Sequence[Person]) -> None:
    """Raises Refused (422) for an id that somebody has, or had who was erased, or that stands twice in the list."""
    wanted = [person.chosen_id for person in new_people if person.chosen_id is not None]
    taken = repository.ids_taken(db_session, wanted)
    taken |= {user_id for user_id in wanted if wanted.count(user_id) > 1} if len(set(wanted)) < len(wanted) else set()
    for position, person in enumerate(people):
        if person in new_people and person.chosen_id in taken:
            raise invalid(f"users.{position}.id", "is somebody's already", code="taken")


def check_is_no_stand_in(*, username: str = "", email: str = "", at: str = "") -> None:
    """Raises Refused (422) for a name or an address kept for whoever is erased, whoever asks for it."""
    if stand_ins.is_stand_in(username=name_key(username)):
        raise invalid(f"{at}username", "is kept for customers who were erased; choose another", code="reserved")
    if stand_ins.is_stand_in(email=name_key(email)):
        raise invalid(f"{at}email", "is kept for customers who were erased; choose another", code="reserved")


def new_user(
    person: Person,
    password_hash: str,
    *,
    role: Role,
    created_by: str | None,
    now: int,
    bank_time: int | None = None,
    synthetic: bool = False,
) -> User:
    """An active user, with a new id unless one was chosen."""
    known = [moment for moment in (person.effective_at, bank_time) if moment is not None]
    user = User(
        id=person.chosen_id or new_id(),
        username=person.username,
        email=person.email,
        full_name=person.full_name or person.username,
        role=role,
        status=UserStatus.ACTIVE,
        synthetic=synthetic,
        created_by=created_by,
        password_hash=password_hash,
        created_at=now,
        created_at_bank=min(known, default=None),
    )
    user.index()
    return user


def _facts(person: Person | User) -> tuple[str, str, str]:
    return person.username, person.email, person.full_name or person.username


def _names(people: Sequence[Person]) -> tuple[list[str], list[str]]:
    return [person.username for person in people], [person.email for person in people]


def _check_distinct(people: Sequence[Person]) -> None:
    for what, names in zip(("username", "email"), _names(people), strict=True):
        seen: set[str] = set()
        for position, name in enumerate(names):
            if name_key(name) in seen:
                raise invalid(f"users.{position}.{what}", "stands in this list already", code="repeated")
            seen.add(name_key(name))


def _check_free(people: Sequence[Person], existing: Sequence[User]) -> None:
    taken = {key for user in existing for key in (name_key(user.username), name_key(user.email))}
    clashing = [
        person.username
        for person in people
        if not taken.isdisjoint((name_key(person.username), name_key(person.email)))
    ]
    if clashing:
        message = "Some of these user names or their e-mail addresses are in use by somebody else."
        raise Refused(USERNAME_TAKEN, message, {"usernames": clashing})
