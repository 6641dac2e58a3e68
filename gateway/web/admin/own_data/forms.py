"""Why an administrator takes somebody's data."""

from wtforms import StringField
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
