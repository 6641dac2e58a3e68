"""The only SQL of the account service. The caller opens the transaction and alone commits it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, true

from account_service.caller import Caller
from account_service.lifecycle import CLOSED, CLOSING, FROZEN, OPEN, OPENING, REFUSED
from account_service.models import Account, ErasedPerson, OpeningKey, ProductVersion, PublishedEvent, feed_heads
from shared.events import event_feed, feeds
from shared.events.event_feed import Event
from shared.events.feeds import FeedQuery, Row
from shared.http.pagination import ListQuery, fetch_page, in_id_range
from shared.storage.text_search import contains
from shared.time import clock


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of the bank's accounts is narrowed to; `q` as in `AllQuery`."""

    q: str | None = None
    account_type: str | None = None
    status: str | None = None
    user_id: str | None = None


def visible(caller: Caller) -> ColumnElement[bool]:
    """The ownership rule, part of every query that touches an account for somebody."""
    if caller.is_staff:
        return true()
    if caller.simulates:
        return or_(Account.user_id == caller.user_id, Account.synthetic.in_((True,)))
    return Account.user_id == caller.user_id


def account(session: Session, caller: Caller, account_id: str, *, for_update: bool = False) -> Account | None:
    """The account with this id, if the caller may see it."""
    query = select(Account).where(Account.id == account_id, visible(caller))
    return session.scalars(query.with_for_update() if for_update else query).one_or_none()


def accounts_by_id(session: Session, ids: Iterable[str], *, for_update: bool = False) -> dict[str, Account]:
    """Accounts by id, for the service itself; rows are locked in the order of their ids."""
    query = select(Account).where(Account.id.in_(list(ids))).order_by(Account.id)
    return {row.id: row for row in session.scalars(query.with_for_update() if for_update else query)}


def account_by_number(session: Session, number: str) -> Account | None:
    """The account with this number, once it exists for others."""
    query = select(Account).where(Account.account_number == number, Account.status.not_in((OPENING, REFUSED)))
    return session.scalars(query).one_or_none()


def own_accounts(session: Session, user_id: str, query: ListQuery) -> tuple[list[Account], str | None]:
    """A page of a person's accounts, oldest first; openings that were refused are not theirs."""
    own = select(Account).where(Account.user_id == user_id, Account.status != REFUSED)
    return _page(session, own, own, query, oldest_first=True)


def all_accounts(
    session: Session, caller: Caller, filters: Filters, query: ListQuery
) -> tuple[list[Account], str | None]:
    """A page of the accounts the caller may see, newest first."""
    everything = select(Account).where(visible(caller))
    return _page(session, everything.where(*_conditions(filters)), everything, query)


def _page(
    session: Session, rows: Select[Any], everything: Select[Any], query: ListQuery, *, oldest_first: bool = False
) -> tuple[list[Account], str | None]:
    found, cursor = fetch_page(
        session, rows, Account.created_at, Account.id, query, everything=everything, oldest_first=oldest_first
    )
    return [row[0] for row in found], cursor


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.account_type is not None:
        conditions.append(Account.account_type == filters.account_type)
    if filters.status is not None:
        conditions.append(Account.status == filters.status)
    if filters.user_id is not None:
        conditions.append(Account.user_id == filters.user_id)
    if filters.q:
        conditions.append(_matches(filters.q))
    return conditions


def _matches(text: str) -> ColumnElement[bool]:
    number = text.replace(" ", "").upper()
    found = [contains(Account.holder_name, text), contains(Account.nickname, text), Account.account_number == number]
    if len(number) == 4 and number.isascii() and number.isalnum():
        found.append(Account.account_number.endswith(number))
    return or_(*found)


def in_id_order(session: Session, *, after: str, until: str | None, limit: int) -> Sequence[Account]:
    """Accounts with ids after one and up to another."""
    return session.scalars(in_id_range(select(Account), Account.id, after=after, until=until, limit=limit)).all()


def living_accounts_of(session: Session, user_ids: Iterable[str]) -> dict[str, int]:
    """How many accounts each of these people has that are neither closed nor refused."""
    query = (
        select(Account.user_id, func.count())
        .where(Account.user_id.in_(list(user_ids)), Account.status.not_in((CLOSED, REFUSED)))
        .group_by(Account.user_id)
    )
    return {row.user_id: row[1] for row in session.execute(query)}


def lent_beside(session: Session, account: Account) -> int:
    """What the person's other credit cards in the same currency lend together, in minor units."""
    query = select(func.coalesce(func.sum(-Account.floor_minor), 0)).where(
        Account.user_id == account.user_id,
        Account.account_type == account.account_type,
        Account.currency == account.currency,
        Account.id != account.id,
        Account.status.not_in((CLOSED, REFUSED)),
    )
    return int(session.execute(query).scalar_one())


