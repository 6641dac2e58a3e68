"""What a person may change of themself."""

from wtforms import Field, PasswordField, StringField
from wtforms.validators import ValidationError

from gateway.web.base_form import BaseForm
from gateway.web.email_field import email_field


class ProfileForm(BaseForm):
    """Name and e-mail address. What auth's rules say of them, auth says."""

    full_name = StringField("Full name", render_kw={"autocomplete": "name", "maxlength": "100"})
    email = email_field(description="You can log in with it too.")
    current_password = PasswordField(
        "Your password",
        description="Needed for another e-mail address; we tell the old one and the new one.",
        render_kw={"autocomplete": "current-password"},
    )

    def validate_full_name(self, field: Field) -> None:
        """Who has a name keeps one."""
        if field.object_data and not (field.data or "").strip():
            message = "A name can be changed, but not taken away."
            raise ValidationError(message)
