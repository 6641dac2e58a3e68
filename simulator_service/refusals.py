"""Every way the simulator itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

NO_WORLD = Refusal("NO_WORLD", 409, "There is no world yet; make one first.")
NOT_A_SANDBOX = Refusal("NOT_A_SANDBOX", 403, "A bank can be reset in development only.")

REFUSALS: tuple[Refusal, ...] = (NO_WORLD, NOT_A_SANDBOX)
