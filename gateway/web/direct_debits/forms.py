"""Asking for a mandate, and collecting by one."""

from typing import Any

from wtforms import HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length

from gateway.web.account_field import AccountField
from gateway.web.base_form import BaseForm
from gateway.web.money.forms import LONGEST_DESCRIPTION, end_to_end_field, make_exact
from gateway.web.orders.forms import A_DAY, UNREMEMBERED, is_day

_LONGEST_REFERENCE = 35


class MandateForm(BaseForm):
    """Whom to collect from, into which account."""

    form_id = HiddenField()
    creditor_account_id = AccountField("Collect into")
    debtor_account_number = StringField(
        "Account number of whoever pays (IBAN)",
        [InputRequired()],
        description="They are asked to agree. Nothing is collected before they do.",
        render_kw={"autocapitalize": "characters", "spellcheck": "false", **UNREMEMBERED},
    )
    reference = StringField(
        "Mandate reference",
        [InputRequired(), Length(max=_LONGEST_REFERENCE, message=f"At most {_LONGEST_REFERENCE} characters.")],
        description="Such as a contract or customer number; each one is used once.",
        render_kw={"maxlength": str(_LONGEST_REFERENCE), **UNREMEMBERED},
    )
    kind = RadioField(
        "For",
        choices=[SelectChoice("recurring", "Any number of collections"), SelectChoice("once", "One collection only")],
        default="recurring",
    )

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with."""
        names = ("creditor_account_id", "debtor_account_number", "reference", "kind")
        return {name: (self[name].data or "").strip() for name in names}


class CollectForm(BaseForm):
    """How much is collected, on which day."""

    form_id = HiddenField()
    amount = StringField("Amount", render_kw={"inputmode": "decimal", "placeholder": "0.00", **UNREMEMBERED})
    due_on = StringField(
        "On",
        [InputRequired(), is_day],
        description="Or on the next business day. They are told beforehand.",
        render_kw=A_DAY,
    )
    description = StringField(
        "Description (optional)",
        [Length(max=LONGEST_DESCRIPTION, message=f"At most {LONGEST_DESCRIPTION} characters.")],
        description="The payer reads it.",
        render_kw=UNREMEMBERED,
    )
    end_to_end_id = end_to_end_field("For the payer's books and yours, such as an invoice number.")

    def settle(self, currency: str) -> bool:
        """Whether it can be sent: what is wrong is put beside its field."""
        is_valid = self.validate()
        return make_exact(self.amount, currency) and bool(is_valid)

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with; what was left empty is left out."""
        names = ("amount", "due_on", "description", "end_to_end_id")
        said = {name: (self[name].data or "").strip() for name in names}
        return {name: value for name, value in said.items() if value}


class RefundForm(BaseForm):
    """To which account the money comes back, once the one that paid is closed."""

    to_account_id = AccountField("Back to")
