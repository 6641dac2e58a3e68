"""Placing a hold, capturing it, giving it back. A form is filled in, reviewed, sent; it keeps its id all the way."""

from typing import Any

from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from gateway.web.admin.simulator.forms import WholeNumberField
from gateway.web.base_form import BaseForm, FilterForm, status_filter
from gateway.web.money.forms import LONGEST_DESCRIPTION, make_exact

_AN_AMOUNT = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "0.00", "maxlength": "40"}
_A_NUMBER = {"inputmode": "numeric", "autocomplete": "off", "min": "0"}
_WHOLE = "Give a whole number."
_STATUSES = ("pending", "captured", "voided", "expired")


class HoldFilters(FilterForm):
    """What a list of holds is narrowed to."""

    status = status_filter(_STATUSES)


class _MoneyOfHold(BaseForm):
    form_id = HiddenField()
    currency = HiddenField()

    def settle_amount(self, currency: str, *, may_be_empty: bool) -> bool:
        """Make the amount exact in this currency; what is wrong with it is put beside it."""
        self.currency.data = currency
        return make_exact(self.amount, currency, may_be_empty=may_be_empty)

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with; what was left empty is left out."""
        return {"amount": self.amount.data} if self.amount.data else {}


class PlaceForm(_MoneyOfHold):
    """How much is held, for what, and for how long by the bank's clock."""

    amount = StringField("Amount", render_kw=_AN_AMOUNT)
    description = StringField(
        "Description (optional)",
        [Length(max=LONGEST_DESCRIPTION, message=f"At most {LONGEST_DESCRIPTION} characters.")],
        description="The customer reads it.",
        render_kw={"autocomplete": "off"},
    )
    days = WholeNumberField("Days", [InputRequired(_WHOLE), NumberRange(0, 400)], default=7, render_kw=_A_NUMBER)
    hours = WholeNumberField("Hours", [InputRequired(_WHOLE), NumberRange(0, 9_600)], default=0, render_kw=_A_NUMBER)

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with; the currency is for the ledger to check."""
        description = (self.description.data or "").strip()
        order = {"amount": self.amount.data, "currency": self.currency.data, "description": description}
        return {**order, "days": self.days.data, "hours": self.hours.data}


class CaptureForm(_MoneyOfHold):
    """How much of it is taken."""

    amount = StringField(
        "Amount", description="Leave empty to take all that is held.", render_kw={**_AN_AMOUNT, "placeholder": ""}
    )
    final = BooleanField("Release what is left", default=True)

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with."""
        return {**super().payload(), "final": bool(self.final.data)}


class GiveBackForm(_MoneyOfHold):
    """How much of it is given back."""

    amount = StringField(
        "Amount", description="Leave empty to release all that is held.", render_kw={**_AN_AMOUNT, "placeholder": ""}
    )
