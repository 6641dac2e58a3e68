"""Why a transaction is what it is, as the bank answers it."""

from typing import Any, Literal, TypedDict

from sandbank.types import Transaction


class Explanation(TypedDict):
    """Why a transaction is what it is."""

    transaction: Transaction
    outcome: Literal["completed", "refused", "pending"]
    rule: dict[str, str | None]
    figures: list[dict[str, str]]
    postings: list[dict[str, Any]]
    holds: list[dict[str, str]]
    card: dict[str, Any] | None
    request_id: str | None
    log: dict[str, Any] | None
