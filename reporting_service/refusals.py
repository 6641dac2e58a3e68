"""Every way the reporting service itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

PROOF_UNDER_WAY = Refusal(
    "PROOF_UNDER_WAY",
    409,
    "The bank is being proved already; ask again when that is done.",
    retryable=True,
    retry_after_seconds=5,
)

REFUSALS: tuple[Refusal, ...] = (PROOF_UNDER_WAY,)
