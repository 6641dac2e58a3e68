"""Every way in which the inbox itself says no; the general ones are in `shared/refusals.py`. Pure."""

from shared.refusals import Refusal

NOT_A_SANDBOX = Refusal(
    "NOT_A_SANDBOX",
    403,
    "A bank can be reset in development only.",
    when="A bank in production is to be reset.",
    remedy="Nothing: it stays as it is. A bank in development can be reset.",
)

REFUSALS: tuple[Refusal, ...] = (NOT_A_SANDBOX,)
