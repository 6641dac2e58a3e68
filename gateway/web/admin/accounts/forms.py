"""Finding accounts, and freezing and unfreezing one."""

from wtforms import HiddenField, SearchField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from gateway.web.base_form import BaseForm, FilterForm

TYPES = [SelectChoice(name, name.capitalize()) for name in ("checking", "savings", "investment", "credit")]
STATUSES = [SelectChoice(name, name.capitalize()) for name in ("open", "frozen", "closed", "opening", "closing")]


class AccountFilters(FilterForm):
    """What the list is narrowed to; `user_id` comes from a link on a user's page."""

    q = SearchField("Search", render_kw={"placeholder": "Holder, nickname or account number", "maxlength": "100"})
    type = SelectField("Type", choices=[SelectChoice("", "Any type"), *TYPES], default="")
    status = SelectField("Status", choices=[SelectChoice("", "Any status"), *STATUSES], default="")
    user_id = HiddenField()


class ReasonForm(BaseForm):
    """Why an account is frozen or unfrozen; it stays in the account's history."""

    reason = StringField(
        "Reason",
        [
            InputRequired("Give a reason; it is kept with the account."),
            Length(max=200, message="At most 200 characters."),
        ],
        description="The customer reads it too.",
        render_kw={"autocomplete": "off", "maxlength": "200"},
    )
