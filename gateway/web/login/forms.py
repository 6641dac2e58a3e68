"""Logging in and registering."""

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from gateway.web.base_form import BaseForm
from gateway.web.email_field import email_field
from gateway.web.password_field import NewPasswordField


class LogInForm(BaseForm):
    """`next` is the page that was wanted."""

    username = StringField(
        "User name or e-mail",
        [InputRequired("Type your user name or e-mail address."), Length(max=254)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        "Password", [InputRequired("Type your password.")], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


class RegisterForm(BaseForm):
    """A new customer. What auth's rules say of a name or a password, auth says."""

    full_name = StringField("Full name", [Optional(), Length(max=100)], render_kw={"autocomplete": "name"})
    email = email_field()
    username = StringField(
        "User name",
        [InputRequired("Choose a user name.")],
        description="3 to 64 letters, digits, dots, dashes or underscores.",
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = NewPasswordField(
        "Password", [InputRequired("Choose a password.")], hint="A few unrelated words do well."
    )


class ForgotPasswordForm(BaseForm):
    """Where the link goes, if somebody here has that address."""

    email = email_field()


class ResetPasswordForm(BaseForm):
    """`token` came with the link."""

    token = HiddenField()
    new_password = NewPasswordField(
        "New password", [InputRequired("Choose a password.")], hint="A few unrelated words do well."
    )
