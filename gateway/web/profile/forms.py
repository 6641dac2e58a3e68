"""What a person may change of themself."""

from flask_wtf import FlaskForm
from wtforms import EmailField, Field, StringField
from wtforms.validators import InputRequired, Regexp, ValidationError

_NO_ADDRESS = "Type an address such as ada@example.org."
_ADDRESS = r"[^@\s]+@[^@\s]+\.[^@\s]+$"


class ProfileForm(FlaskForm):
    """Name and e-mail address. What auth's rules say of them, auth says."""

    full_name = StringField("Full name", render_kw={"autocomplete": "name", "maxlength": "100"})
    email = EmailField(
        "E-mail",
        [
            InputRequired("Type your e-mail address."),
            Regexp(_ADDRESS, message="Type an address such as ada@example.org."),
        ],
        description="You can log in with it too.",
        render_kw={"autocomplete": "email", "maxlength": "254"},
    )

    def validate_full_name(self, field: Field) -> None:
        """Who has a name keeps one."""
        if field.object_data and not (field.data or "").strip():
            message = "A name can be changed, but not taken away."
            raise ValidationError(message)
