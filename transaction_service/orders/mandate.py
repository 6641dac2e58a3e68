"""Mandates and the collections made by them, and what may become of both: pure, no Flask, no SQL, no clock."""

from dataclasses import dataclass
from datetime import timedelta

from shared.refusals import Refused
from shared.time.business_days import business_day, day_end_us, day_of_number
from transaction_service.orders.enums import CollectionStatus, MandateStatus, ReturnCode
from transaction_service.orders.refusals import COLLECTION_SETTLED, MANDATE_NOT_ACTIVE, NOT_REFUNDABLE
from transaction_service.orders.schedule import Schedule, add_months

UNUSED_MONTHS = 36
"""After so long without a collection a mandate has expired."""
REFUND_DAYS = 56
"""For so long after the day on which it was paid a debtor can have the money back, without a reason."""


@dataclass(slots=True)
class Mandate:
    """A mandate as it stands inside one transaction; instants in the bank's time. The confirmer is who agreed."""

    key: int | None
    id: str
    creditor_id: str
    creditor_owner_id: str
    creditor_name: str
    creditor_number: str
    debtor_id: str
    debtor_owner_id: str
    debtor_name: str
    debtor_number: str
    currency: str
    is_synthetic: int
    reference: str
    kind: str
    status: str
    expires_at: int
    created_at: int
    confirmed_at: int | None
    last_collected_at: int | None
    ended_at: int | None
    confirmer_key: int | None = None
    confirmer_kind: str | None = None
    confirmer_name: str | None = None

    @property
    def is_going_on(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    def check_is_active(self) -> None:
        """Raises Refused (409) unless money can be collected by it."""
        if self.status != MandateStatus.ACTIVE:
            raise Refused(MANDATE_NOT_ACTIVE, details={"status": self.status})

    def confirm(self, at_us: int) -> None:
        """The debtor agrees. Raises Refused (409) when it has ended."""
        if not self.is_going_on:
            raise Refused(MANDATE_NOT_ACTIVE, details={"status": self.status})
        self.status, self.confirmed_at = MandateStatus.ACTIVE.value, at_us

    def end(self, status: MandateStatus, at_us: int) -> None:
        """Nothing can be collected by it any more."""
        self.status, self.ended_at = status.value, at_us

    def was_used(self, at_us: int) -> None:
        """A collection came to the debtor's account: the months without one begin anew."""
        self.last_collected_at, self.expires_at = at_us, unused_until(at_us)


@dataclass(slots=True)
class Collection:
    """A collection as it stands inside one transaction, with its mandate; amounts in minor units.

    `entry_id` is the entry that paid it, at `position`; `refund_entry_id` the one that gave the money back.
    `reversed_minor`: how much of it was taken back, whoever did that; `refunded_minor`: how much the debtor had back.
    """

    key: int | None
    id: str
    amount_minor: int
    due_day: int
    description: str
    end_to_end_id: str | None
    status: str
    return_code: str | None
    position: int | None
    entry_id: str | None
    reversed_minor: int
    refund_position: int | None
    refund_entry_id: str | None
    refunded_minor: int | None
    created_at: int
    settled_at: int | None
    mandate: Mandate

    @property
    def due_at(self) -> int:
        """When it is collected: on its day, or the next on which banks settle."""
        day = day_of_number(self.due_day)
        return Schedule(day).due_at(day)

    @property
    def left_minor(self) -> int:
        """What has not been taken back of it."""
        return self.amount_minor - int(self.reversed_minor)

    @property
    def refundable_until(self) -> int | None:
        """The first instant at which the debtor cannot have the money back any more; None where there is none to have.

        That is so of what was not paid, and of what staff have taken back already.
        """
        if self.status != CollectionStatus.PAID or self.settled_at is None or self.left_minor <= 0:
            return None
        return refund_ends_us(self.settled_at)

    def check_is_scheduled(self) -> None:
        """Raises Refused (409) when it is over."""
        if self.status != CollectionStatus.SCHEDULED:
            raise Refused(COLLECTION_SETTLED, details={"status": self.status})

    def check_is_refundable(self, at_us: int) -> None:
        """Raises Refused (409) when it was not paid, was refunded or reversed, or too long ago."""
        until = self.refundable_until
        if until is None or at_us >= until:
            raise Refused(NOT_REFUNDABLE, details={"status": self.status})

    def settle(self, status: CollectionStatus, at_us: int, *, return_code: ReturnCode | None = None) -> None:
        """It is over."""
        self.status, self.settled_at = status.value, at_us
        self.return_code = None if return_code is None else return_code.value


def refund_ends_us(settled_at: int) -> int:
    """The first instant at which what was paid at this one is not refunded any more."""
    return day_end_us(business_day(settled_at) + timedelta(days=REFUND_DAYS))


def unused_until(at_us: int) -> int:
    """When a mandate expires that is not used from this instant on."""
    return day_end_us(add_months(business_day(at_us), UNUSED_MONTHS))
