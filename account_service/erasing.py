"""Forgetting a person: their accounts have no name any more, and none can be opened for them."""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, cast

from flask import Flask
from flask_sqlalchemy.session import Session
from sqlalchemy import ColumnElement, Table, func, select, update

from account_service import repository, serializers
from account_service.events import AccountUpdated
from account_service.lifecycle import settled_status
from account_service.models import Card, CardCancellation, CardKey, ErasedPerson, OpeningKey, PublishedEvent
from shared.contract.route_refusals import refuses
from shared.events.event_feed import Event
from shared.events.feeds import Row
from shared.http.payloads import success
from shared.identity.access import access, service_only
from shared.privacy import erasure
from shared.privacy.erasure import PATH, SCOPE, install_erasure
from shared.privacy.feed_rows import tell_without
from shared.privacy.personal_data import PersonPath
from shared.refusals import Refused
from shared.service_refusals import ACCOUNTS_STILL_OPEN
from shared.storage.database import Database
from shared.time import clock

WITHOUT_WORDS: Row = {"holder_name": erasure.NAME, "nickname": None, "reason": None}
"""What events and replies of before say instead."""
_FEED = cast("Table", PublishedEvent.__table__)


def install(app: Flask, database: Database) -> None:
    """The calls by which auth has us forget somebody. Before `seal`."""

    @app.get(PATH, doc_ui=False)
    @access(service_only(SCOPE))
    @refuses(ACCOUNTS_STILL_OPEN)
    def check_erasure(path: PersonPath) -> Row:
        with database.read_session() as session:
            _check(session, path.user_id)
        return success({"can_be_erased": True})

    install_erasure(app, partial(erase, database), ACCOUNTS_STILL_OPEN)


def erase(database: Database, user_id: str) -> None:
    """Forget this person in one commit, in which no account of theirs lives and from which on none is opened.

    The feed is searched for them before anything is locked, as that takes long, and then once more from where it ended.
    Who was erased before is not searched for again: nothing is added of them. Raises Refused (409) while an account
    lives, or is being opened.
    """
    with database.read_session() as session:
        if repository.erased_among(session, [user_id]):
            return
        _check(session, user_id)
        head = session.scalar(select(func.max(PublishedEvent.position))) or 0
        told_before = _positions_of(session, user_id, PublishedEvent.position <= head)
    with database.write_session() as session:
        _check(session, user_id)
        if not repository.erased_among(session, [user_id]):
            session.add(ErasedPerson(user_id=user_id, erased_at=clock.now_us()))
        accounts = repository.accounts_of_holder(session, user_id)
        told: list[Event] = []
        for account in accounts:
            if (account.holder_name, account.nickname) != (erasure.NAME, None):
                account.holder_name, account.nickname = erasure.NAME, None
                if settled_status(account.status) is not None:
                    told.append(AccountUpdated(**serializers.facts(account)))
        session.flush()
        account_ids = [account.id for account in accounts]
        _forget_cards(session, account_ids)
        _forget_replies(session, OpeningKey, OpeningKey.account_id, account_ids)
        told_since = _positions_of(session, user_id, PublishedEvent.position > head)
        tell_without(session.connection(), _FEED, user_id, [*told_before, *told_since], WITHOUT_WORDS)
        repository.publish(session, told)


def _check(session: Session, user_id: str) -> None:
    living = repository.living_accounts_of(session, [user_id]).get(user_id, 0)
    if living:
        raise Refused(ACCOUNTS_STILL_OPEN, details={"accounts": living})


def _forget_cards(session: Session, account_ids: list[str]) -> None:
    """They have all ended with their accounts: the ledger has nothing to be told."""
    session.execute(update(Card).where(Card.account_id.in_(account_ids)).values(nickname=None))
    cards = session.scalars(select(Card.id).where(Card.account_id.in_(account_ids))).all()
    for model in (CardKey, CardCancellation):
        _forget_replies(session, model, model.card_id, cards)


def _forget_replies(session: Session, model: Any, column: Any, ids: Iterable[str]) -> None:
    """What keys are answered again says no name that somebody gave."""
    for key in session.scalars(select(model).where(column.in_(list(ids)), model.reply.is_not(None))):
        key.reply = json.dumps({**json.loads(key.reply), **_forgotten_of(json.loads(key.reply))})


def _positions_of(session: Session, user_id: str, within: ColumnElement[bool]) -> Sequence[int]:
    """Where a part of the feed names them."""
    named = PublishedEvent.data.contains(user_id, autoescape=True)
    return session.scalars(select(PublishedEvent.position).where(within, named)).all()


def _forgotten_of(facts: Row) -> Row:
    return {name: value for name, value in WITHOUT_WORDS.items() if name in facts}
