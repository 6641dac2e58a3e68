"""One rule for text that comes from people, in whatever field or query parameter; and the names and passwords among it.

What a person cannot see must not tell two texts apart or turn a page's direction round: control characters, characters
of no width and those that change the direction of writing are refused, spaces are plain ones, and letters are in their
composed form (NFC). The rules are those of PRECIS (RFC 8264 to 8266); emoji may be joined. Pure.
"""

import re
import unicodedata
from functools import cache

from precis_i18n import get_profile
from precis_i18n.profile import Profile

INVISIBLE = "must not hold control characters, invisible characters or marks that change the direction of writing"
NAME_CHARACTERS = "must hold letters, digits, spaces and punctuation that people can see"

_SIGNS = r"A-Za-z0-9/?:().,'+"
END_TO_END_PATTERN = rf"^[{_SIGNS}-]([{_SIGNS} -]{{0,33}}[{_SIGNS}-])?$"
"""What a payer may call a payment: 35 of the characters that all banks pass on (ISO 20022)."""
END_TO_END_FORM = "must be 1 to 35 letters, digits, spaces between them and the signs / - ? : ( ) . , ' +"

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_EMOJI = "\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff"
# A selector after a symbol or a key (`❤️`, `1️⃣`), and a joiner between two symbols (`👩‍🚀`).
_EMOJI_JOINS = re.compile(f"(?<=[{_EMOJI}0-9#*])[\ufe0e\ufe0f]|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])")


def clean(text: str) -> str:
    """The text as it is stored: in NFC, with plain spaces. Raises ValueError, saying what it must not hold."""
    if text.isascii():
        if _CONTROLS.search(text):
            raise ValueError(INVISIBLE)
        return text
    _enforced("OpaqueString", _EMOJI_JOINS.sub("", text))
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in text)
    return unicodedata.normalize("NFC", spaced)


def clean_name(text: str) -> str:
    """A person's name as it is stored: outer spaces away, inner ones single. Raises ValueError for what is no name."""
    if not text.strip():
        return ""
    try:
        return str(_profile("NicknameCasePreserved").enforce(text))
    except UnicodeEncodeError:
        raise ValueError(NAME_CHARACTERS) from None


def is_clean_password(text: str) -> bool:
    """Whether a new password holds only characters that any keyboard types again the same way (RFC 8265)."""
    try:
        _enforced("OpaqueString", _EMOJI_JOINS.sub("", text))
    except ValueError:
        return False
    return True


def username_key(name: str) -> str:
    """The form in which user names are unique (RFC 8265, case mapped); other text in small letters."""
    try:
        return str(_profile("UsernameCaseMapped").enforce(name.strip()))
    except UnicodeEncodeError:
        return name.strip().lower()


def fold(text: str) -> str:
    """The form in which texts are compared when capitals do not matter: `ÄÖÜ` and `äöü`, `STRASSE` and `straße`."""
    return (
        text.lower() if text.isascii() else unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    )


def _enforced(profile: str, text: str) -> str:
    try:
        return str(_profile(profile).enforce(text)) if text else ""
    except UnicodeEncodeError:
        raise ValueError(INVISIBLE) from None


@cache
def _profile(name: str) -> Profile:
    return get_profile(name)
