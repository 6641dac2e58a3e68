"""Whether the name that a payer typed is that of the account's holder (confirmation of payee). Pure.

Capitals, accents, punctuation and the order of names do not matter, nor does how an umlaut is written.
"""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import permutations

from transaction_service.orders.enums import NameMatch

_CLOSE = 0.85
"""From how alike two spellings are the same name with a typing error: one letter of seven or so."""
_MOST_WORDS = 8
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "sir"})
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
_APOSTROPHES = re.compile("['\u2019]")
_WORDS = re.compile(r"[^\W_]+")


def compare_names(typed: str, holder: str) -> NameMatch:
    """`match`, `close_match` for a name that could be meant, else `no_match`."""
    pairs = [(one, other) for one in _readings(typed) for other in _readings(holder)]
    if any(one and sorted(one) == sorted(other) for one, other in pairs):
        return NameMatch.MATCH
    is_close = any(_is_part(one, other) or _is_part(other, one) or _is_misspelt(one, other) for one, other in pairs)
    return NameMatch.CLOSE_MATCH if is_close else NameMatch.NO_MATCH


def _readings(name: str) -> list[list[str]]:
    """The words of a name, an umlaut without its dots and written out."""
    composed = unicodedata.normalize("NFC", name).casefold().translate(_LETTERS)
    return [_words(composed), _words(composed.translate(_SPELLED))]


def _words(text: str) -> list[str]:
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return [word for word in _WORDS.findall(_APOSTROPHES.sub("", bare)) if word not in _TITLES]


def _is_part(few: Sequence[str], many: Sequence[str]) -> bool:
    """Whether two words or more of a name are all in the other, initials counting as the names that they begin.

    One of them has to be there in full: initials alone could be anybody's.
    """
    if not 2 <= len(few) <= len(many) <= _MOST_WORDS:
        return False
    left = list(many)
    for word in sorted(few, key=len, reverse=True):
        meant = next((one for one in left if one == word), None)
        if meant is None and len(word) == 1:
            meant = next((one for one in left if one.startswith(word)), None)
        if meant is None:
            return False
        left.remove(meant)
    return any(len(word) > 1 for word in few)


def _is_misspelt(one: Sequence[str], other: Sequence[str]) -> bool:
    if len(one) != len(other) or not 1 <= len(one) <= 4:
        return False
    wanted = " ".join(other)
    return any(SequenceMatcher(None, " ".join(order), wanted).ratio() >= _CLOSE for order in permutations(one))
