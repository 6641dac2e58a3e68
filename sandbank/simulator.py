"""The simulator: worlds of people who use the bank, and the time they live in (administrators)."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from sandbank.answers import Answer, Download, Page
from sandbank.errors import OutcomeUnknownError, UnavailableError
from sandbank.resource import Resource, given, in_path
from sandbank.types import Job, Live, ResetDone, SimulatorStatus
from sandbank.types.realism import Scorecard
from sandbank.types.scenarios import Scenario, ScenarioInjection, ScenarioKinds, ScenarioName
from sandbank.types.worlds import DataDictionary, PeopleFound, PersonaName, Personas, WorldExportFormat

_SCENARIOS = "/api/simulator/scenarios"
FINISHED = ("succeeded", "failed", "cancelled")
LOOK_SECONDS = 0.3


class Simulator(Resource):
    """`/api/simulator`."""

    def make_world(
        self, *, seed: int, customers: int, days: int, preset: str | None = None, start_date: str | None = None
    ) -> Answer[Job]:
        """Make a population with a history; the job that does it."""
        wanted = given(seed=seed, customers=customers, days=days, preset=preset, start_date=start_date)
        return self._client.post("/api/simulator/worlds", wanted)

    def advance(self, *, days: int | None = None, hours: int | None = None, to: str | None = None) -> Answer[Job]:
        """Let every world live on from where it has lived to, by a span or `to` an instant; the job that does it."""
        return self._client.post("/api/simulator/advance", given(days=days, hours=hours, to=to))

    def live(self, *, running: bool, speed: int = 1) -> Answer[Live]:
        """Keep living by itself, so many bank-seconds a second, or stop."""
        return self._client.post("/api/simulator/live", {"running": running, "speed": speed})

    def list_jobs(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Job]:
        """A page of the jobs, newest first."""
        return self._client.page("/api/simulator/jobs", limit=limit, cursor=cursor)

    def job(self, job_id: str) -> Answer[Job]:
        """One job."""
        return self._client.get(f"/api/simulator/jobs/{in_path(job_id)}")

    def cancel_job(self, job_id: str) -> Answer[Job]:
        """Stop a job after its present step: worlds stay as far as they were lived."""
        return self._client.post(f"/api/simulator/jobs/{in_path(job_id)}/cancel")

    def status(self) -> Answer[SimulatorStatus]:
        """The world, its time, and the job under way."""
        return self._client.get("/api/simulator/status")

    def validate(self) -> Answer[Scorecard]:
        """Hold the newest world's plan to published figures."""
        return self._client.get("/api/simulator/validate")

    def export(
        self,
        format: WorldExportFormat = "parquet",  # noqa: A002 (as the API calls it)
        *,
        world_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Answer[Download]:
        """The bank's data of the worlds, and apart from it the truth, as one ZIP."""
        query = {"format": format, "world_id": world_id}
        return self._client.get("/api/simulator/export", timeout_seconds=timeout_seconds, **query)

    def import_world(self, document: Mapping[str, Any]) -> Answer[Job]:
        """Make the world of an exported document again, in an empty bank; the job that does it.

        Its tables are not sent: the bank makes again what is in them.
        """
        head = {name: value for name, value in document.items() if name not in ("bank", "truth", "dictionary")}
        return self._client.post("/api/simulator/import", head)

    def data_dictionary(self) -> Answer[DataDictionary]:
        """What an export holds."""
        return self._client.get("/api/simulator/data-dictionary")

    def personas(self) -> Answer[Personas]:
        """The kinds of people that can be asked for."""
        return self._client.get("/api/simulator/personas")

    def people(
        self, persona: PersonaName, *, world_id: str | None = None, limit: int | None = None
    ) -> Answer[PeopleFound]:
        """Who is so now, with what it takes to log in as them."""
        return self._client.get("/api/simulator/people", persona=persona, world_id=world_id, limit=limit)

    def reset(self, confirm: str) -> Answer[ResetDone]:
        """Reset the bank; `confirm` is the bank's name."""
        return self._client.call("POST", "/api/simulator/reset", {"confirm": confirm}, is_repeatable=True)


class Scenarios(Resource):
    """`/api/simulator/scenarios`: what happens in a world beside its people's plans, with labels."""

    def inject(
        self,
        name: ScenarioName,
        *,
        seed: int | None = None,
        width: int | None = None,
        benign: bool | None = None,
        look_alikes: int | None = None,
        world_id: str | None = None,
        start: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[ScenarioInjection]:
        """Inject a scenario with its look-alikes, or by `benign` the look-alike alone, to happen as the world lives.

        Sent again under the same key it is injected once.
        """
        wanted = given(
            name=name,
            seed=seed,
            width=width,
            benign=benign,
            look_alikes=look_alikes,
            world_id=world_id,
            start=start,
        )
        return self._client.move_money(_SCENARIOS, wanted, idempotency_key=idempotency_key)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Scenario]:
        """A page of what was injected, newest first."""
        return self._client.page(_SCENARIOS, limit=limit, cursor=cursor)

    def kinds(self) -> Answer[ScenarioKinds]:
        """The kinds of scenario there are."""
        return self._client.get(f"{_SCENARIOS}/kinds")


def is_finished(job: Job) -> bool:
    """Whether nothing will come of the job any more."""
    return job["status"] in FINISHED


def followed(
    simulator: Simulator, answer: Answer[Job], *, look_seconds: float = LOOK_SECONDS, away_seconds: float = 0.0
) -> Iterator[Answer[Job]]:
    """The answer, then what is seen of its job each `look_seconds`, the last time once it is finished.

    While the bank is away, for up to `away_seconds` at a time, what was seen last is given again. Raises BankError.
    """
    heard = time.monotonic()
    while True:
        yield answer
        if is_finished(answer.data):
            return
        time.sleep(look_seconds)
        try:
            answer = simulator.job(answer.data["id"])
            heard = time.monotonic()
        except (UnavailableError, OutcomeUnknownError):
            if time.monotonic() - heard > away_seconds:
                raise
