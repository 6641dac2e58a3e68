"""A hold, and what may become of it: pure, no Flask, no SQL, no clock.

It ends once, as captured, voided or expired, by whatever came first; until then money may be captured from it in parts,
and parts of it given back.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from shared.amounts import money
from shared.enums import HoldStatus
from shared.refusals import Refused
from shared.time import clock
from transaction_service.refusals import HOLD_NOT_PENDING, MORE_THAN_HELD

DEFAULT_SPAN_US = 7 * 86_400 * clock.MICROSECONDS
"""How long money is held where nobody says."""


class HoldAction(Enum):
    """What can be done with a hold."""

    PLACE = "hold"
    CAPTURE = "capture_hold"
    VOID = "void_hold"


class HoldRequest(NamedTuple):
    """What an order asks of a hold. `hold_id` is None of one that is to be placed, for `span_us` of the bank's time.

    `is_final`: what a capture leaves is given back. `may_exceed`: a capture may take more than is held, where more is
    available.
    """

    action: HoldAction
    hold_id: str | None = None
    span_us: int = DEFAULT_SPAN_US
    is_final: bool = True
    may_exceed: bool = False


@dataclass(slots=True)
class Hold:
    """A hold as it stands inside one write transaction; amounts in minor units, instants in the bank's time."""

    key: int | None
    id: str
    account_id: str
    owner_id: str
    authorization_id: str | None
    currency: str
    amount_minor: int
    captured_minor: int
    remaining_minor: int
    status: str
    description: str
    expires_at: int
    created_at: int
    ended_at: int | None

    def check_is_pending(self, at_us: int) -> None:
        """Raises Refused (409) when it has ended, or ends now."""
        status = self.status
        if status == HoldStatus.PENDING and at_us >= self.expires_at:
            status = HoldStatus.EXPIRED.value
        if status != HoldStatus.PENDING:
            raise Refused(HOLD_NOT_PENDING, details={"status": status})

    def check_holds(self, amount_minor: int) -> None:
        """Raises Refused (400) when it holds less than this."""
        if amount_minor > self.remaining_minor:
            details = money.details_of(self.currency, available=self.remaining_minor, amount=amount_minor)
            raise Refused(MORE_THAN_HELD, details=details)

    def released_by_capture(self, amount_minor: int, *, is_final: bool) -> int:
        """How much it no longer holds once this much was captured."""
        return self.remaining_minor if is_final else min(amount_minor, self.remaining_minor)

    def increase(self, amount_minor: int) -> None:
        """Hold this much more."""
        self.amount_minor += amount_minor
        self.remaining_minor += amount_minor

    def capture(self, amount_minor: int, at_us: int, *, is_final: bool) -> None:
        """Take this much; a final capture, and one that leaves nothing, ends it."""
        self.remaining_minor -= self.released_by_capture(amount_minor, is_final=is_final)
        self.captured_minor += amount_minor
        self._end_when_empty(HoldStatus.CAPTURED, at_us)

    def release(self, amount_minor: int, status: HoldStatus, at_us: int) -> None:
        """Give this much back; when nothing is left it has ended as `status`."""
        self.remaining_minor -= amount_minor
        self._end_when_empty(status, at_us)

    def _end_when_empty(self, status: HoldStatus, at_us: int) -> None:
        if self.remaining_minor == 0:
            self.status, self.ended_at = status.value, at_us
