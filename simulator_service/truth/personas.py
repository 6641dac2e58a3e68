"""Personas: kinds of people that somebody looks for, each defined by facts, and why somebody is one."""

from collections.abc import Callable
from typing import NamedTuple

from shared.amounts.money import to_text

DAYS_COUNTED = 30
_WEEKS_OF_A_MONTH = 4
_REFUSED_OFTEN = 3
_MONTHS_WELL_OFF = 3


class Facts(NamedTuple):
    """What is known of a person now. Money in minor units: `balance_minor` of the own account, `savings_minor` of the
    account for savings (None without one), `owed_minor` on a credit card (None without one), the rest each month.

    `refusals` are those of the last DAYS_COUNTED days that the world has lived.
    """

    profile: str
    balance_minor: int
    savings_minor: int | None
    owed_minor: int | None
    wage_minor: int
    spending_minor: int
    saving_minor: int
    is_strained: bool = False
    refusals: int = 0


class Persona(NamedTuple):
    """A kind of people; `fits` decides by the facts, `why` says it of one of them, with amounts in a currency."""

    name: str
    about: str
    fits: Callable[[Facts], bool]
    why: Callable[[Facts, str], str]


def _balance(facts: Facts, currency: str) -> str:
    return f"{_amount(facts.balance_minor, currency)} on the account"


def _amount(minor: int, currency: str) -> str:
    return f"{to_text(minor, currency)} {currency}"


def _is_nearly_broke(facts: Facts) -> bool:
    return 0 <= facts.balance_minor < facts.spending_minor // _WEEKS_OF_A_MONTH


def _profile(name: str, about: str) -> Persona:
    return Persona(
        name,
        about,
        lambda facts: facts.profile == name,
        lambda facts, currency: f"plans to spend about {_amount(facts.spending_minor, currency)} a month in shops",
    )


PERSONAS = (
    Persona(
        "nearly-broke",
        "Has less than a week of spending left, and is not overdrawn.",
        _is_nearly_broke,
        lambda facts, currency: (
            f"{_balance(facts, currency)}, and spends about "
            f"{_amount(facts.spending_minor // _WEEKS_OF_A_MONTH, currency)} a week in shops"
        ),
    ),
    Persona("overdrawn", "Is below zero.", lambda facts: facts.balance_minor < 0, _balance),
    Persona(
        "refused-often",
        f"Was refused {_REFUSED_OFTEN} times or more in the last {DAYS_COUNTED} days.",
        lambda facts: facts.refusals >= _REFUSED_OFTEN,
        lambda facts, currency: f"refused {facts.refusals} times in {DAYS_COUNTED} days; {_balance(facts, currency)}",
    ),
    Persona(
        "in-debt",
        "Owes more on a credit card than there is on the account.",
        lambda facts: facts.owed_minor is not None and facts.owed_minor > max(0, facts.balance_minor),
        lambda facts, currency: f"owes {_amount(facts.owed_minor or 0, currency)}; {_balance(facts, currency)}",
    ),
    Persona(
        "strained",
        "Lives beyond their means, or has nothing put by.",
        lambda facts: facts.is_strained,
        lambda facts, currency: (
            f"{_balance(facts, currency)}, owes {_amount(facts.owed_minor or 0, currency)} on a credit card, "
            f"earns {_amount(facts.wage_minor, currency)} a month"
        ),
    ),
    Persona(
        "credit-card",
        "Has a credit card.",
        lambda facts: facts.owed_minor is not None,
        lambda facts, currency: f"owes {_amount(facts.owed_minor or 0, currency)} on it",
    ),
    Persona(
        "saver",
        "Puts something aside each month, and has it.",
        lambda facts: facts.saving_minor > 0 and (facts.savings_minor or 0) > 0,
        lambda facts, currency: (
            f"puts {_amount(facts.saving_minor, currency)} aside each month and has "
            f"{_amount(facts.savings_minor or 0, currency)}"
        ),
    ),
    Persona(
        "well-off",
        f"Has more than {_MONTHS_WELL_OFF} months' wages.",
        lambda facts: facts.balance_minor + (facts.savings_minor or 0) > _MONTHS_WELL_OFF * facts.wage_minor,
        lambda facts, currency: (
            f"{_balance(facts, currency)}, {_amount(facts.savings_minor or 0, currency)} saved, "
            f"earns {_amount(facts.wage_minor, currency)} a month"
        ),
    ),
    _profile("frugal", "Buys seldom, and little."),
    _profile("average", "Buys as most people do."),
    _profile("spender", "Buys often, and much."),
)
BY_NAME = {persona.name: persona for persona in PERSONAS}
