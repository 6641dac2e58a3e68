"""The only SQL about cards. The caller opens the transaction and alone commits it.

A card that the ledger has not been told of yet is there for the service itself alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_sqlalchemy.session import Session
from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import contains_eager

from account_service.caller import Caller
from account_service.cards.lifecycle import LIVING
from account_service.models import Account, Card, CardCancellation, CardKey
from account_service.repository import LONGEST_PAUSE_SECONDS, visible
from shared.card_enums import FrozenBy
from shared.enums import CardKind, CardStatus
from shared.http.pagination import ListQuery, fetch_page, in_id_range
from shared.time import clock


@dataclass(frozen=True, slots=True)
class CardFilters:
    """What a list of cards is narrowed to; `month` is the bank's, by which a card has expired or not."""

    month: str
    account_id: str | None = None
    user_id: str | None = None
    status: CardStatus | None = None
    last4: str | None = None


def _cards() -> Select[Card]:
    return select(Card).join(Card.account).options(contains_eager(Card.account))


def card(session: Session, caller: Caller, card_id: str, *, for_update: bool = False) -> Card | None:
    """The card with this id, if the caller may see it and the ledger knows it."""
    query = _cards().where(Card.id == card_id, visible(caller), Card.told_version > 0)
    return session.scalars(query.with_for_update(of=Card) if for_update else query).one_or_none()


def cards_by_id(session: Session, ids: Iterable[str], *, for_update: bool = False) -> dict[str, Card]:
    """Cards by id, for the service itself; rows are locked in the order of their ids."""
    query = _cards().where(Card.id.in_(list(ids))).order_by(Card.id)
    return {row.id: row for row in session.scalars(query.with_for_update(of=Card) if for_update else query)}


def own_cards(session: Session, user_id: str, filters: CardFilters, query: ListQuery) -> tuple[list[Card], str | None]:
    """A page of a person's cards, newest first."""
    return _page(session, Account.user_id == user_id, filters, query)


def all_cards(
    session: Session, caller: Caller, filters: CardFilters, query: ListQuery
) -> tuple[list[Card], str | None]:
    """A page of the cards that the caller may see, newest first."""
    return _page(session, visible(caller), filters, query)


def _page(
    session: Session, within: ColumnElement[bool], filters: CardFilters, query: ListQuery
) -> tuple[list[Card], str | None]:
    everything = _cards().where(within, Card.told_version > 0)
    rows = everything.where(*_conditions(filters))
    found, cursor = fetch_page(session, rows, Card.created_at, Card.id, query, everything=everything)
    return [row[0] for row in found], cursor


def _conditions(filters: CardFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.account_id is not None:
        conditions.append(Card.account_id == filters.account_id)
    if filters.user_id is not None:
        conditions.append(Account.user_id == filters.user_id)
    if filters.last4 is not None:
        conditions.append(Card.last4 == filters.last4)
    if filters.status == CardStatus.EXPIRED:
        conditions += [Card.told_status.in_(LIVING), Card.expires < filters.month]
    elif filters.status is not None:
        conditions.append(Card.told_status == filters.status)
        if filters.status in LIVING:
            conditions.append(Card.expires >= filters.month)
    return conditions


def in_id_order(session: Session, *, after: str, until: str | None, limit: int) -> Sequence[Card]:
    """Cards that the ledger knows, with ids after one and up to another."""
    query = in_id_range(_cards().where(Card.told_version > 0), Card.id, after=after, until=until, limit=limit)
    return session.scalars(query).all()


def living_cards(session: Session, account_id: str, month: str) -> int:
    """How many cards of an account can be used in this month of the bank, those on their way included."""
    query = select(func.count()).where(Card.account_id == account_id, Card.status.in_(LIVING), Card.expires >= month)
    return session.execute(query).scalar_one()


def has_card_frozen_by_bank(session: Session, account_id: str) -> bool:
    """Whether staff have frozen a card of an account."""
    query = select(Card.id).where(Card.account_id == account_id, Card.frozen_by == FrozenBy.BANK)
    return session.scalars(query.limit(1)).first() is not None


def has_credit_card_frozen_by_bank(session: Session, user_id: str) -> bool:
    """Whether staff have frozen a credit card of a person."""
    query = _cards().where(Account.user_id == user_id, Card.kind == CardKind.CREDIT, Card.frozen_by == FrozenBy.BANK)
    return session.scalars(query.limit(1)).first() is not None


def to_be_ended(session: Session, account_id: str) -> Sequence[Card]:
    """The cards of an account that have not ended, to be changed; those on their way end as they arrive."""
    query = _cards().where(Card.account_id == account_id, Card.status.in_(LIVING), Card.told_version > 0)
    return session.scalars(query.order_by(Card.id).with_for_update(of=Card)).all()


def due(session: Session, *, now: int, limit: int) -> Sequence[Card]:
    """Cards that the ledger has to be told of, and that nobody is at, longest waiting first."""
    query = _cards().where(_is_untold(), Card.leased_until <= now)
    return session.scalars(query.order_by(Card.leased_until).limit(limit)).all()


def has_untold(session: Session) -> bool:
    """Whether the ledger has to be told of a card, also where somebody is at it."""
    return session.scalars(select(Card.id).where(_is_untold()).limit(1)).first() is not None


def _is_untold() -> ColumnElement[bool]:
    return Card.told_version < Card.version


def lease(session: Session, card_id: str, *, now: int, until: int) -> Card | None:
    """Take a card that the ledger has to be told of; None when it has been told, or somebody is at it."""
    row = cards_by_id(session, [card_id], for_update=True).get(card_id)
    if row is None or row.told_version >= row.version or row.leased_until > now:
        return None
    row.leased_until = until
    return row


def postpone(session: Session, card_id: str, *, now: int) -> None:
    """Let others try again later: a second after the first failure, twice as long after each further one."""
    row = cards_by_id(session, [card_id], for_update=True).get(card_id)
    if row is not None and row.told_version < row.version:
        row.attempts += 1
        row.leased_until = now + min(2 ** (row.attempts - 1), LONGEST_PAUSE_SECONDS) * clock.MICROSECONDS


def key_of(session: Session, caller_id: str, key: str) -> CardKey | None:
    """The row of this caller's idempotency key, if it was used."""
    return session.get(CardKey, (caller_id, key))


def key_of_card(session: Session, card_id: str) -> CardKey | None:
    """The idempotency key that a card was asked for with."""
    return session.scalars(select(CardKey).where(CardKey.card_id == card_id)).one_or_none()


def newest_sealed(session: Session) -> tuple[str, str] | None:
    """The id and the sealed secrets of the card that was issued last; None where none ever was."""
    found = session.execute(select(Card.id, Card.sealed).order_by(Card.created_at.desc(), Card.id.desc()).limit(1))
    row = found.first()
    return None if row is None else (row.id, row.sealed)


def empty(session: Session) -> None:
    """Forget every card."""
    for model in (CardKey, CardCancellation, Card):
        session.execute(delete(model))
