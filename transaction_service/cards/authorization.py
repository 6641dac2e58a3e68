"""An authorization, and what may become of it. Pure: no Flask, no SQL, no clock."""

from dataclasses import dataclass

from shared import money
from shared.card_enums import AuthorizationStatus, CardChannel
from shared.enums import HoldStatus
from shared.refusals import Refused
from transaction_service.cards.card import Merchant
from transaction_service.cards.merchant_categories import FUEL, RESTAURANTS
from transaction_service.holds.hold import Hold
from transaction_service.refusals import AUTHORIZATION_ENDED, MORE_THAN_HELD

_PUMP_LIMIT = "150"
_TIP_DIVISOR = 5  # a fifth above
_STATUS_OF_HOLD = {
    HoldStatus.PENDING.value: AuthorizationStatus.APPROVED,
    HoldStatus.VOIDED.value: AuthorizationStatus.REVERSED,
    HoldStatus.EXPIRED.value: AuthorizationStatus.EXPIRED,
    HoldStatus.CAPTURED.value: AuthorizationStatus.CAPTURED,
}


def status_of(
    decline_code: str | None, hold_status: str | None, captured_minor: int, forced_minor: int
) -> AuthorizationStatus:
    """How far it has come, from its hold, what was captured of that, and what was taken without."""
    if decline_code is not None:
        return AuthorizationStatus.DECLINED
    if hold_status == HoldStatus.PENDING and captured_minor > 0:
        return AuthorizationStatus.PARTLY_CAPTURED
    if captured_minor + forced_minor > 0:
        return AuthorizationStatus.CAPTURED
    return _STATUS_OF_HOLD[hold_status or HoldStatus.CAPTURED.value]


@dataclass(slots=True)
class Authorization:
    """An authorization inside one write transaction, with its hold where it has one. Amounts in minor units.

    `hold` is the working copy that the transaction moves along; `given_back_minor` is what shops will not collect any
    more: it was reversed, or left by a final capture. Amounts are in the account's currency, but
    `original_minor`, which is in the shop's.
    """

    key: int | None
    id: str
    card_id: str | None
    account_id: str | None
    hold_id: str | None
    amount_minor: int
    approved_minor: int
    forced_minor: int
    currency: str
    original_minor: int
    original_currency: str
    exchange_rate: str | None
    merchant: Merchant
    channel: str
    decline_code: str | None
    expires_at: int
    created_at: int
    hold: Hold | None = None
    given_back_minor: int = 0

    @property
    def captured_minor(self) -> int:
        """What was collected, from the hold and without it."""
        return self.forced_minor + (0 if self.hold is None else self.hold.captured_minor)

    @property
    def status(self) -> AuthorizationStatus:
        """How far it has come."""
        hold = self.hold
        if hold is None:
            return status_of(self.decline_code, None, 0, self.forced_minor)
        return status_of(self.decline_code, hold.status, hold.captured_minor, self.forced_minor)

    @property
    def authorized_minor(self) -> int:
        """What was approved, with what was added to it later."""
        return self.approved_minor if self.hold is None else self.hold.amount_minor

    @property
    def promised_minor(self) -> int:
        """What shops collect of it altogether, tips and full tanks aside."""
        return self.authorized_minor - self.given_back_minor

    @property
    def left_minor(self) -> int:
        """What of that they have yet to collect."""
        return self.promised_minor - self.captured_minor

    def holds_money(self, at_us: int) -> bool:
        """Whether money is held for it at this instant of the bank's time."""
        return self.hold is not None and self.hold.status == HoldStatus.PENDING and at_us < self.hold.expires_at

    def check_can_be_captured(self, amount_minor: int, at_us: int) -> None:
        """Raises Refused: 409 when it was declined, reversed or has been collected, 400 for more than may be taken.

        What has expired may still be collected: shops are late. A restaurant's tip and a full tank are more than was
        asked for.
        """
        is_open = self.hold is not None and self.hold.status in (HoldStatus.PENDING, HoldStatus.EXPIRED)
        if not is_open or self.left_minor <= 0:
            raise Refused(AUTHORIZATION_ENDED, details={"status": self.status.value})
        most = self._most_minor() - self.captured_minor
        if amount_minor > most:
            raise Refused(MORE_THAN_HELD, details=money.details_of(self.currency, available=most, amount=amount_minor))

    def check_is_pending(self, at_us: int) -> Hold:
        """Its hold. Raises Refused (409) when nothing is held for it any more."""
        if self.hold is None or not self.holds_money(at_us):
            status = self.status
            if self.hold is not None and self.hold.status == HoldStatus.PENDING:
                status = AuthorizationStatus.CAPTURED if self.captured_minor else AuthorizationStatus.EXPIRED
            raise Refused(AUTHORIZATION_ENDED, details={"status": status.value})
        return self.hold

    def _most_minor(self) -> int:
        """The most that may be collected of it altogether."""
        promised = self.promised_minor
        if self.merchant.category in RESTAURANTS:
            return promised + promised // _TIP_DIVISOR
        if self.merchant.category in FUEL and self.channel != CardChannel.CASH and not self.given_back_minor:
            return max(promised, money.parse_amount(_PUMP_LIMIT, self.currency).minor)
        return promised
