"""What stands for the user name and the e-mail address of somebody who was erased."""

import secrets

USERNAME_START = "erased-"
EMAIL_END = "@erased.invalid"
"""A domain that no mail ever reaches (RFC 2606)."""


def username_of(user_id: str) -> str:
    """What stands for a user name where two may be the same."""
    return f"{USERNAME_START}{user_id}"


def new_stand_ins(user_id: str) -> tuple[str, str]:
    """A user name and an e-mail address that nobody can have taken before, as part of them is drawn by lot."""
    drawn = secrets.token_hex(8)
    return f"{username_of(user_id)}-{drawn}", f"{user_id}-{drawn}{EMAIL_END}"


def is_stand_in(*, username: str = "", email: str = "") -> bool:
    """Whether one of these is a name that only somebody who was erased has. Both in the form they are looked up by."""
    return username.startswith(USERNAME_START) or email.endswith(EMAIL_END)
