"""Who can be written to, and where: what auth's feed says of everybody, taken in by a reader of its own.

It has its own place in the feed, as the inbox had read past the registrations of a bank before there was e-mail.
"""

from collections.abc import Iterable

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, func, select

from notification_service.email.source_events import PersonFacts, Visit
from notification_service.models import Addressee, feed_positions
from shared import services
from shared.enums import Role, UserEventType
from shared.events.event_feed import EventRow
from shared.events.feeds import FeedConsumer, FeedReader, Row
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.privacy import stand_ins
from shared.storage.database import Database
from shared.storage.row_seals import add_rows, delete_rows

FEED = "people"
_TELLS_WHO = frozenset({UserEventType.USER_REGISTERED, UserEventType.USER_UPDATED})
_AT_ONCE = 1000


class PeopleReader:
    """Auth's feed as far as it says who somebody is and where they can be written to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.reader = FeedReader(database, feed_positions, FEED, derive=self._derive, forget=self._forget)

    def feed_consumer(self, discovery: Discovery, token: ServiceToken) -> FeedConsumer:
        """What pulls the feed; start it."""
        return FeedConsumer(
            services.AUTH, "/internal/events", self.reader, discovery=discovery, token=token, page_size=1000
        )

    def _derive(self, connection: Connection, rows: list[Row]) -> None:
        with self._database.session_on(connection) as session:
            _take_in(session, [EventRow.model_validate(row) for row in rows])

    def _forget(self, connection: Connection) -> None:
        with self._database.session_on(connection) as session:
            delete_rows(session, Addressee)


def _take_in(session: Session, events: list[EventRow]) -> None:
    """Simulated people are written to once somebody has logged in as them: nobody reads the mail of the others."""
    told: dict[str, PersonFacts] = {}
    visited: set[str] = set()
    for row in events:
        if row.type == UserEventType.BANK_RESET:
            told = {key: one for key, one in told.items() if one.role != Role.CUSTOMER}
            delete_rows(session, Addressee, Addressee.is_customer == 1)
        elif row.type in _TELLS_WHO:
            one = PersonFacts.model_validate(row.data)
            told[one.user_id] = one
        elif row.type == UserEventType.USER_LOGGED_IN:
            visited.add(Visit.model_validate(row.data).user_id)
    known = addressees(session, {*told, *visited}, for_update=True)
    for user_id, row in known.items():
        row.is_written_to |= int(user_id in visited)
        if user_id in told:
            now = told.pop(user_id)
            row.email, row.full_name, row.is_customer = now.email, now.full_name, int(now.role == Role.CUSTOMER)
            row.is_written_to &= int(not now.is_erased)
    session.flush()
    new = [
        {
            "user_id": one.user_id,
            "email": one.email,
            "full_name": one.full_name,
            "is_customer": int(one.role == Role.CUSTOMER),
            "is_written_to": int((not one.synthetic or one.user_id in visited) and not one.is_erased),
        }
        for one in told.values()
    ]
    add_rows(session, Addressee, new)


def erased_among(session: Session, user_ids: Iterable[str]) -> set[str]:
    """Those of these people who were erased: nobody tells them anything any more."""
    known = addressees(session, user_ids)
    return {user_id for user_id, row in known.items() if stand_ins.is_stand_in(email=row.email)}


def addressees(session: Session, user_ids: Iterable[str], *, for_update: bool = False) -> dict[str, Addressee]:
    """Those of these people who are known, by id."""
    ids, found = sorted(set(user_ids)), {}
    for start in range(0, len(ids), _AT_ONCE):
        query = select(Addressee).where(Addressee.user_id.in_(ids[start : start + _AT_ONCE]))
        for row in session.scalars(query.with_for_update() if for_update else query):
            found[row.user_id] = row
    return found


def hear_of(people: FeedConsumer, database: Database, rows: list[Row]) -> None:
    """Hear who the people in a page of another feed are, where one is not known yet. Raises Refused when auth is away.

    Whoever is in a page was registered before it was written, so after a look at auth's feed everybody is known.
    """
    ids = sorted({user_id for row in rows for user_id in _people_in(row)})
    with database.read_session() as session:
        known = 0
        for start in range(0, len(ids), _AT_ONCE):
            here = Addressee.user_id.in_(ids[start : start + _AT_ONCE])
            known += session.scalars(select(func.count()).where(here)).one()
    if known < len(ids):
        people.catch_up()


def _people_in(row: Row) -> list[str]:
    if "postings" in row:
        return [leg["owner_id"] for leg in row["postings"] if leg["owner_id"] is not None]
    user_id = row["data"].get("user_id")
    return [] if user_id is None else [user_id]
