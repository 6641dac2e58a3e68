"""The kinds of scenario there are: what each is called, what it means, and how it is told."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simulator_service.scenarios import crimes, patterns, shocks
from simulator_service.scenarios.draft import Draft
from simulator_service.scenarios.laundering import pass_on
from simulator_service.scenarios.patterns import Layers
from simulator_service.scenarios.shocks import Wages

LAUNDERING, FRAUD, SHOCK, BENIGN = "laundering", "fraud", "shock", "benign"
"""The labels."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of scenario. `widths`: the least and the most that may be asked for, and between which one is drawn where
    nobody says; what a width counts is `counts`."""

    name: str
    label: str
    what: str
    look_alike: str
    counts: str
    widths: tuple[int, int]
    usual: tuple[int, int]
    tell: Callable[[Draft, Wages], None]


def _alone(tell: Callable[[Draft], None]) -> Callable[[Draft, Wages], None]:
    return lambda draft, _: tell(draft)


def _at_random(draft: Draft) -> Layers:
    return patterns.random(draft.instance.width, partial(draft.below, "way"))


_SHAPES: dict[str, Callable[[Draft], Layers]] = {
    "fan_in": lambda draft: patterns.fan_in(draft.instance.width),
    "fan_out": lambda draft: patterns.fan_out(draft.instance.width),
    "cycle": lambda draft: patterns.cycle(draft.instance.width),
    "random": _at_random,
    "bipartite": lambda draft: patterns.bipartite(draft.instance.width),
    "stack": lambda draft: patterns.stack(draft.instance.width),
    "scatter_gather": lambda draft: patterns.scatter_gather(draft.instance.width),
    "gather_scatter": lambda draft: patterns.gather_scatter(draft.instance.width),
}


def _laundering(name: str, what: str, look_alike: str, counts: str, widths: tuple[int, int]) -> Kind:
    usual = (max(widths[0], 3), min(widths[1], 6))
    return Kind(
        name, LAUNDERING, what, look_alike, counts, widths, usual,
        lambda draft, _: pass_on(draft, _SHAPES[name](draft)),
    )  # fmt: skip


KINDS: tuple[Kind, ...] = (
    _laundering(
        "fan_in", "Several accounts pay one.", "Colleagues chip in for a present.", "accounts that pay", (2, 40),
    ),
    _laundering(
        "fan_out", "One account pays several.", "Somebody shares an inheritance.", "accounts that are paid", (2, 40),
    ),
    _laundering(
        "cycle", "Money goes round and comes back.", "A savings club, whose pot goes round.", "accounts", (3, 30),
    ),
    _laundering(
        "random", "Money wanders from account to account.", "Friends pay back what they owe.", "payments", (3, 30),
    ),
    _laundering(
        "bipartite", "Each of several accounts pays each of several others.", "Two families share a holiday.",
        "accounts on each side", (2, 10),
    ),
    _laundering(
        "stack", "Two such layers, one after the other.", "Grandparents pay parents, and these their children.",
        "accounts in each layer", (2, 8),
    ),
    _laundering(
        "scatter_gather", "One account pays several, which all pay one.", "Partners buy a house with one loan.",
        "accounts between", (2, 30),
    ),
    _laundering(
        "gather_scatter", "Several accounts pay one, which pays several others.", "A club collects and pays helpers.",
        "accounts on each side", (2, 20),
    ),
    Kind(
        "structuring", FRAUD, "Cash is paid in again and again, just below what is reported.",
        "A trader pays in takings.", "payments", (3, 40), (6, 12), _alone(crimes.structuring),
    ),
    Kind(
        "mules", FRAUD, "Victims pay a mule, who passes it on within hours to another, who takes it out.",
        "A treasurer collects for a trip and passes it on.", "victims", (1, 30), (3, 6), _alone(crimes.mules),
    ),
    Kind(
        "account_takeover", FRAUD, "A stranger with somebody's log-in pays all there is to two accounts.",
        "Somebody moves house, and pays much in an evening.", "payments", (2, 12), (3, 5),
        _alone(crimes.account_takeover),
    ),
    Kind(
        "push_payment_fraud", FRAUD, "Somebody is talked into paying, more each time.",
        "Somebody pays a builder as the work goes on.", "payments", (1, 12), (2, 4), _alone(crimes.push_payment_fraud),
    ),
    Kind(
        "card_testing", FRAUD, "Stolen card data is tried with small purchases, then used for dear ones.",
        "Somebody buys songs, and then a telephone.", "small purchases", (4, 60), (8, 20), _alone(crimes.card_testing),
    ),
    Kind(
        "money_trouble", SHOCK, "Dear repairs eat up what somebody has.", "Somebody had saved for them.", "repairs",
        (1, 12), (4, 7), _alone(shocks.money_trouble),
    ),
    Kind(
        "viral_merchant", SHOCK, "For some days everybody buys at one shop.", "A good week for all shops of a trade.",
        "per cent of the people", (1, 100), (30, 50), _alone(shocks.viral_merchant),
    ),
    Kind(
        "payroll_failure", SHOCK, "An employer pays wages nine days late.", "An employer pays wages a day late.",
        "paydays", (1, 1), (1, 1), shocks.payroll_failure,
    ),
    Kind(
        "bank_run", SHOCK, "More people each day take out what they can.", "People take out cash for the holidays.",
        "per cent of the people", (1, 100), (30, 60), _alone(shocks.bank_run),
    ),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}
