"""Every way the simulator itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

NO_WORLD = Refusal(
    "NO_WORLD",
    409,
    "There is no world yet; make one first.",
    when="The simulator is to let a world live, and there is none.",
    remedy="Make one with `POST /api/simulator/worlds`.",
)
NOT_A_SANDBOX = Refusal(
    "NOT_A_SANDBOX",
    403,
    "A bank can be reset in development only.",
    when="A bank in production is to be reset.",
    remedy="Nothing: it stays as it is. A bank in development can be reset.",
)

REFUSALS: tuple[Refusal, ...] = (NO_WORLD, NOT_A_SANDBOX)
