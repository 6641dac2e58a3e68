"""Amounts as people type them, made into the API's decimal text, or refused where they could be read two ways. Pure."""

import re

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.money import parse_amount, to_text

_LONGEST = 40
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f\u2007", " "))
_PLAIN = re.compile(r"([0-9]+)(?:([.,])([0-9]+))?", re.ASCII)
_GROUPED = re.compile(
    r"([0-9]{1,3}(?P<group>[ ,.])[0-9]{3}(?:(?P=group)[0-9]{3})*)(?:(?!(?P=group))[.,]([0-9]+))?", re.ASCII
)
_NO_AMOUNT = "Type an amount such as 12.34."


def exact_amount(typed: str, currency: str) -> str:
    """What was typed as the decimal text of this currency: `1,234.5` is `1234.50` EUR.

    Groups of three may be parted by spaces, commas or points; the decimal mark is a point or a comma. Raises
    ValueError, with a sentence for people, for what is no positive amount or could mean two.
    """
    text = typed.translate(_SPACES).strip()
    if len(text) > _LONGEST:
        raise ValueError(_NO_AMOUNT)
    if plain := _PLAIN.fullmatch(text):
        whole, mark, decimals = plain.groups()
        if mark and len(decimals) == 3 and (mark == "," or MINOR_UNIT_DIGITS[currency] != 3) and len(whole) <= 3:
            message = f"{text} could be read in two ways. If you mean thousands, write {whole}{decimals}."
            raise ValueError(message)
    elif grouped := _GROUPED.fullmatch(text):
        whole, decimals = re.sub(r"[ ,.]", "", grouped[1]), grouped[3]
    else:
        raise ValueError(_NO_AMOUNT)
    try:
        minor = parse_amount(f"{whole}.{decimals}" if decimals else whole, currency).minor
    except ValueError as error:
        message = f"{str(error)[:1].upper()}{str(error)[1:]}."
        raise ValueError(message) from None
    if not minor:
        message = "The amount must be more than zero."
        raise ValueError(message)
    return to_text(minor, currency)
