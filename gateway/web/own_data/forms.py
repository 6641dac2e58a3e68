"""Asking to be erased."""

from wtforms import BooleanField, PasswordField
from wtforms.validators import InputRequired

from gateway.web.base_form import BaseForm


class EraseMeForm(BaseForm):
    """The password proves that it is you, the tick that you mean it."""

    current_password = PasswordField(
        "Your password",
        [InputRequired("Type the password you log in with.")],
        render_kw={"autocomplete": "current-password"},
    )
    confirm = BooleanField(
        "Yes, erase me. I know that this cannot be undone.",
        [InputRequired("Tick the box if you want to be erased.")],
    )
