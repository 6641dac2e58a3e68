"""Which passwords are good enough. Pure.

Length is what counts (NIST SP 800-63B): any characters, no composition rules, but nothing that is guessed first.
"""

import re
import unicodedata
from collections.abc import Iterable

from auth_service.passwords.common_passwords import COMMON
from shared.http.field_problems import Problem
from shared.text import INVISIBLE, is_clean_password

LONGEST_PASSWORD = 128
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789" * 2,
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "qazwsxedcrfvtgbyhnujm",
    "!@#$%^&*()",
)
_WALKS = _ROWS + tuple(row[::-1] for row in _ROWS)
_SHORTEST_WALK = 3
_LONGEST_REPEATED = 4
_LEET = str.maketrans("013457@$!", "oleastasi")
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def normalized(password: str) -> str:
    """The form that is hashed, so that the same characters typed on another device are the same password."""
    return unicodedata.normalize("NFKC", password)


def problem(password: str, *, min_length: int, names: Iterable[str] = ()) -> Problem | None:
    """Why this password is refused; None when it is good.

    `names`: the user name, the e-mail address and its local part.
    """
    if not is_clean_password(password):
        return Problem("invisible_characters", INVISIBLE)
    if not min_length <= len(password) <= LONGEST_PASSWORD:
        figures = {"min_length": min_length, "max_length": LONGEST_PASSWORD}
        return Problem("wrong_length", f"must have {min_length} to {LONGEST_PASSWORD} characters", figures)
    folded = normalized(password).casefold()
    if folded in {name.casefold() for name in names}:
        return Problem("is_a_name", "must not be your user name or e-mail address")
    if _is_common(folded):
        return Problem("too_common", "is one of the first that anybody would guess; choose another")
    return None


def _is_common(folded: str) -> bool:
    """On the list as it is, with digits and signs around it, with digits for letters, or doubled; or a pattern."""
    unit = _repeated_unit(folded)
    return len(unit) <= _LONGEST_REPEATED or _is_listed(unit) or _is_walk(unit)


def _is_listed(text: str) -> bool:
    core = _EDGES.sub("", text)
    candidates = {text, core, text.translate(_LEET), core.translate(_LEET), _EDGES.sub("", text.translate(_LEET))}
    return not COMMON.isdisjoint(candidates)


def _repeated_unit(text: str) -> str:
    """The shortest text that, repeated, gives this one (a last round may be cut short)."""
    for length in range(1, len(text) // 2 + 1):
        if text.startswith((text[:length] * (len(text) // length + 1))[: len(text)]):
            return text[:length]
    return text


def _is_walk(text: str) -> bool:
    """Whether it is made of nothing but steps along the alphabet, the digits or the keyboard."""
    start = 0
    while start < len(text):
        end = start + _SHORTEST_WALK
        if not _is_on_a_row(text[start:end]) or end > len(text):
            return False
        while end < len(text) and _is_on_a_row(text[start : end + 1]):
            end += 1
        start = end
    return True


def _is_on_a_row(piece: str) -> bool:
    return any(piece in row for row in _WALKS)
