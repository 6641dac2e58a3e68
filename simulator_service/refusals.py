"""Every way the simulator itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

NO_WORLD = Refusal(
    "NO_WORLD",
    409,
    "There is no world yet; make one first.",
    when="The simulator is to let a world live, and there is none.",
    remedy="Make one with `POST /api/simulator/worlds`.",
)
