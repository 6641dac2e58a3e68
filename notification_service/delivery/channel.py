"""What a way of sending has to offer to the outbox and its worker: webhooks are one, e-mail is another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask_sqlalchemy.session import Session

from notification_service.models import Delivery


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try. `problem` is empty when it arrived; `answer_start` is what the other side said first.

    A problem that is `is_final` will be the same each time: there is no other try.
    """

    problem: str = ""
    answer_status: int | None = None
    answer_start: str = ""
    is_final: bool = False


class Channel(Protocol):
    """A way of sending. A target is whatever `Delivery.target_id` names for it."""

    @property
    def name(self) -> str:
        """As `Delivery.channel` has it."""

    def limits(self, session: Session) -> dict[str, int]:
        """How many may be under way to a target at a time, where that is not the worker's own limit; 0 for none."""

    def parcels(self, session: Session, claimed: Sequence[Delivery]) -> dict[str, Any]:
        """What `send` needs for each delivery, by its id. One that is missing cannot be sent, and is forgotten."""

    def send(self, parcel: Any, tries_before: int) -> Outcome:
        """Try once, outside of any transaction. Never raises; takes less than a claim."""

    def arrived(self, session: Session, delivery: Delivery) -> None:
        """It has arrived; in the commit that says so."""

    def gave_up(self, session: Session, delivery: Delivery) -> None:
        """It never will; in the commit that says so."""
