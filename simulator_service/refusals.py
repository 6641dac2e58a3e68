"""Every way the simulator itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

NO_WORLD = Refusal(
    "NO_WORLD",
    409,
    "There is no world yet; make one first.",
    when="The simulator is to let a world live, and there is none.",
    remedy="Make one with `POST /api/simulator/worlds`.",
)
JOB_IS_OVER = Refusal(
    "JOB_IS_OVER",
    409,
    "This job is over already.",
    when="A job of the simulator is to be cancelled that has succeeded, failed or been cancelled.",
    remedy="Nothing is left to be stopped; `GET /api/simulator/jobs/<id>` says what came of it.",
)
TOO_FEW_PEOPLE = Refusal(
    "TOO_FEW_PEOPLE",
    409,
    "The world has fewer people than take part.",
    when="A scenario is to be injected in which `details.needed` people take part, and the world has fewer, "
    "`details.people`.",
    remedy="Ask for a smaller `width`, or make a larger world.",
    example={"needed": 6, "people": 5},
)
TOO_MANY_FAULTS = Refusal(
    "TOO_MANY_FAULTS",
    409,
    "So many faults are kept already; remove one first.",
    when="As many faults on demand as are kept at most, `details.limit`, are there already.",
    remedy="Remove some with `DELETE /api/simulator/faults`.",
    example={"limit": 50},
)
WORLD_NOT_REPEATABLE = Refusal(
    "WORLD_NOT_REPEATABLE",
    409,
    "This cannot be made again exactly, so it is no document to import; take its data in another format.",
    when="A document of a world is asked for and there are several, or scenarios were injected into it, or its history "
    "was told and it has lived on since.",
    remedy="Name one world with `world_id`; or ask for `parquet`, `csv` or `jsonl`.",
)
BANK_NOT_EMPTY = Refusal(
    "BANK_NOT_EMPTY",
    409,
    "A world is imported into an empty bank alone.",
    when="A document is to be imported, and the bank has worlds or accounts already.",
    remedy="Start another bank with `--no-demo`, or empty this one with `POST /api/simulator/reset`.",
)
