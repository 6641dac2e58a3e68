"""What the simulator's API takes and gives."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.enums import JobKind, JobStage, JobStatus, WorldStatus
from shared.http.payloads import CurrencyCode, Id, PathId, PathModel, RequestModel, ResponseModel, Timestamp
from shared.time.date_ranges import DayOrInstant
from simulator_service.presets.loading import PresetName

MAX_CUSTOMERS = 10_000
MAX_DAYS = 730
MAX_SPEED = 7 * 86_400


def _date_text(value: object) -> object:
    """A day of the calendar as a date; whatever else it is goes on, for the model to say what is wrong with it."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else value
    except ValueError:
        return value


class WorldRequest(RequestModel):
    """A new world. Its history ends now, or begins at midnight of `start_date`: then it can be made again exactly."""

    seed: int = Field(ge=0, lt=2**63)
    customers: int = Field(ge=1, le=MAX_CUSTOMERS)
    days: int = Field(ge=0, le=MAX_DAYS)
    preset: Literal[PresetName, "base"] = "seed"
    start_date: Annotated[date, BeforeValidator(_date_text, json_schema_input_type=date)] | None = Field(
        None, ge=date(2000, 1, 1), le=date(2100, 1, 1)
    )


class AdvanceRequest(RequestModel):
    """How long every world lives on, from where it has lived to; or `to`, until which instant of the bank's time."""

    days: int = Field(0, ge=0, le=MAX_DAYS)
    hours: int = Field(0, ge=0, le=24 * MAX_DAYS)
    to: DayOrInstant | None = Field(None, description="an instant, or a day of the bank: where it begins")

    @model_validator(mode="after")
    def _some_time(self) -> "AdvanceRequest":
        if (self.days + self.hours == 0) == (self.to is None):
            raise PydanticCustomError("some_time", "give days or hours, more than none, or an instant")
        return self


class LiveRequest(RequestModel):
    """Whether the world keeps living by itself, and how many bank-seconds pass a second."""

    running: bool
    speed: int = Field(1, ge=1, le=MAX_SPEED)


class ResetRequest(RequestModel):
    """The bank's name, typed by somebody who means it."""

    confirm: str = Field(max_length=200, examples=["Sandbank"])


class JobPath(PathModel):
    """A job named in the path. Any text is accepted here: what is no id names nothing (404)."""

    job_id: PathId


class LogIn(ResponseModel):
    """A synthetic customer somebody can log in as."""

    username: str = Field(examples=["ada.lovelace"])
    password: str = Field(examples=["four unrelated words help"])


class Job(ResponseModel):
    """A job: `progress` 0-1; `log_ins` holds the first people of a world that was made.

    `cancelling`: it is to stop, and does after its present step.
    """

    id: Id
    kind: JobKind
    status: JobStatus
    stage: JobStage
    progress: float = Field(ge=0, le=1, examples=[0.42])
    posted: int
    refused: int
    transactions_per_second: float = Field(examples=[812.3])
    bank_time: Timestamp | None
    until: Timestamp | None
    error: str | None = Field(examples=[None])
    world_id: Id
    created_at: Timestamp
    finished_at: Timestamp | None
    cancelling: bool
    log_ins: list[LogIn]


class LiveMode(ResponseModel):
    """How the world lives by itself."""

    running: bool
    speed: int


class World(ResponseModel):
    """A world's summary. `plan_sha256` is the fingerprint of everything planned from `start` until `lived_until`."""

    id: Id
    seed: int
    customers: int
    preset: str = Field(examples=["base"])
    currency: CurrencyCode
    status: WorldStatus
    people: int
    accounts: int
    posted: int
    refused: int
    plan_sha256: str = Field(pattern=r"^([0-9a-f]{64})?$", examples=["9f86d081884c7d65" * 4])
    start: Timestamp | None
    lived_until: Timestamp | None
    created_at: Timestamp


class SimulatorStatus(ResponseModel):
    """The bank clock, the newest world (null before the first), all that live, live mode and the job under way."""

    bank_time: Timestamp | None
    world: World | None
    worlds: list[World]
    live: LiveMode
    job: Job | None


class RealismTarget(ResponseModel):
    """A measure and the range in which it is met. `unit` is `money` (whole units of the currency), `share`, or empty;
    `observed` the median of the `worlds` that were measured."""

    name: str = Field(examples=["payday_ratio"])
    title: str = Field(examples=["spending on a payday to other days"])
    unit: str = Field(examples=["share"])
    low: float = Field(examples=[1.4])
    high: float = Field(examples=[1.7])
    source: str = Field(examples=["Gelman et al., Science 2014"])
    observed: float = Field(examples=[1.52])
    worlds: list[float]
    met: bool


class Scorecard(ResponseModel):
    """How like life the newest world's plan is: so many of its first people, over so many of its first days."""

    preset: str = Field(examples=["eurozone"])
    seed: int
    customers: int
    days: int
    targets: list[RealismTarget]


class ResetResult(ResponseModel):
    """The services that were emptied."""

    reset: list[str] = Field(examples=[["transaction-service", "account-service"]])
