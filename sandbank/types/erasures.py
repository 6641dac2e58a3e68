"""The shape of what the bank says of an erasure."""

from typing import Literal, TypedDict


class Erasure(TypedDict):
    """How far it has come that the bank forgets somebody; `remaining` are services that have yet to."""

    user_id: str
    status: Literal["asked", "under_way", "done"]
    remaining: list[str]
    asked_at: str
    finished_at: str | None
