"""The shapes of faults on demand."""

from typing import Literal, TypedDict

FaultKind = Literal["latency", "error", "reset", "reply_lost", "stale_read", "rate_limited"]
FaultMethod = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Fault(TypedDict):
    """What goes wrong on purpose, with which requests; `times_left` is how often still, None where nobody counts."""

    id: str
    path: str
    kind: FaultKind
    method: FaultMethod | None
    probability: float
    milliseconds: int | None
    status: int | None
    times: int | None
    times_left: int | None
    user_id: str | None
    created_at: str


class FaultsRemoved(TypedDict):
    """How many faults happen no more."""

    removed: int
