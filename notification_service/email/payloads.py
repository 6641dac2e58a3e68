"""Bodies about mails."""

from typing import Annotated

from pydantic import Field

from shared.enums import DeliveryStatus
from shared.http.payloads import Id, ResponseModel, Timestamp


class MailboxMessage(ResponseModel):
    """A mail as it lies in the mailbox of a bank in development; `delivery`: how far it is, with a mail server."""

    id: Id
    to: Annotated[str, Field(description="where it goes; empty when the person is gone", examples=["ada@example.org"])]
    subject: Annotated[str, Field(examples=["You received 12.34 EUR"])]
    text: Annotated[str, Field(description="as plain text", examples=["Hello Ada Lovelace,"])]
    html: Annotated[str, Field(description="the same as HTML", examples=["<!DOCTYPE html>"])]
    link: Annotated[str, Field(description="where it leads", examples=["http://127.0.0.1:5000/accounts"])]
    delivery: DeliveryStatus | None
    created_at: Timestamp