def numbers_taken(session: Session, numbers: Iterable[str]) -> set[str]:
    """Which of these account numbers exist."""
    return set(session.scalars(select(Account.account_number).where(Account.account_number.in_(list(numbers)))))


def insert_accounts(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write new accounts. Raises IntegrityError when a number is taken."""
    session.execute(insert(Account), rows)


def accounts_of_holder(session: Session, user_id: str) -> Sequence[Account]:
    """All accounts of a person, to be changed."""
    query = select(Account).where(Account.user_id == user_id).order_by(Account.id)
    return session.scalars(query.with_for_update()).all()


def erased_among(session: Session, user_ids: Iterable[str]) -> set[str]:
    """Those of these people who were erased."""
    query = select(ErasedPerson.user_id).where(ErasedPerson.user_id.in_(sorted(set(user_ids))))
    return set(session.scalars(query))


def due(session: Session, *, now: int, limit: int) -> Sequence[Account]:
    """Accounts that something has to be carried out of in the ledger, and that nobody is at, longest waiting first."""
    query = select(Account).where(_is_unfinished(), Account.leased_until <= now)
    return session.scalars(query.order_by(Account.leased_until).limit(limit)).all()


def has_unfinished(session: Session) -> bool:
    """Whether something has to be carried out in the ledger, also where somebody is at it."""
    return session.scalars(select(Account.id).where(_is_unfinished()).limit(1)).first() is not None


def _is_unfinished() -> ColumnElement[bool]:
    has_news = Account.terms_told < Account.terms_version
    return or_(Account.pending_status.is_not(None), has_news & Account.status.in_((OPEN, FROZEN, CLOSING)))


def lease(session: Session, ids: Iterable[str], *, now: int, until: int) -> list[Account]:
    """Take what is to be carried out of these accounts, but those that are settled or that somebody is at."""
    taken = [row for row in accounts_by_id(session, ids, for_update=True).values() if _is_free(row, now)]
    for row in taken:
        row.leased_until = until
    return taken


def _is_free(row: Account, now: int) -> bool:
    return row.leased_until <= now and (row.pending_status is not None or row.terms_told < row.terms_version)


def settle(
    session: Session, ids: Iterable[str], *, pending: str, status: str, closed_at: int | None = None
) -> dict[str, Account]:
    """End the pending change to `pending` with this status: of several processes that carried it out, one gets the row.

    Returns the accounts that this call settled.
    """
    rows = accounts_by_id(session, ids, for_update=True)
    settled = {key: row for key, row in rows.items() if row.pending_status == pending}
    for row in settled.values():
        row.status, row.pending_status, row.pending_reason, row.closed_at = status, None, None, closed_at
        row.pending_by = None
        row.attempts, row.leased_until = 0, 0
    return settled


def postpone(session: Session, ids: Iterable[str], *, now: int) -> None:
    """Let others try again later: a second after the first failure, twice as long after each further one."""
    for row in accounts_by_id(session, ids, for_update=True).values():
        if row.pending_status is not None or row.terms_told < row.terms_version:
            row.attempts += 1
            row.leased_until = now + min(2 ** (row.attempts - 1), LONGEST_PAUSE_SECONDS) * clock.MICROSECONDS


LONGEST_PAUSE_SECONDS = 60


def keys(session: Session, caller_id: str, names: Iterable[str]) -> dict[str, OpeningKey]:
    """The rows of those idempotency keys of this caller that have been used."""
    query = select(OpeningKey).where(OpeningKey.caller_id == caller_id, OpeningKey.key.in_(list(names)))
    return {row.key: row for row in session.scalars(query)}


def keys_of_accounts(session: Session, ids: Iterable[str]) -> dict[str, OpeningKey]:
    """The idempotency keys that accounts were opened with, by account."""
    rows = session.scalars(select(OpeningKey).where(OpeningKey.account_id.in_(list(ids))))
    return {row.account_id: row for row in rows}


def claim_keys(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write used keys. Raises IntegrityError when one is used already."""
    if rows:
        session.execute(insert(OpeningKey), rows)


def publish(session: Session, events: Sequence[Event]) -> None:
    """Append to the feed, in the commit that makes it true."""
    rows = event_feed.event_rows(events, at=clock.now_us())
    feeds.append(session.connection(), feed_heads, PublishedEvent.__table__, rows)


def events_page(session: Session, query: FeedQuery) -> Row:
    """The feed's reply."""
    return event_feed.events_page(session.connection(), feed_heads, PublishedEvent.__table__, query)


def empty(session: Session) -> None:
    """Forget every account and what was told of them; the feed's positions go on counting."""
    for model in (OpeningKey, Account, ErasedPerson, ProductVersion, PublishedEvent):
        session.execute(delete(model))
