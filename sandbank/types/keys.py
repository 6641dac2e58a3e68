"""The shape of what the bank says of the keys that sign its tokens."""

from typing import Literal, TypedDict


class SigningKey(TypedDict):
    """One key; `verifies_until` is null for as long as no other key follows."""

    id: str
    stage: Literal["announced", "signs", "verifies"]
    signs_from: str
    verifies_until: str | None


class SigningKeys(TypedDict):
    """All there are, the oldest first."""

    signing_keys: list[SigningKey]
