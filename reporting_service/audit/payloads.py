"""What the audit trail says; OpenAPI shows these models."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from reporting_service.audit.verification import Fault
from shared.audit_enums import ActorRole, AuditAction, AuditResult, AuditSubject
from shared.enums import Channel, TextEnum
from shared.http.pagination import ListQuery
from shared.http.payloads import EXAMPLE_ID, Id, Line, PathId, PathModel, ResponseModel, Timestamp
from shared.time.date_ranges import DateRangeQuery

_EXAMPLE_ADDRESS = "192.0.2.17"
_Named = Annotated[Line, Field(min_length=1, max_length=64, examples=[EXAMPLE_ID])]


def _known_action(text: str) -> str:
    """A list of all there are would be longer than anybody reads: the page and OpenAPI have it."""
    if text not in set(AuditAction):
        raise PydanticCustomError("not_an_action", "must be an act that the trail knows, such as account_frozen")
    return text


_Action = Annotated[
    str, AfterValidator(_known_action), Field(json_schema_extra={"enum": [str(one) for one in AuditAction]})
]


class AuditFormat(TextEnum):
    """What an export of the trail comes as."""

    CSV = "csv"
    JSONL = "jsonl"


class AuditFilters(DateRangeQuery):
    """Which acts. Days are the bank's, and real: those on which it was done, whatever the bank's clock said."""

    actor: _Named | None = Field(None, description="who did it: their id or user name")
    subject: _Named | None = Field(
        None, description="on what or whose: the id of a thing or a person, a product's code, or a user name"
    )
    action: _Action | None = Field(None, description="what was done")


class AuditQuery(AuditFilters, ListQuery):
    """Query parameters of the list."""


class AuditExportQuery(AuditFilters):
    """The same, and what it comes as."""

    format: AuditFormat = Field(AuditFormat.CSV, description="what it comes as")


class AuditPath(PathModel):
    """A record, named in the path."""

    record_id: PathId


class AuditActor(ResponseModel):
    """Who did it, and by which way; all is null of a stranger who could not log in, but from where."""

    id: str | None = Field(description="a user's id, or a service's name", examples=[EXAMPLE_ID])
    name: str | None = Field(examples=["employee"])
    role: ActorRole | None = Field(examples=["employee"])
    session_id: Id | None = Field(examples=[EXAMPLE_ID])
    channel: Channel | None = Field(examples=["web"])
    address: str | None = Field(examples=[_EXAMPLE_ADDRESS])
    client: str | None = Field(examples=["Firefox on Linux"])


class AuditedSubject(ResponseModel):
    """On what it was done, and whose that is, by id and name where they are known."""

    kind: AuditSubject
    id: str | None = Field(
        description="that of a thing or a person, a product's code, or a service's name", examples=[EXAMPLE_ID]
    )
    owner_id: Id | None = Field(examples=[EXAMPLE_ID])
    owner_name: str | None = Field(examples=["ada"])


class AuditRecord(ResponseModel):
    """One act. `occurred_at` is real time, `bank_time` the bank's own; `before` and `after` say what it changed."""

    id: Id
    position: int = Field(description="its place in the trail", examples=[17])
    service: str = Field(examples=["account-service"])
    action: AuditAction
    occurred_at: Timestamp
    bank_time: Timestamp
    actor: AuditActor
    subject: AuditedSubject
    result: AuditResult
    error_code: str | None = Field(examples=["ACCOUNT_FROZEN"])
    reason: str | None = Field(examples=["reported by the police"])
    request_id: str | None = Field(
        description="that of `X-Request-ID`: the caller's own, else a UUID", examples=[EXAMPLE_ID]
    )
    before: dict[str, Any] | None = Field(examples=[{"status": "open"}])
    after: dict[str, Any] | None = Field(examples=[{"status": "frozen"}])


class FirstFault(ResponseModel):
    """The first thing that is wrong; `position` is null where that is the anchor itself."""

    position: int | None = Field(examples=[17])
    fault: Fault
    detail: str = Field(examples=["The record that stood here is gone."])


class AuditVerdict(ResponseModel):
    """Whether the trail is whole: `records` are right, from `first_position` on; `anchored` is how far it had come."""

    holds: bool
    records: int
    first_position: int = Field(
        description="the first position that is kept; 1 where nothing was removed", examples=[1]
    )
    removed_before: Timestamp | None = Field(description="what the bank has removed is older; null where it is nothing")
    anchored: int | None
    first_fault: FirstFault | None
    seconds: str = Field(examples=["0.041"])
