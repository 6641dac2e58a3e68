"""A standing order or a scheduled payment, and what may become of it: pure, no Flask, no SQL, no clock."""

from dataclasses import dataclass

from shared.enums import FixedSide
from shared.refusals import Refused
from shared.time.business_days import day_of_number, number_of_day
from transaction_service.due_work.queue import SCHEDULED_PAYMENT, STANDING_ORDER
from transaction_service.orders.enums import OrderStatus
from transaction_service.orders.refusals import ORDER_ENDED
from transaction_service.orders.schedule import Schedule, retry_at

KINDS = (STANDING_ORDER, SCHEDULED_PAYMENT)


@dataclass(slots=True)
class PaymentOrder:
    """An order as it stands inside one transaction; amounts in minor units, instants in the bank's time, days as
    `shared.time.business_days.day_number` counts them.

    `next_day` is the next day of its schedule that it pays for, None while it is not active; `due_at` is when. The
    amount is what leaves the payer's account, or with `fixed` of `target` what reaches the payee's, in that currency.
    """

    key: int | None
    id: str
    kind: str
    payer_id: str
    owner_id: str
    is_synthetic: int
    payee_id: str
    payee_owner_id: str
    payee_holder: str
    payee_account_number: str
    payee_name: str | None
    payee_number: str | None
    currency: str
    amount_minor: int
    description: str
    end_to_end_id: str | None
    frequency: str | None
    execution_rule: str
    first_day: int
    last_day: int | None
    status: str
    next_day: int | None
    attempts: int
    created_at: int
    ended_at: int | None
    due_at: int | None
    fixed: str = FixedSide.SOURCE.value

    @property
    def schedule(self) -> Schedule:
        """The days that it pays on."""
        last_on = None if self.last_day is None else day_of_number(self.last_day)
        return Schedule(day_of_number(self.first_day), last_on, self.frequency, self.execution_rule)

    @property
    def is_going_on(self) -> bool:
        """Whether it has not ended."""
        return self.status in (OrderStatus.ACTIVE, OrderStatus.PAUSED)

    def check_goes_on(self) -> None:
        """Raises Refused (409) when it has ended."""
        if not self.is_going_on:
            raise Refused(ORDER_ENDED, details={"status": self.status})

    def begin(self, at_us: int) -> None:
        """Wait for the first day; what would have been paid earlier that day is paid at once."""
        day = self.schedule.first_day()
        if day is None:
            raise ValueError(self.id)
        self._wait_for(number_of_day(day), max(self.schedule.due_at(day), at_us))

    def pause(self) -> None:
        """Pay nothing until it is resumed; whatever falls due meanwhile is left out."""
        self.check_goes_on()
        self.status, self.next_day, self.due_at, self.attempts = OrderStatus.PAUSED.value, None, None, 0

    def resume(self, at_us: int, last_paid_day: int | None) -> None:
        """Wait for the first day that is paid later than now: nothing is made up for. Without such a day it has ended.

        `last_paid_day` is the last of its days that something came of.
        """
        self.check_goes_on()
        after = None if last_paid_day is None else day_of_number(last_paid_day)
        day = self.schedule.day_due_after(at_us, after=after)
        if day is None:
            self.end(OrderStatus.COMPLETED, at_us)
        else:
            self._wait_for(number_of_day(day), self.schedule.due_at(day))

    def end(self, status: OrderStatus, at_us: int) -> None:
        """Nothing is paid any more."""
        self.status, self.ended_at = status.value, at_us
        self.next_day, self.due_at, self.attempts = None, None, 0

    def try_again(self, at_us: int) -> bool:
        """After too little money: wait for the same day's second hour. False when that has passed, or was used."""
        again = retry_at(at_us)
        if self.attempts > 0 or again <= at_us:
            return False
        self.attempts, self.due_at = 1, again
        return True

    def go_on(self, at_us: int, *, has_paid: bool) -> None:
        """Something came of the day in hand: wait for the next one, or end after the last."""
        if self.next_day is None:
            raise ValueError(self.id)
        day = self.schedule.day_after(day_of_number(self.next_day))
        if day is not None:
            self._wait_for(number_of_day(day), max(self.schedule.due_at(day), at_us))
        else:
            has_failed = self.frequency is None and not has_paid
            self.end(OrderStatus.FAILED if has_failed else OrderStatus.COMPLETED, at_us)

    def _wait_for(self, day: int, due_at: int) -> None:
        self.status, self.next_day, self.due_at, self.attempts = OrderStatus.ACTIVE.value, day, due_at, 0
