"""Forgetting a person: what they are called and what they typed goes, but from the journal, whose entries are sealed.

What entries say of the purpose of a payment stays, as the books do; so does what others call this person, and what
keys of theirs are answered again, until those are forgotten with age.
"""

from collections.abc import Sequence
from functools import partial

from flask import Flask
from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, select, update

from shared.privacy import erasure
from shared.privacy.erased_people import is_erased, note_erased
from shared.privacy.erasure import install_erasure
from shared.privacy.feed_rows import AT_ONCE, tell_without
from shared.storage.database import Database
from transaction_service.ledger.refused_attempts import REFUSED_WITHOUT_WORDS
from transaction_service.models import (
    accounts,
    collections,
    disputes,
    erased_people,
    events,
    former_names,
    holds,
    initiators,
    mandates,
    payees,
    payment_orders,
    quotes,
    refused_attempts,
)

LAST_TERMS = 2**62
"""The version of the terms of an account whose holder was erased: no name that is on its way is newer."""
WITHOUT_WORDS = {"description": "", "category": None, "reference": "", "other_name": "", "merchant_name": ""}
"""What events of before say of them instead of what somebody typed, or is called."""


def install(app: Flask, database: Database) -> None:
    """The call by which auth has us forget somebody. Before `seal`."""
    install_erasure(app, partial(erase, database))


def erase(database: Database, user_id: str) -> None:
    """Forget this person in one commit, from which on nothing of theirs is kept. Of their accounts none lives.

    The feed is searched for them before anything is locked, as that takes long, and what it tells is rewritten some
    rows at a time; in the commit it is searched once more from where that ended. Who was forgotten before is not
    searched for again: nothing is added of them.
    """
    with database.read() as connection:
        if is_erased(connection, erased_people, user_id):
            return
        head = connection.execute(select(func.max(events.c.position))).scalar() or 0
        told_before = _told_of(connection, user_id, events.c.position <= head)
    for start in range(0, len(told_before), AT_ONCE):
        with database.write() as connection:
            tell_without(connection, events, user_id, told_before[start : start + AT_ONCE], WITHOUT_WORDS)
    with database.write() as connection:
        note_erased(connection, erased_people, user_id)
        own = select(accounts.c.key).where(accounts.c.owner_id == user_id)
        _forget_names(connection, user_id, own)
        _forget_texts(connection, user_id, own)
        told_since = _told_of(connection, user_id, events.c.position > head)
        tell_without(connection, events, user_id, told_since, WITHOUT_WORDS)


def _forget_names(connection: Connection, user_id: str, own: Select[int]) -> None:
    connection.execute(delete(former_names).where(former_names.c.account_key.in_(own)))
    connection.execute(update(initiators).where(initiators.c.user_id == user_id).values(name=None))
    connection.execute(delete(payees).where(payees.c.owner_id == user_id))
    connection.execute(delete(quotes).where(quotes.c.user_id == user_id))
    renamed = update(accounts).where(accounts.c.owner_id == user_id)
    connection.execute(renamed.values(holder_name=erasure.NAME, status_reason=None, terms_version=LAST_TERMS))


def _forget_texts(connection: Connection, user_id: str, own: Select[int]) -> None:
    of_payer = update(payment_orders).where(payment_orders.c.payer_key.in_(own))
    connection.execute(of_payer.values(description="", payee_name=None, payee_number=None, end_to_end_id=None))
    connection.execute(update(holds).where(holds.c.account_key.in_(own)).values(description=""))
    _forget_references(connection, own)
    of_creditor = select(mandates.c.key).where(mandates.c.creditor_key.in_(own))
    collected = update(collections).where(collections.c.mandate_key.in_(of_creditor))
    connection.execute(collected.values(description="", end_to_end_id=None))
    connection.execute(update(disputes).where(disputes.c.account_key.in_(own)).values(reason=""))
    refused = update(refused_attempts).where(refused_attempts.c.owner_id == user_id)
    connection.execute(refused.values(**REFUSED_WITHOUT_WORDS))


def _forget_references(connection: Connection, own: Select[int]) -> None:
    """What they called the mandates that they asked for; of one creditor no two are called the same."""
    asked_for = select(mandates.c.key, mandates.c.id).where(mandates.c.creditor_key.in_(own))
    named = [{"_key": row.key, "_reference": row.id} for row in connection.execute(asked_for)]
    if named:
        renamed = update(mandates).where(mandates.c.key == bindparam("_key"))
        connection.execute(renamed.values(reference=bindparam("_reference")), named)


def _told_of(connection: Connection, user_id: str, within: ColumnElement[bool]) -> Sequence[int]:
    """The rows of a part of the feed that tell of them: a search through all of it, as it is kept by time alone."""
    named = events.c.data.contains(f'"user_id":"{user_id}"', autoescape=True)
    return connection.execute(select(events.c.position).where(within, named)).scalars().all()
