"""Changing one's password."""

from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired


class PasswordForm(FlaskForm):
    """The current password proves that it is you. What makes a password good, auth says."""

    current_password = PasswordField(
        "Current password",
        [InputRequired("Type the password you log in with now.")],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = PasswordField(
        "New password",
        [InputRequired("Choose a new password.")],
        description="At least 12 characters. A few unrelated words do well.",
        render_kw={"autocomplete": "new-password"},
    )
    repeated = PasswordField(
        "New password again",
        [EqualTo("new_password", "This is not the same as the new password.")],
        render_kw={"autocomplete": "new-password"},
    )
