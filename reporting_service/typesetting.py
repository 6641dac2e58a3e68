"""Paper: PDFs set by Typst, from a template and data. Text comes as data, so nothing that anybody wrote is markup."""

import json
from pathlib import Path
from typing import Any

from shared.clock import MICROSECONDS

_MINUS = "\u2212"
_GROUP = "\u202f"
"""A narrow space, by which the digits of an amount stand in threes."""


def typeset(template: Path, data: dict[str, Any], *, made_at: int) -> bytes:
    """A tagged PDF (PDF/UA-1) of the template, which finds the data as JSON in `sys.inputs.data`.

    `made_at` is what it says of when it was made, in microseconds: the same data have the same bytes. Text in a
    script that the fonts do not have is there, but seen as boxes: no PDF/UA then.
    """
    import typst  # noqa: PLC0415 (80 MB of machine code, for those who print)

    def set_in_type(*, for_everybody: bool) -> bytes:
        return typst.compile(
            template.read_bytes(),
            sys_inputs={"data": json.dumps(data)},
            pdf_standards=["ua-1"] if for_everybody else [],
            ignore_system_fonts=True,  # the same bytes on every machine
            timestamp=made_at // MICROSECONDS,
        )

    try:
        return set_in_type(for_everybody=True)
    except typst.TypstError:
        return set_in_type(for_everybody=False)


def amount_on_paper(text: str) -> str:
    """A decimal string as people read it: digits in threes, and a true minus."""
    sign, digits = (_MINUS, text[1:]) if text.startswith("-") else ("", text)
    whole, point, fraction = digits.partition(".")
    return f"{sign}{int(whole):,}".replace(",", _GROUP) + point + fraction


def account_number_on_paper(number: str) -> str:
    """An account number in fours; of a masked one its ends."""
    if "*" in number:
        return f"{number[:4]} \u2022\u2022\u2022\u2022 {number[-4:]}"
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
