"""Changing one's password."""

from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired

from gateway.web.base_form import BaseForm
from gateway.web.password_field import NewPasswordField


class PasswordForm(BaseForm):
    """The current password proves that it is you. What makes a password good, auth says."""

    current_password = PasswordField(
        "Current password",
        [InputRequired("Type the password you log in with now.")],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = NewPasswordField(
        "New password", [InputRequired("Choose a new password.")], hint="A few unrelated words do well."
    )
    repeated = PasswordField(
        "New password again",
        [EqualTo("new_password", "This is not the same as the new password.")],
        render_kw={"autocomplete": "new-password"},
    )
