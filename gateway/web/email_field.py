"""The field for an e-mail address, the same on every form."""

from typing import Any

from wtforms import EmailField
from wtforms.validators import InputRequired, Regexp

_ADDRESS = r"[^@\s]+@[^@\s]+\.[^@\s]+$"
_EXAMPLE = "Type an address such as ada@example.org."


def email_field(*, autocomplete: str = "email", **options: Any) -> EmailField:
    """What auth's rules say of an address beyond its form, auth says."""
    return EmailField(
        "E-mail",
        [InputRequired(_EXAMPLE), Regexp(_ADDRESS, message=_EXAMPLE)],
        render_kw={"autocomplete": autocomplete, "maxlength": "254"},
        **options,
    )
