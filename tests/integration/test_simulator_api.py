"""The simulator's own API, with its real database and no bank behind it: access, payloads, jobs, reset."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared import services
from shared.enums import WorldStatus
from shared.identifiers import new_id
from simulator_service import repository
from simulator_service.app import create_app
from simulator_service.settings import Settings
from tests import databases
from tests.keys import SigningKeys

ADMIN_ID = new_id()
WORLD = {"seed": 7, "customers": 5, "days": 30}


@pytest.fixture(scope="module")
def keys() -> SigningKeys:
    return SigningKeys()


def settings(folder: Path, *, is_production: bool = False) -> Settings:
    return Settings(
        database_url=databases.url_of(folder / "simulator.db"),
        engine_lock=folder / "engine-lock",
        log_in_secret="a secret of this data directory",
        seal_key="a key of tests",
        is_production=is_production,
    )


@pytest.fixture
def client(tmp_path: Path, keys: SigningKeys, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """The app without its engine: jobs stay queued. Nothing listens where the rest of the bank would be."""
    for service in services.SERVICES:
        monkeypatch.setenv(f"{service.env_prefix}_SERVICE_URL", "http://127.0.0.1:9")
    app = create_app(settings(tmp_path), keys=keys)
    with app.test_client() as test_client:
        yield test_client
    app.extensions["context"].database.close()


@pytest.fixture
def admin(keys: SigningKeys) -> dict[str, str]:
    return keys.headers(ADMIN_ID, role="admin")


def problem(reply: TestResponse) -> tuple[int, str]:
    body: dict[str, Any] = reply.get_json()
    assert body["success"] is False
    return reply.status_code, body["error_code"]


@pytest.mark.parametrize("role", ["customer", "employee", "service"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "worlds"),
        ("POST", "advance"),
        ("POST", "live"),
        ("GET", "jobs"),
        ("POST", f"jobs/{new_id()}/cancel"),
        ("GET", "status"),
        ("GET", "validate"),
        ("POST", "reset"),
    ],
)
def test_only_administrators_reach_the_simulator(
    client: FlaskClient, keys: SigningKeys, role: str, method: str, path: str
) -> None:
    headers = keys.headers(new_id(), role=role, scope="bank:simulate")
    assert problem(client.open(f"/api/simulator/{path}", method=method, headers=headers)) == (403, "FORBIDDEN")
    assert problem(client.open(f"/api/simulator/{path}", method=method)) == (401, "UNAUTHENTICATED")


def test_a_world_is_accepted_as_a_queued_job(client: FlaskClient, admin: dict[str, str]) -> None:
    reply = client.post("/api/simulator/worlds", json=WORLD, headers=admin)
    job = reply.get_json()["data"]
    assert reply.status_code == 202
    assert (job["kind"], job["status"], job["stage"], job["posted"]) == ("world", "queued", "waiting", 0)
    assert client.get(f"/api/simulator/jobs/{job['id']}", headers=admin).get_json()["data"] == job


@pytest.mark.parametrize(
    "change",
    [
        {"customers": 0},
        {"customers": 10_001},
        {"days": -1},
        {"days": 731},
        {"seed": -1},
        {"seed": 2**63},
        {"seed": True},
        {"preset": "mars"},
        {"start_date": "2026-02-30"},
        {"start_date": "yesterday!"},
        {"start_date": 20260101},
        {"owner": "me"},
    ],
    ids=str,
)
def test_a_world_that_cannot_be_is_refused(client: FlaskClient, admin: dict[str, str], change: dict[str, Any]) -> None:
    reply = client.post("/api/simulator/worlds", json={**WORLD, **change}, headers=admin)
    assert problem(reply) == (422, "VALIDATION_ERROR")
    assert client.get("/api/simulator/jobs", headers=admin).get_json()["data"] == []


def test_a_job_that_waits_is_cancelled_at_once_and_nothing_lives_of_it(
    client: FlaskClient, admin: dict[str, str]
) -> None:
    job = client.post("/api/simulator/worlds", json=WORLD, headers=admin).get_json()["data"]
    path = f"/api/simulator/jobs/{job['id']}/cancel"
    cancelled = client.post(path, headers=admin)
    assert (cancelled.status_code, cancelled.get_json()["data"]["status"]) == (202, "cancelled")
    status = client.get("/api/simulator/status", headers=admin).get_json()["data"]
    assert (status["world"], status["job"]) == (None, None)
    assert problem(client.post(path, headers=admin)) == (409, "JOB_IS_OVER")
    assert problem(client.post(f"/api/simulator/jobs/{new_id()}/cancel", headers=admin)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "span",
    [{}, {"days": 0}, {"hours": -1}, {"weeks": 1}, {"days": 1.5}, {"days": 1, "to": "2026-01-01"}, {"to": "soon"}],
    ids=str,
)
def test_no_time_or_odd_time_is_refused(client: FlaskClient, admin: dict[str, str], span: dict[str, Any]) -> None:
    client.post("/api/simulator/worlds", json=WORLD, headers=admin)
    assert problem(client.post("/api/simulator/advance", json=span, headers=admin)) == (422, "VALIDATION_ERROR")


def test_nothing_lives_before_there_is_a_world(client: FlaskClient, admin: dict[str, str]) -> None:
    assert problem(client.post("/api/simulator/advance", json={"days": 1}, headers=admin)) == (409, "NO_WORLD")
    assert problem(client.post("/api/simulator/live", json={"running": True}, headers=admin)) == (409, "NO_WORLD")


def test_status_says_what_it_knows_while_the_bank_is_away(client: FlaskClient, admin: dict[str, str]) -> None:
    before = client.get("/api/simulator/status", headers=admin).get_json()["data"]
    assert before == {
        "bank_time": None,
        "world": None,
        "worlds": [],
        "live": {"running": False, "speed": 1},
        "job": None,
    }
    client.post("/api/simulator/worlds", json=WORLD, headers=admin)
    after = client.get("/api/simulator/status", headers=admin).get_json()["data"]
    assert (after["world"]["seed"], after["world"]["people"], after["world"]["accounts"]) == (7, 5, 0)
    assert after["job"]["status"] == "queued"


def test_a_living_world_is_held_to_published_figures(client: FlaskClient, admin: dict[str, str]) -> None:
    assert problem(client.get("/api/simulator/validate", headers=admin)) == (409, "NO_WORLD")
    client.post("/api/simulator/worlds", json={**WORLD, "preset": "eurozone", "customers": 12}, headers=admin)
    database = client.application.extensions["context"].database
    with database.write_session() as session:
        (world,) = repository.worlds_of_bank(session)
        world.status, world.start_us, world.lived_until_us = WorldStatus.ALIVE, 0, 0
    card = client.get("/api/simulator/validate", headers=admin).get_json()["data"]
    assert (card["preset"], card["seed"], card["customers"], card["days"]) == ("eurozone", 7, 12, 60)
    found = {target["name"]: target for target in card["targets"]}
    assert found["unexplained_minor"]["met"]
    assert found["night_share"]["met"]
    assert len(found) > 25


def test_live_mode_is_remembered(client: FlaskClient, admin: dict[str, str]) -> None:
    client.post("/api/simulator/worlds", json=WORLD, headers=admin)
    client.post("/api/simulator/live", json={"running": True, "speed": 60}, headers=admin)
    assert client.get("/api/simulator/status", headers=admin).get_json()["data"]["live"] == {
        "running": True,
        "speed": 60,
    }
    client.post("/api/simulator/live", json={"running": False}, headers=admin)
    assert client.get("/api/simulator/status", headers=admin).get_json()["data"]["live"]["running"] is False


def test_jobs_are_listed_newest_first_page_by_page(client: FlaskClient, admin: dict[str, str]) -> None:
    made = [client.post("/api/simulator/worlds", json=WORLD, headers=admin).get_json()["data"]["id"] for _ in range(3)]
    first = client.get("/api/simulator/jobs?limit=2", headers=admin).get_json()
    rest = client.get(f"/api/simulator/jobs?limit=2&cursor={first['next_cursor']}", headers=admin).get_json()
    assert [job["id"] for job in first["data"] + rest["data"]] == made[::-1]
    assert rest["next_cursor"] is None


def test_somebody_elses_idea_of_a_job_is_not_found(client: FlaskClient, admin: dict[str, str]) -> None:
    assert problem(client.get(f"/api/simulator/jobs/{new_id()}", headers=admin)) == (404, "NOT_FOUND")
    assert problem(client.get("/api/simulator/jobs/1%20OR%201=1", headers=admin)) == (404, "NOT_FOUND")


def test_reset_needs_the_banks_name(client: FlaskClient, admin: dict[str, str]) -> None:
    reply = client.post("/api/simulator/reset", json={"confirm": "sandbank"}, headers=admin)
    assert problem(reply) == (422, "VALIDATION_ERROR")


def test_reset_is_impossible_in_production(tmp_path: Path, keys: SigningKeys, admin: dict[str, str]) -> None:
    app = create_app(settings(tmp_path, is_production=True), keys=keys)
    with app.test_client() as client:
        reply = client.post("/api/simulator/reset", json={"confirm": "Sandbank"}, headers=admin)
        assert problem(reply) == (403, "NOT_A_SANDBOX")
    app.extensions["context"].database.close()


def test_a_reset_that_cannot_reach_the_bank_forgets_nothing(client: FlaskClient, admin: dict[str, str]) -> None:
    client.post("/api/simulator/worlds", json=WORLD, headers=admin)
    reply = client.post("/api/simulator/reset", json={"confirm": "Sandbank"}, headers=admin)
    assert problem(reply) == (503, "SERVICE_UNAVAILABLE")
    assert client.get("/api/simulator/status", headers=admin).get_json()["data"]["world"] is not None
