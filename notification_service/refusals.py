"""Every way in which the inbox itself says no; the general ones are in `shared/refusals.py`. Pure."""

from shared.refusals import Refusal

NOT_A_SANDBOX = Refusal("NOT_A_SANDBOX", 403, "A bank can be reset in development only.")

REFUSALS: tuple[Refusal, ...] = (NOT_A_SANDBOX,)
