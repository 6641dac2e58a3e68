"""Changing what was arranged: the form shows the order as it is, and only what differs is sent."""

from typing import Any

from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from gateway.web.base_form import BaseForm
from gateway.web.money.forms import LONGEST_DESCRIPTION, make_exact
from gateway.web.orders.forms import A_DAY, ENDS, FREQUENCY_CHOICES, RULE_CHOICES, UNREMEMBERED, is_day


class ChangeOneTimeForm(BaseForm):
    """A scheduled payment that was not made yet: its amount, its day, its description."""

    day_in_api = "execute_on"
    amount = StringField("Amount", render_kw={"inputmode": "decimal", **UNREMEMBERED})
    description = StringField(
        "Description (optional)",
        [Length(max=LONGEST_DESCRIPTION, message=f"At most {LONGEST_DESCRIPTION} characters.")],
        render_kw=UNREMEMBERED,
    )
    first_on = StringField("On", [InputRequired(), is_day], render_kw=A_DAY)

    def show(self, order: dict[str, Any]) -> None:
        """Fill in the order as it is."""
        for name, value in self._known(order).items():
            self[name].data = value

    def settle(self, currency: str) -> bool:
        """Whether it can be sent: what is wrong is put beside its field."""
        is_valid = self.validate()
        return make_exact(self.amount, currency) and bool(is_valid)

    def changes(self, order: dict[str, Any]) -> dict[str, Any]:
        """What differs from the order, as the API names it."""
        known = self._known(order)
        typed = {name: (self[name].data or "").strip() for name in known}
        return {
            self.day_in_api if name == "first_on" else name: typed[name] for name in known if typed[name] != known[name]
        }

    def _known(self, order: dict[str, Any]) -> dict[str, str]:
        return {"amount": order["amount"], "description": order["description"], "first_on": order["execute_on"]}


class ChangeStandingOrderForm(ChangeOneTimeForm):
    """A standing order. A new day of the next payment is the one from which the later days follow."""

    day_in_api = "first_on"
    first_on = StringField("Next payment", [is_day], description="Later ones follow from this day.", render_kw=A_DAY)
    frequency = SelectField("How often", choices=FREQUENCY_CHOICES)
    last_on = StringField("Last payment (optional)", [is_day], description=ENDS, render_kw=A_DAY)
    execution_rule = SelectField("Weekends and holidays", choices=RULE_CHOICES)

    def changes(self, order: dict[str, Any]) -> dict[str, Any]:
        """What differs, as the API names it: a last day that was taken away is None, a next day leaves it as it is."""
        found = super().changes(order)
        if not found.get("first_on", order):
            del found["first_on"]
        return {name: value or None if name == "last_on" else value for name, value in found.items()}

    def _known(self, order: dict[str, Any]) -> dict[str, str]:
        same = {name: order[name] for name in ("amount", "description", "frequency", "execution_rule")}
        return {**same, "first_on": order["next_on"] or "", "last_on": order["last_on"] or ""}
