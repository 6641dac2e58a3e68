"""What the API of faults takes and gives."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.amounts.money import NumberLiteral
from shared.enums import FaultKind
from shared.faults import LONGEST_MILLISECONDS, TIMED_KINDS, ErrorStatus
from shared.http.field_problems import form
from shared.http.payloads import Id, PathId, PathModel, RequestModel, ResponseModel, Timestamp

MOST_TIMES = 1_000_000
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
FaultPath = Annotated[
    str,
    form(r"^/api(/([A-Za-z0-9_.:~-]+|\*))+$", "must be a path of the API such as /api/transactions/*"),
    Field(
        max_length=200,
        description="`*` stands for one segment, at the end for one and all that follow",
        examples=["/api/transactions/transfer"],
    ),
]


def _fraction(value: object) -> object:
    """A number as a float: the bank's reading of JSON leaves it as it is written, for the sake of money."""
    return float(value.text) if isinstance(value, NumberLiteral) else value


Probability = Annotated[float, BeforeValidator(_fraction), Field(gt=0, le=1, examples=[0.5])]


class FaultRequest(RequestModel):
    """What is to go wrong, with which requests. Requests to `/api/simulator/faults` itself are spared."""

    path: FaultPath
    kind: FaultKind
    method: Method | None = Field(None, description="of any method, where none is given")
    probability: Probability = Field(1, description="of each request that it is about")
    milliseconds: int | None = Field(
        None,
        ge=1,
        le=LONGEST_MILLISECONDS,
        description="`latency`: how long the request is kept (1000); `stale_read`: how old an answer may be (5000); "
        "`rate_limited`: when to come again, in full seconds (1000)",
        examples=[2000],
    )
    status: ErrorStatus | None = Field(None, description="`error`: what is answered (503)", examples=[503])
    times: int | None = Field(None, ge=1, le=MOST_TIMES, description="how often; without end, where it is not given")
    user_id: Id | None = Field(None, description="with requests of this person alone")

    @field_validator("milliseconds", "status", "method")
    @classmethod
    def _is_of_its_kind(cls, value: object, info: ValidationInfo) -> object:
        kind = info.data.get("kind")
        if value is None or kind is None:
            return value
        if info.field_name == "milliseconds" and kind not in TIMED_KINDS:
            raise PydanticCustomError("not_of_this_kind", "is of latency, stale_read and rate_limited alone")
        if info.field_name == "status" and kind is not FaultKind.ERROR:
            raise PydanticCustomError("not_of_this_kind", "is of the kind error alone")
        if info.field_name == "method" and kind is FaultKind.STALE_READ and value != "GET":
            raise PydanticCustomError("not_of_this_kind", "must be GET for a stale read")
        return value


class FaultIdPath(PathModel):
    """A fault named in the path. Any text is accepted here: what is no id names nothing (404)."""

    fault_id: PathId


class ProvokedFault(ResponseModel):
    """A fault on demand; `times_left` is how often it is still to happen, null where nobody counts."""

    id: Id
    path: str = Field(examples=["/api/transactions/transfer"])
    kind: FaultKind
    method: Method | None
    probability: float = Field(gt=0, le=1, examples=[1.0])
    milliseconds: int | None
    status: ErrorStatus | None
    times: int | None
    times_left: int | None
    user_id: Id | None
    created_at: Timestamp


class FaultsRemoved(ResponseModel):
    """How many faults happen no more."""

    removed: int
