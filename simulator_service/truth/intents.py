"""What somebody wants with an event, in a word, and what kind of spending it truly is."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from simulator_service.behaviours.terminals import RECURRING
from simulator_service.planning.planned_event import Event

ORDINARY = "ordinary"
"""The label of whatever belongs to no scenario."""
UNPLANNED = "unplanned"
"""The intent of what nobody of a world had in mind: somebody logged in for a customer, or staff did it."""
INTENTS: Mapping[str, str] = MappingProxyType(
    {
        "purchase": "buys something",
        "treat": "buys something dear by credit card, more than there is money for",
        "wage": "is paid by the employer",
        "rent": "pays the rent",
        "bill": "pays a bill",
        "subscription": "pays a subscription by card",
        "savings": "puts something aside",
        "opening": "brings the first balance",
        "capital": "founds a firm",
        "receipt": "is paid by customers from outside the bank",
        "supplies": "buys from another firm",
        "takings": "takes a firm's takings to another bank",
        "upkeep": "pays for a house that is let",
        "cash": "takes out cash",
        "friend": "pays a friend",
        "investment": "invests savings at another bank",
        "put_aside": "puts aside what the month left",
        "taken_back": "takes back from savings what the month lacked",
        "for_dear": "takes back from savings, to buy something dear",
        "savings_opening": "brings the first savings",
        "paid_on": "pays on to another bank what bills brought",
        "laundering": "has a part in laundering money (docs/scenarios.md)",
        "fraud": "steals, or is stolen from",
        "shock": "does what money trouble, a crowd or a failure makes of it",
        "benign": "does what looks like a crime and is none",
    }
)
"""What each intent of a plan means, of who acts."""
_BY_NAME = {"collected": "purchase"}
_ORDINAL = re.compile(r"[0-9]+$")


class Truth(NamedTuple):
    """What is true of one transaction: the event that it comes from, who wanted what, and to which scenario it belongs.

    `party_id` is who acts. Of what belongs to no scenario `scenario` and `instance` are None.
    """

    world_id: str
    event_id: str
    intent: str
    party_id: str
    category: str
    label: str = ORDINARY
    scenario: str | None = None
    instance: str | None = None


class Part(NamedTuple):
    """To what an event belongs: the label of a scenario, its name, and which instance of it."""

    label: str
    scenario: str
    instance: str


def truth_of(world_id: str, event: Event, part: Part | None = None) -> Truth:
    """The truth of what comes of an event; of an announcement it is that of the payment."""
    event_id = event.id.removesuffix(".announced")
    intent = intent_of(event) if part is None else part.label
    truth = Truth(world_id, event_id, intent, event.source or event.target or "", event.category)
    return truth if part is None else truth._replace(**part._asdict())


def intent_of(event: Event) -> str:
    """One of INTENTS."""
    name = _ORDINAL.sub("", event.id.removesuffix(".announced").rpartition(".")[2])
    name = _BY_NAME.get(name, name)
    if name in INTENTS:
        return name
    return "subscription" if event.way.endswith(RECURRING) else "bill"
