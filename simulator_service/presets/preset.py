"""What a preset says. Money is in whole units of the currency and a month's unless said otherwise, shares are percent
or permille as their names say, spreads (standard deviations relative to the mean) millionths: whole numbers, so that
no machine rounds them differently.
"""

from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

CADENCES = ("weekly", "biweekly", "twice monthly", "monthly", "four-weekly")
Percent = Annotated[int, Field(ge=0, le=100)]
Hours = Annotated[tuple[int, ...], Field(min_length=24, max_length=24)]


class Part(BaseModel):
    """Part of a preset."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Income(Part):
    """Wages after tax, log-normal; how many in a thousand are paid at which cadence."""

    mean: int = Field(gt=0)
    spread_millionths: int = Field(gt=0)
    cadences_permille: tuple[int, ...] = Field(min_length=len(CADENCES), max_length=len(CADENCES))

    @model_validator(mode="after")
    def _is_whole(self) -> "Income":
        if sum(self.cadences_permille) != 1000:
            message = "cadences_permille do not make 1000"
            raise ValueError(message)
        return self


class Opening(Part):
    """What people have when the world begins: what comes before their first wage, so much of a wage for surprises,
    and a log-normal rest. `savings_percent` of a wage lies on the savings accounts of those who save."""

    wage_percent: int = Field(ge=0)
    rest_mean: int = Field(ge=0)
    rest_spread_millionths: int = Field(gt=0)
    savings_percent: int = Field(ge=0)


class Habits(Part):
    """Percent of the people who do a thing, and of a saver's wage what is put aside each month."""

    savers_percent: Percent
    saved_percent: Percent
    collected_percent: Percent
    credit_card_percent: Percent
    by_credit_percent: Percent
    strained_percent: Percent


class Trade(Part):
    """What is bought in shops of a sort: `budget` a month of somebody of mean income, in purchases of `ticket`.

    `engel_percent`: by how many percent the budget grows where income grows by one, times 100. Each town has so many
    local shops beside the chains; the n-th shop has one n-th of the first one's customers.
    """

    name: str
    budget: int = Field(gt=0)
    ticket: int = Field(gt=0)
    spread_millionths: int = Field(gt=0)
    engel_percent: int = Field(gt=0)
    chains: int = Field(ge=0, le=40)
    locals: int = Field(ge=1, le=20)
    online_percent: Percent = 0


class BillSpec(Part):
    """A monthly bill that `share_percent` of the people get. `is_rest`: it takes what income leaves beside everything
    else, `mean` then being its share of the wage in percent."""

    service: str
    category: str
    mean: int = Field(gt=0)
    share_percent: Percent
    engel_percent: int = Field(gt=0)
    variation_millionths: int = Field(0, ge=0)
    is_by_card: bool = False
    is_rest: bool = False


class Occasions(Part):
    """Something done now and then: how often a month in hundredths, and for how much; `step` rounds the sums."""

    monthly_hundredths: int = Field(ge=0, le=1000)
    mean: int = Field(gt=0)
    spread_millionths: int = Field(gt=0)
    step: int = Field(1, ge=1)


class Rhythm(Part):
    """Purchases by the hour of the people's own day, in any unit; the days of the week follow from the sums. What a
    wage adds to that day's and the next days' purchases, in percent."""

    workday: Hours
    saturday: Hours
    sunday: Hours
    after_wage_percent: tuple[int, ...] = Field(min_length=1, max_length=7)


class Preset(Part):
    """How people live in a world. `ticket_percent` makes all purchases dearer or cheaper, and rarer or more
    frequent."""

    name: str
    about: str
    zone: str
    country: str = Field(min_length=2, max_length=2)
    version: Literal[1]
    ticket_percent: int = Field(100, gt=0)
    income: Income
    opening: Opening
    habits: Habits
    rent: int = Field(gt=0)
    rent_spread_millionths: int = Field(gt=0)
    rent_engel_percent: int = Field(gt=0)
    cash: Occasions
    friends: Occasions
    rhythm: Rhythm
    trades: tuple[Trade, ...]
    bills: tuple[BillSpec, ...]

    def digest(self) -> bytes:
        """SHA-256 of what the preset says. A field that a later version adds changes no preset that does not set it,
        so worlds that live by it keep their fingerprints; nor does another wording of `about`."""
        return sha256(self.model_dump_json(exclude_defaults=True, exclude={"about"}).encode()).digest()
