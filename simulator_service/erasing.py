"""Forgetting a person: whoever lives in a world under their id has another name."""

from functools import partial

from flask import Flask
from sqlalchemy import select

from shared.privacy import stand_ins
from shared.privacy.erasure import install_erasure
from shared.storage.database import Database
from shared.time import clock
from simulator_service.models import ErasedPerson, Resident


def install(app: Flask, database: Database) -> None:
    """The call by which auth has us forget somebody. Before `seal`."""
    install_erasure(app, partial(erase, database))


def erase(database: Database, user_id: str) -> None:
    """Forget this person in one commit, from which on nobody is known here by their name."""
    with database.write_session() as session:
        if session.get(ErasedPerson, user_id) is None:
            session.add(ErasedPerson(user_id=user_id, erased_at=clock.now_us()))
        for resident in session.scalars(select(Resident).where(Resident.user_id == user_id).with_for_update()):
            resident.username = stand_ins.username_of(user_id)
