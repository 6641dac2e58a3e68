"""The events of auth and of the account service, as far as reporting needs them: our own copy of their models.

A fact that is not as they say stops the consumer, loudly, instead of being derived from; other facts are ignored.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from shared import clock
from shared.enums import AccountStatus, AccountType, Role, UserStatus


def _instant_us(wire: Any) -> int:
    if not isinstance(wire, str):
        message = "must be a time as the API writes it"
        raise ValueError(message)
    return clock.from_datetime(datetime.fromisoformat(wire))


InstantUs = Annotated[int, BeforeValidator(_instant_us)]
"""A time as the API writes it, in microseconds."""


class EventModel(BaseModel):
    """A part of an event of another service."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class UserFacts(EventModel):
    """What `user_registered` and `user_updated` say of a user."""

    user_id: str
    username: str
    full_name: str
    email: str
    role: Role
    status: UserStatus
    synthetic: bool


class AccountFacts(EventModel):
    """What every event of an account says of it."""

    account_id: str
    user_id: str
    holder_name: str
    account_number: str
    account_type: AccountType
    currency: str
    nickname: str | None
    status: AccountStatus
    synthetic: bool
    created_at: InstantUs
    closed_at: InstantUs | None


class Event(EventModel):
    """What every row of a feed of events has."""

    type: str
    occurred_at: InstantUs
    data: dict[str, Any]
