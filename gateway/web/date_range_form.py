"""What forms about a stretch of time share: from one day to another, both included."""

from typing import Any

from wtforms import StringField

from gateway.web.base_form import BaseForm, FilterForm
from gateway.web.error_messages import problem_codes
from gateway.web.form_errors import show_problem
from shared.http.field_problems import invalid
from shared.refusals import Refused
from shared.time import date_ranges

_A_DAY = {"type": "date", "min": "1970-01-01", "max": "8999-12-31"}
_REVERSED = "reversed_range"
"""The code of a range that ends before it begins; every other problem is of a day that cannot be read."""


class DateRangeForm(BaseForm):
    """`from` and `to` under those names, as they stand in an address."""

    from_ = StringField("From", name="from", render_kw=_A_DAY)
    to = StringField("To", render_kw=_A_DAY)

    @property
    def asked(self) -> dict[str, Any]:
        """The same with the instants that these days of the bank begin and end at.

        What is no day goes on as it was typed: the API names it with whatever else is wrong. Raises Refused, as the
        API would, when the range ends before it begins.
        """
        try:
            found = date_ranges.read_date_range(self.from_.data, self.to.data)
        except date_ranges.DateRangeError as error:
            if str(error) != date_ranges.REVERSED:
                return self.chosen
            raise invalid(error.field, str(error), code=_REVERSED) from error
        return {**self.chosen, **found.wire()}

    def show(self, refused: Refused) -> None:
        """Put what the API refused beside its fields. Raises it again when nobody could mend it here."""
        show_problem(self, refused, **{"from": "from_"})
        codes = problem_codes(refused)
        for field in (self.from_, self.to):
            if field.errors and codes.get(field.name) != _REVERSED:
                field.render_kw = None  # as plain text, because a browser's own field for days would not show it


class DateRangeFilters(DateRangeForm, FilterForm):
    """The same, to narrow what is shown."""
