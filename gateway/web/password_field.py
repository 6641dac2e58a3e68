"""A field for a new password, which says how long it must be: as auth was told too (`BANK_PASSWORD_MIN_LENGTH`)."""

from typing import Any

from flask import current_app
from wtforms import PasswordField

MIN_LENGTH_KEY = "PASSWORD_MIN_LENGTH"


class NewPasswordField(PasswordField):
    """What makes a password good, auth decides; `hint` is what stands beside its length."""

    def __init__(self, *arguments: Any, hint: str, **options: Any) -> None:
        super().__init__(*arguments, render_kw={"autocomplete": "new-password"}, **options)
        self.description = f"At least {current_app.config[MIN_LENGTH_KEY]} characters. {hint}"
