"""The catalogue of errors: each way in which the bank says no, told once for everybody who meets it."""

from collections.abc import Iterable
from typing import Any

from shared.refusals import Refusal, Refused, envelope_of

EXAMPLE_REQUEST_ID = "0190a8c0-5f00-7a00-8000-00000000000b"


def example_reply(refusal: Refusal) -> dict[str, Any]:
    """What a reply with this refusal looks like."""
    return envelope_of(Refused(refusal, details=dict(refusal.example)), EXAMPLE_REQUEST_ID)


def catalogue(refusals: Iterable[Refusal]) -> list[dict[str, Any]]:
    """An entry for each code, in the order of the codes, as OpenAPI's `x-errors` holds them."""
    by_code = {refusal.code: refusal for refusal in refusals}
    return [_entry(by_code[code]) for code in sorted(by_code)]


def _entry(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "status": refusal.status,
        "when": refusal.when,
        "retry": refusal.retryable,
        "remedy": refusal.remedy,
        "example": example_reply(refusal),
        "optional_details": dict(refusal.sometimes),
    }
