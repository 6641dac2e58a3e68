"""Why an administrator takes somebody's data, or has them erased."""

from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired

from gateway.web.base_form import BaseForm


class DataForm(BaseForm):
    """The reason stands in the audit trail."""

    reason = StringField(
        "Reason",
        [InputRequired("Say why, for the audit trail.")],
        description="Stands in the audit trail. Name no person in it.",
        render_kw={"maxlength": "200", "autocomplete": "off"},
    )


class EraseForm(BaseForm):
    """The same for what cannot be undone; its fields have names of their own, as both forms stand on one page."""

    why = StringField(
        "Reason",
        [InputRequired("Say why, for the audit trail.")],
        description="Stands in the audit trail. Name no person in it.",
        render_kw={"maxlength": "200", "autocomplete": "off"},
    )
    confirm = BooleanField(
        "Yes, erase this customer. It cannot be undone.", [InputRequired("Tick the box if they are to be erased.")]
    )
