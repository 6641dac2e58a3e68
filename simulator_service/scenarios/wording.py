"""What the people of a world write beside payments in ordinary life, so that a scenario is told in the same words."""

from dataclasses import dataclass

from simulator_service.behaviours import household, payroll, schedule
from simulator_service.people.population import World
from simulator_service.planning.event_block import Intent


@dataclass(frozen=True, slots=True)
class Wording:
    """Why money moves by transfer, from outside the bank, and out of it, as ordinary life has it.

    `cash_step_minor` is what sums of cash are multiples of.
    """

    transfers: tuple[Intent, ...]
    deposit: Intent
    withdrawal: Intent
    cash_step_minor: int


def wording_of(world: World) -> Wording:
    """As people with the world's preset write. Those of the base model pay only firms: they get the words of firms."""
    if world.preset is None:
        return Wording((schedule.SUPPLIES,), schedule.RECEIPT, schedule.TAKINGS, 1)
    intents = household.intents_of(world.preset)
    _, receipt = payroll.INTENTS
    return Wording(
        intents[household.FRIEND : household.BILLS],
        receipt,
        intents[household.CASH],
        world.preset.cash.step * world.minor_per_unit,
    )
