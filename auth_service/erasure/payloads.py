"""What erasures are asked for with, and how far one has come; OpenAPI shows these models."""

from typing import Annotated

from pydantic import Field

from shared.enums import TextEnum
from shared.http.payloads import Id, Line, RequestModel, ResponseModel, Timestamp, TypedPassword


class ErasureStatus(TextEnum):
    """How far an erasure has come."""

    ASKED = "asked"
    UNDER_WAY = "under_way"
    DONE = "done"


class EraseMeRequest(RequestModel):
    """The password proves that it is you."""

    current_password: TypedPassword


class EraseUserRequest(RequestModel):
    """Why somebody is erased; it stands in the audit trail."""

    reason: Annotated[Line, Field(min_length=1, max_length=200, examples=["Asked for by letter of 20 November"])]


class ErasureProgress(ResponseModel):
    """An erasure: from `under_way` on there is no way back. `remaining` are services that have yet to forget them."""

    user_id: Id
    status: ErasureStatus
    remaining: list[str] = Field(examples=[["notification-service"]])
    asked_at: Timestamp
    finished_at: Timestamp | None
