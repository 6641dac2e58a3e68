"""What the API of scenarios takes and gives."""

from pydantic import Field

from shared.enums import TextEnum
from shared.http.payloads import Id, RequestModel, ResponseModel, Timestamp
from shared.time.date_ranges import DayOrInstant
from simulator_service.scenarios.catalogue import KINDS


class ScenarioName(TextEnum):
    """The kinds of scenario."""

    FAN_IN = "fan_in"
    FAN_OUT = "fan_out"
    CYCLE = "cycle"
    RANDOM = "random"
    BIPARTITE = "bipartite"
    STACK = "stack"
    SCATTER_GATHER = "scatter_gather"
    GATHER_SCATTER = "gather_scatter"
    STRUCTURING = "structuring"
    MULES = "mules"
    ACCOUNT_TAKEOVER = "account_takeover"
    PUSH_PAYMENT_FRAUD = "push_payment_fraud"
    CARD_TESTING = "card_testing"
    MONEY_TROUBLE = "money_trouble"
    VIRAL_MERCHANT = "viral_merchant"
    PAYROLL_FAILURE = "payroll_failure"
    BANK_RUN = "bank_run"


class ScenarioLabel(TextEnum):
    """What a detector should say of the events of a scenario."""

    LAUNDERING = "laundering"
    FRAUD = "fraud"
    SHOCK = "shock"
    BENIGN = "benign"


PARTIES_SHOWN = 20
"""Half of a world may take part in a scenario."""
WIDEST = max(kind.widths[1] for kind in KINDS)


class ScenarioRequest(RequestModel):
    """A scenario to be injected. The same seed and start tell the same in the same world.

    `benign`: the look-alike itself; else `look_alikes` says how many of those come along.
    """

    name: ScenarioName
    seed: int | None = Field(None, ge=0, lt=2**62)
    width: int | None = Field(None, ge=1, le=WIDEST, description="how many take part, in the words of its kind")
    benign: bool = False
    look_alikes: int = Field(1, ge=0, le=20)
    world_id: Id | None = Field(None, description="else the newest that lives")
    start: DayOrInstant | None = Field(
        None, description="an instant, or a day of the bank: it begins at the first midnight (UTC) from then on"
    )


class ScenarioKind(ResponseModel):
    """A kind of scenario: its label, what it is and what its look-alike is, what a width counts, and the bounds."""

    name: ScenarioName
    label: ScenarioLabel
    what: str = Field(examples=["Several accounts pay one."])
    look_alike: str = Field(examples=["Colleagues chip in for a present."])
    counts: str = Field(examples=["accounts that pay"])
    least_width: int = Field(examples=[2])
    most_width: int = Field(examples=[40])


class ScenarioKinds(ResponseModel):
    """All kinds there are."""

    kinds: list[ScenarioKind]


class Scenario(ResponseModel):
    """A scenario that was injected. `parties` are the first of those who take part, by their ids in its world, and
    `party_count` says how many do; `events` counts them. An export of the world has them all.

    It happens between `begins` and `ends` of the world's time, once the world lives through that.
    """

    id: Id
    world_id: Id
    name: ScenarioName
    label: ScenarioLabel
    seed: int
    width: int
    begins: Timestamp
    ends: Timestamp
    events: int
    party_count: int = Field(examples=[2])
    parties: list[str] = Field(max_length=PARTIES_SHOWN, examples=[["p3", "p11"]])
    created_at: Timestamp


class ScenarioInjection(ResponseModel):
    """What was injected: the scenario, and its look-alikes."""

    injected: list[Scenario]
