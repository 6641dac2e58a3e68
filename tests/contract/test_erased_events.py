"""Each text that an event tells of somebody goes when they are erased, or is known to say nothing of who they are.

So a new text in an event turns this red, until its publisher rewrites it (`erasing.py`) or it stands below.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, SimpleNamespace, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from sqlalchemy import Column, MetaData, Table, Text, insert, select

from account_service import erasing as accounts
from auth_service.erasure import repository as auth
from notification_service.webhooks.event_types import MODELS
from notification_service.webhooks.nameless import without_names
from shared.enums import UserEventType
from shared.identifiers import new_id
from shared.privacy import erasure, stand_ins
from shared.privacy.feed_rows import AT_ONCE, tell_without
from shared.storage.database import BigInt, Database
from tests.contract.test_event_feeds import PUBLISHERS, every, models_of
from transaction_service import erasing as ledger

SAYS_NOTHING = frozenset(
    {
        "account_number", "amount", "authorization_id", "balance_after", "below", "card_id", "changes",
        "closed_at", "closing_balance", "collection_id", "created_at", "currency", "decline_code", "dispute_id",
        "due_on", "error_code", "expires", "expires_at", "first_on", "happened_at", "hold_id", "account_id", "kind",
        "last4", "last_on", "mandate_id", "masked_number", "minimum", "name", "late_fee",
        "opening_balance", "order_id", "product", "refunded", "remaining", "return_code", "session_id",
        "settlement_account_id", "side", "statement_id", "status", "transaction_id", "user_id", "valid_on",
        "approved", "captured", "month", "effective_at", "booked_at", "reverses", "webhook_id", "role", "type",
        "channel", "frozen_by", "untold_until", "target_time", "previous_time",
    }
)  # fmt: skip
"""Ids, numbers, times and codes, and names of products."""
USER_ID = new_id()
USERNAME, EMAIL = stand_ins.new_stand_ins(USER_ID)
ERASED: Any = SimpleNamespace(username=USERNAME, full_name=erasure.NAME, email=EMAIL)
INSTEAD: dict[str, dict[str, Any]] = {
    "users": auth.without_words(ERASED),
    "accounts": accounts.WITHOUT_WORDS,
    "holds": ledger.WITHOUT_WORDS,
    "statements": {},
}


def texts_of(model: type[BaseModel]) -> set[str]:
    return {name for name, field in model.model_fields.items() if plain(field.annotation) is str}


def plain(kind: Any) -> Any:
    """A type without what is said beside it, and without None."""
    if get_origin(kind) is Annotated:
        return plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        kinds = {plain(one) for one in get_args(kind)} - {NoneType}
        return kinds.pop() if len(kinds) == 1 else kind
    return kind


def of_people() -> Iterator[tuple[str, Any]]:
    for feed, (modules, _) in PUBLISHERS.items():
        for model in models_of(modules):
            if "user_id" in model.model_fields and model.type != UserEventType.RESET_REQUESTED:
                yield feed, model


@pytest.mark.parametrize(("feed", "model"), list(of_people()))
def test_each_text_of_an_event_is_rewritten_or_says_nothing_and_the_event_is_still_one(feed: str, model: Any) -> None:
    assert texts_of(model) - set(INSTEAD[feed]) <= SAYS_NOTHING
    for event in every(model):
        told = event.model_dump(mode="json")
        model.model_validate_json(json.dumps(told | {key: INSTEAD[feed][key] for key in told.keys() & INSTEAD[feed]}))


@pytest.mark.parametrize("model", {model.__name__: model for model in MODELS.values()}.values())
def test_each_text_that_a_webhook_tells_is_left_out_or_says_nothing(model: type[BaseModel]) -> None:
    data = {name: f"somebody's {name}" for name in texts_of(model) - SAYS_NOTHING}
    said = json.loads(without_names(USER_ID, json.dumps({"data": data})))["data"]
    assert [name for name, value in said.items() if "somebody" in value] == []


def test_rows_of_others_and_what_is_not_told_stay_as_they_are(tmp_path: Path) -> None:
    database = Database.at(f"sqlite:///{tmp_path / 'feed.db'}")
    feed = Table("events", MetaData(), Column("position", BigInt, primary_key=True), Column("data", Text))
    mine, theirs = ({"user_id": user_id, "description": "words"} for user_id in (USER_ID, new_id()))
    with database.write() as connection:
        feed.create(connection)
        rows = [{"position": at, "data": json.dumps(theirs if at % 2 else mine)} for at in range(1, 2 * AT_ONCE + 2)]
        connection.execute(insert(feed), rows)
        tell_without(connection, feed, USER_ID, range(1, 2 * AT_ONCE + 2), {"description": "", "nickname": None})
        told = [json.loads(one) for one in connection.execute(select(feed.c.data).order_by(feed.c.position)).scalars()]
    assert told[0::2] == [theirs] * (AT_ONCE + 1)
    assert told[1::2] == [{**mine, "description": ""}] * AT_ONCE
    database.close()
