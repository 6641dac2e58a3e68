"""The shapes of scenarios, which happen in a world beside its people's plans."""

from typing import Literal, TypedDict

ScenarioName = Literal[
    "fan_in", "fan_out", "cycle", "random", "bipartite", "stack", "scatter_gather", "gather_scatter", "structuring",
    "mules", "account_takeover", "push_payment_fraud", "card_testing", "money_trouble", "viral_merchant",
    "payroll_failure", "bank_run",
]  # fmt: skip
ScenarioLabel = Literal["laundering", "fraud", "shock", "benign"]


class ScenarioKind(TypedDict):
    """A kind of scenario, its look-alike, and what a width counts."""

    name: ScenarioName
    label: ScenarioLabel
    what: str
    look_alike: str
    counts: str
    least_width: int
    most_width: int


class ScenarioKinds(TypedDict):
    """All kinds there are."""

    kinds: list[ScenarioKind]


class Scenario(TypedDict):
    """A scenario that was injected: when it happens in the world's time, and to whom, by the world's own ids."""

    id: str
    world_id: str
    name: ScenarioName
    label: ScenarioLabel
    seed: int
    width: int
    begins: str
    ends: str
    events: int
    party_count: int
    parties: list[str]
    created_at: str


class ScenarioInjection(TypedDict):
    """What was injected: the scenario, and its look-alikes."""

    injected: list[Scenario]
