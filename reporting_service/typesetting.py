"""Paper: PDFs set by Typst, from a template and data. Text comes as data, so nothing that anybody wrote is markup."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from shared.refusals import DEADLINE_EXCEEDED, UNAVAILABLE, Refused
from shared.time.clock import MICROSECONDS

MOST_LINES = 2_000
"""What is longer takes seconds and hundreds of megabytes to set, and nobody reads it on paper."""
_presses = threading.BoundedSemaphore(2)
_WAIT_SECONDS, _LONGEST_SECONDS = 3.0, 20.0

_MINUS = "\u2212"
_GROUP = "\u202f"
"""A narrow space, by which the digits of an amount stand in threes."""


def typeset(template: Path, data: dict[str, Any], *, made_at: int) -> bytes:
    """A tagged PDF (PDF/UA-1) of the template, which finds the data as JSON in `sys.inputs.data`.

    `made_at` is what it says of when it was made, in microseconds: the same data have the same bytes. Text in a
    script that the fonts do not have is there, but seen as boxes: no PDF/UA then. Raises Refused (503) when others'
    documents keep it busy for long, RuntimeError when it cannot be set.
    """
    if not _presses.acquire(timeout=_WAIT_SECONDS):
        raise Refused(UNAVAILABLE, "Other documents are being set; try again shortly.")
    try:
        done = subprocess.run(  # noqa: S603 (ourselves, with numbers and a path of ours)
            [sys.executable, "-m", "reporting_service.typesetter", str(template), str(made_at // MICROSECONDS)],
            input=json.dumps(data).encode(),
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(DEADLINE_EXCEEDED) from None
    finally:
        _presses.release()
    if done.returncode != 0:
        raise RuntimeError(f"{template.name} was not set: {done.stderr[-500:].decode(errors='replace')}")
    return done.stdout


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
