"""Finding, adding and changing the bank's users."""

from wtforms import HiddenField, SearchField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from gateway.web.base_form import BaseForm, FilterForm
from gateway.web.email_field import email_field
from gateway.web.password_field import NewPasswordField

ROLES = [
    SelectChoice("customer", "Customer"),
    SelectChoice("employee", "Employee"),
    SelectChoice("admin", "Administrator"),
]
STATUSES = [SelectChoice("active", "Active"), SelectChoice("disabled", "Disabled")]


class UserFilters(FilterForm):
    """What the list is narrowed to. It stands in the address, so that a list can be kept and sent on."""

    q = SearchField("Search", render_kw={"placeholder": "Name, user name or e-mail", "maxlength": "100"})
    role = SelectField("Role", choices=[SelectChoice("", "Any role"), *ROLES], default="")
    status = SelectField(
        "Status",
        choices=[SelectChoice("", "Any status"), *STATUSES, SelectChoice("erased", "Erased")],
        default="",
    )


class NewUserForm(BaseForm):
    """Somebody whom an administrator adds. What auth's rules say of a name or a password, auth says."""

    full_name = StringField("Full name", [Optional(), Length(max=100)], render_kw={"autocomplete": "off"})
    email = email_field(autocomplete="off")
    username = StringField(
        "User name",
        [InputRequired("Choose a user name.")],
        description="3 to 64 letters, digits, dots, dashes or underscores.",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = NewPasswordField(
        "First password", [InputRequired("Choose a password.")], hint="They can change it under Settings."
    )
    role = SelectField("Role", choices=ROLES, default="customer")


class StandingForm(BaseForm):
    """A user's role and status. `confirmed` is set by the page that says what the change will do."""

    role = SelectField("Role", choices=ROLES)
    status = SelectField("Status", choices=STATUSES)
    confirmed = HiddenField()
