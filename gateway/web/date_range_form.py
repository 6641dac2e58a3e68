"""What forms about a stretch of time share: from one day to another, both included."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField

from gateway.web.date_range import day_after
from gateway.web.form_errors import show_problem
from shared.refusals import Refused

_A_DAY = {"type": "date", "min": "1970-01-01", "max": "8999-12-31"}
_NO_CHOICE = "This is not one of the choices."
_NO_DAY = "Enter a date such as 2026-11-20."


class DateRangeForm(FlaskForm):
    """`from` and `to` under those names, as they stand in an address. Whether a value is right, the API says."""

    from_ = StringField("From", name="from", render_kw=_A_DAY)
    to = StringField("To", render_kw=_A_DAY)

    @property
    def chosen(self) -> dict[str, Any]:
        """The fields that are set, by their names in the address, as they were typed."""
        return {field.name: str(field.data) for field in self if field.data and field.name != "csrf_token"}

    @property
    def asked(self) -> dict[str, Any]:
        """The same as the API takes it, whose periods end before their last instant."""
        return {**self.chosen, "to": day_after(self.to.data)}

    def show(self, refused: Refused) -> None:
        """Put what the API refused beside its fields. Raises it again when nobody could mend it here."""
        show_problem(self, refused, **{"from": "from_"})
        for field in self:
            if field.errors and field.type == "SelectField":
                field.errors = [_NO_CHOICE]
        for field in (self.from_, self.to):
            if field.errors:
                field.errors = [_NO_DAY]
                field.render_kw = None  # as plain text, because a browser's own field for days would not show it


class DateRangeFilters(DateRangeForm):
    """The same, to narrow what is shown: it stands in the address and changes nothing."""

    class Meta:
        """A form that only asks needs no token."""

        csrf = False
