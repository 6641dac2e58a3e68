"""What the reporting service tells other services: a model for each kind of event."""

from typing import ClassVar

from shared.events.event_feed import Event
from shared.report_enums import ReportingEventType


class StatementReady(Event):
    """A month of an account is over and nothing more is booked in it. Days are the bank's, `happened_at` its time."""

    type: ClassVar[str] = ReportingEventType.STATEMENT_READY

    account_id: str
    user_id: str
    first_on: str
    last_on: str
    opening_balance_minor: int
    closing_balance_minor: int
    currency: str
    movements: int
    happened_at: str
