"""An authorization, and what may become of it. Pure: no Flask, no SQL, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.amounts import money
from shared.amounts.plain_amounts import plain_minor
from shared.card_enums import AuthorizationEventType, AuthorizationStatus, CardChannel
from shared.enums import HoldStatus
from shared.refusals import Refused
from transaction_service.cards.card import Merchant
from transaction_service.cards.merchant_categories import FUEL, RESTAURANTS
from transaction_service.exchange.conversion import Terms
from transaction_service.holds.hold import Hold
from transaction_service.refusals import AUTHORIZATION_ENDED, MORE_THAN_HELD

_PUMP_LIMIT_EUROS = 150
_TIP_DIVISOR = 5  # a fifth above
_STATUS_OF_HOLD = {
    HoldStatus.PENDING.value: AuthorizationStatus.APPROVED,
    HoldStatus.VOIDED.value: AuthorizationStatus.REVERSED,
    HoldStatus.EXPIRED.value: AuthorizationStatus.EXPIRED,
    HoldStatus.CAPTURED.value: AuthorizationStatus.CAPTURED,
}


class AuthorizationStep(NamedTuple):
    """What happened to an authorization, with how much money, at an instant of the bank's time.

    `amount_minor` is in the account's currency, `original_minor` in that of the shop.
    """

    authorization_id: str
    type: AuthorizationEventType
    amount_minor: int
    original_minor: int
    at: int


class Progress(NamedTuple):
    """What was approved, given back and collected until now, in the currency of the shop.

    In that of the account: `held_minor` was ever held, `gone_minor` of it was collected or given back.
    """

    approved_minor: int = 0
    given_back_minor: int = 0
    captured_minor: int = 0
    held_minor: int = 0
    gone_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What shops have yet to collect, tips and full tanks aside."""
        return self.approved_minor - self.used_minor

    @property
    def used_minor(self) -> int:
        """What is held no more: it was collected or given back."""
        return self.given_back_minor + self.captured_minor

    def after(self, story: Iterable[AuthorizationStep]) -> "Progress":
        """The same once all this has happened."""
        approved, given_back, captured, held, gone = self
        for each in story:
            if each.type in APPROVING:
                approved += each.original_minor
                held += each.amount_minor
            elif each.type is AuthorizationEventType.REVERSED:
                given_back += each.original_minor
                gone += each.amount_minor
            elif each.type is AuthorizationEventType.CAPTURED:
                captured += each.original_minor
                gone += each.amount_minor
        return Progress(approved, given_back, captured, held, gone)

    def adding(self, terms: Terms, original_minor: int) -> int:
        """What is held more, of the account's currency, when this much more of the shop's is approved."""
        return terms.source_minor(self.approved_minor + original_minor) - terms.source_minor(self.approved_minor)

    def taking(self, terms: Terms, original_minor: int) -> int:
        """What this much of the shop's currency takes of the account.

        It is converted together with what was used before, so that a payment in many parts costs what it costs in one.
        While anything is left to collect, the smallest unit stays held for it: so the last part is worth something too.
        """
        used = self.used_minor + original_minor
        gone = terms.source_minor(used)
        if used < self.approved_minor:
            gone = min(gone, self.held_minor - 1)
        return gone - self.gone_minor


APPROVING = frozenset(
    {AuthorizationEventType.APPROVED, AuthorizationEventType.PARTLY_APPROVED, AuthorizationEventType.INCREMENTED}
)


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

    Amounts are in the account's currency, but `original_minor` and `progress`, which are in the shop's; `terms` are
    those on which the one is converted into the other, None where they are the same. `hold` and `progress` are the
    working copies that the transaction moves along; `given_back_minor` is what shops will not collect any more: it was
    reversed, or left by a final capture.
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
    terms: Terms | None
    merchant: Merchant
    channel: str
    decline_code: str | None
    expires_at: int
    created_at: int
    last4: str | None = None
    hold: Hold | None = None
    given_back_minor: int = 0
    progress: Progress = field(default_factory=Progress)

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

    def added_by(self, original_minor: int) -> int:
        """What is held more when this much more of the shop's currency is approved."""
        return original_minor if self.terms is None else self.progress.adding(self.terms, original_minor)

    def taken_by(self, original_minor: int) -> int:
        """What this much of the shop's currency takes of the account, after what was used of it before."""
        return original_minor if self.terms is None else self.progress.taking(self.terms, original_minor)

    def tell(self, happening: AuthorizationStep) -> None:
        """This has happened to it."""
        self.progress = self.progress.after([happening])
        if happening.type is AuthorizationEventType.REVERSED:
            self.given_back_minor += happening.amount_minor

    def holds_money(self, at_us: int) -> bool:
        """Whether money is held for it at this instant of the bank's time."""
        return self.hold is not None and self.hold.status == HoldStatus.PENDING and at_us < self.hold.expires_at

    def check_can_be_captured(self, original_minor: int) -> None:
        """Raises Refused: 409 when it was declined, reversed or has been collected, 400 for more than may be taken.

        What has expired may still be collected: shops are late. A restaurant's tip and a full tank are more than was
        asked for.
        """
        is_open = self.hold is not None and self.hold.status in (HoldStatus.PENDING, HoldStatus.EXPIRED)
        if not is_open or self.progress.left_minor <= 0:
            raise Refused(AUTHORIZATION_ENDED, details={"status": self.status.value})
        self._check_is_at_most(self._most_minor() - self.progress.captured_minor, original_minor)

    def check_can_be_given_back(self, original_minor: int) -> None:
        """Raises Refused (400) when less is held for it."""
        self._check_is_at_most(self.progress.left_minor, original_minor)

    def _check_is_at_most(self, available_minor: int, original_minor: int) -> None:
        if original_minor > available_minor:
            figures = {"available": available_minor, "amount": original_minor}
            raise Refused(MORE_THAN_HELD, details=money.details_of(self.original_currency, **figures))

    def check_is_pending(self, at_us: int) -> Hold:
        """Its hold. Raises Refused (409) when nothing is held for it any more."""
        if self.hold is None or not self.holds_money(at_us):
            status = self.status
            if self.hold is not None and self.hold.status == HoldStatus.PENDING:
                status = AuthorizationStatus.CAPTURED if self.captured_minor else AuthorizationStatus.EXPIRED
            raise Refused(AUTHORIZATION_ENDED, details={"status": status.value})
        return self.hold

    def _most_minor(self) -> int:
        """The most that may be collected of it altogether, in the shop's currency."""
        promised = self.progress.approved_minor - self.progress.given_back_minor
        if self.merchant.category in RESTAURANTS:
            return promised + promised // _TIP_DIVISOR
        if self.merchant.category in FUEL and self.channel != CardChannel.CASH and not self.progress.given_back_minor:
            return max(promised, plain_minor(_PUMP_LIMIT_EUROS, self.original_currency))
        return promised
