"""What somebody's own data are asked for with; OpenAPI shows this model."""

from typing import Annotated

from pydantic import Field

from shared.http.payloads import Id, Line, RequestModel


class OwnDataRequest(RequestModel):
    """Whose data: without an id one's own. An administrator who asks for somebody else's says why."""

    user_id: Id | None = Field(None, description="of this person; for administrators")
    reason: Annotated[Line, Field(min_length=1, max_length=200)] | None = Field(
        None, description="why, where they are somebody else's", examples=["Asked for by letter of 20 November"]
    )
