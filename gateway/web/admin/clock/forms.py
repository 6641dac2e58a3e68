"""Where the clock is to go: by so much, or to a day."""

from datetime import UTC, date, datetime, timedelta

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from gateway.web.admin.simulator.forms import WholeNumberField
from gateway.web.base_form import BaseForm
from shared.time import business_days, clock
from shared.time.clock import MICROSECONDS

_WHOLE = "Give a whole number."
_MOST_DAYS = 36_500
_LAST_YEAR = 8999
_A_DAY = {"type": "date", "max": f"{_LAST_YEAR}-12-31"}


class MoveForm(BaseForm):
    """How far the clock is to be moved. `moment` is where that leads to, once that was reviewed."""

    days = WholeNumberField("Days", [InputRequired(_WHOLE)], default=1, render_kw={"inputmode": "numeric", "min": "0"})
    hours = WholeNumberField(
        "Hours", [InputRequired(_WHOLE)], default=0, render_kw={"inputmode": "numeric", "min": "0"}
    )
    day = StringField("Or to the beginning of a day", render_kw=_A_DAY)
    moment = HiddenField()

    def settle(self, bank_time: str) -> int | None:
        """Where the clock goes to from here, in microseconds; None when the form says what is wrong with it."""
        now_us = clock.from_wire(bank_time)
        target_us = self._of_day() if (self.day.data or "").strip() else self._of_span(now_us)
        if target_us is None:
            return None
        if target_us <= now_us:
            self._blame(self.day if self.day.data else self.days, "The clock only moves forward.")
            return None
        self.moment.data = clock.to_wire(target_us)
        return target_us

    def _of_day(self) -> int | None:
        day = _day_of(self.day)
        return None if day is None else business_days.day_start_us(day)

    def _of_span(self, now_us: int) -> int | None:
        for field, most in ((self.days, _MOST_DAYS), (self.hours, _MOST_DAYS * 24)):
            if not 0 <= field.data <= most:
                self._blame(field, f"Must be 0 to {most:,}.")
                return None
        span = timedelta(days=self.days.data, hours=self.hours.data)
        return now_us + int(span.total_seconds()) * MICROSECONDS

    def _blame(self, field: StringField | WholeNumberField, problem: str) -> None:
        field.errors = [*field.errors, problem]

    @property
    def reviewed_moment(self) -> str | None:
        """The moment that a review brought with it; None when it is none."""
        try:
            moment = datetime.fromisoformat(self.moment.data or "")
        except ValueError:
            return None
        return None if moment.tzinfo is None else clock.to_wire(clock.from_datetime(moment.astimezone(UTC)))


class BeginForm(BaseForm):
    """On which day a bank begins that has no account yet, earlier than today or later."""

    begin_on = StringField("First day", [InputRequired()], render_kw=_A_DAY)

    def settle(self) -> str | None:
        """The day as the API takes it; None when the form says what is wrong with it."""
        day = _day_of(self.begin_on)
        return None if day is None else day.isoformat()


def _day_of(field: StringField) -> date | None:
    """The day that was typed; None when the field says that it is none."""
    try:
        day = date.fromisoformat((field.data or "").strip())
        if day.year > _LAST_YEAR:
            raise ValueError
        business_days.day_start_us(day)
    except (ValueError, OverflowError):
        field.render_kw = None  # as plain text, because a browser's own field for days would not show it
        field.errors = [*field.errors, "Enter a date such as 2026-11-20."]
        return None
    return day
