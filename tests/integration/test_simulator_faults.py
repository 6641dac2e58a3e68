"""The faults that the simulator keeps: who may add them, what they may be, how often they happen, who did it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.events.feeds import FeedQuery
from shared.identifiers import new_id
from simulator_service.app import create_app
from simulator_service.faults.registry import MOST_FAULTS
from tests.integration.test_simulator_api import problem, settings
from tests.keys import SigningKeys

FAULTS = "/api/simulator/faults"
FAULT = {"path": "/api/transactions/transfer", "kind": "reply_lost"}


@pytest.fixture(scope="module")
def keys() -> SigningKeys:
    return SigningKeys()


@pytest.fixture
def client(tmp_path: Path, keys: SigningKeys) -> Iterator[FlaskClient]:
    app = create_app(settings(tmp_path), keys=keys)
    with app.test_client() as test_client:
        yield test_client
    app.extensions["context"].database.close()


@pytest.fixture
def admin(keys: SigningKeys) -> dict[str, str]:
    return keys.headers(new_id(), role="admin", scope="bank:simulate")


@pytest.fixture
def gateway(keys: SigningKeys) -> dict[str, str]:
    return keys.headers("api-gateway", role="service", scope="faults:provoke")


def added(client: FlaskClient, headers: dict[str, str], **facts: object) -> dict[str, Any]:
    reply = client.post(FAULTS, json={**FAULT, **facts}, headers=headers)
    assert reply.status_code == 201, reply.text
    fault: dict[str, Any] = json.loads(reply.text)["data"]
    return fault


def test_a_fault_is_added_listed_and_removed(
    client: FlaskClient, admin: dict[str, str], gateway: dict[str, str]
) -> None:
    assert added(client, admin, probability=0.25)["probability"] == 0.25
    assert client.delete(FAULTS, headers=admin).get_json()["data"] == {"removed": 1}
    first, second = added(client, admin, times=2), added(client, admin, kind="error", status=500, method="GET")
    assert (first["times_left"], first["probability"], first["user_id"]) == (2, 1, None)
    assert client.get(FAULTS, headers=admin).get_json()["data"] == [first, second]
    assert client.get("/internal/faults", headers=gateway).get_json()["data"] == [first, second]
    assert client.delete(f"{FAULTS}/{first['id']}", headers=admin).get_json()["data"] == {"removed": 1}
    assert problem(client.delete(f"{FAULTS}/{first['id']}", headers=admin)) == (404, "NOT_FOUND")
    added(client, admin)
    assert client.delete(FAULTS, headers=admin).get_json()["data"] == {"removed": 2}
    assert client.get(FAULTS, headers=admin).get_json()["data"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"path": "/internal/journal"},
        {"path": "/api"},
        {"path": "/api/transactions/../x y"},
        {"path": "/api/" + "a" * 200},
        {"kind": "fire"},
        {"kind": "error", "status": 200},
        {"kind": "reset", "status": 500},
        {"kind": "reset", "milliseconds": 5},
        {"kind": "latency", "milliseconds": 0},
        {"kind": "latency", "milliseconds": 30_001},
        {"kind": "stale_read", "method": "POST"},
        {"probability": 0},
        {"probability": 1.1},
        {"probability": "0.5"},
        {"probability": True},
        {"times": 0},
        {"user_id": "me"},
        {"method": "TRACE"},
        {"owner": "me"},
    ],
    ids=str,
)
def test_a_fault_that_cannot_be_is_refused(client: FlaskClient, admin: dict[str, str], change: dict[str, Any]) -> None:
    assert problem(client.post(FAULTS, json={**FAULT, **change}, headers=admin)) == (422, "VALIDATION_ERROR")
    assert client.get(FAULTS, headers=admin).get_json()["data"] == []


def test_only_who_may_simulate_may_add_faults(client: FlaskClient, keys: SigningKeys) -> None:
    for role in ("customer", "employee", "admin", "service"):
        headers = keys.headers(new_id(), role=role)
        assert problem(client.post(FAULTS, json=FAULT, headers=headers)) == (403, "FORBIDDEN")
        assert problem(client.delete(FAULTS, headers=headers)) == (403, "FORBIDDEN")


def test_a_bank_in_production_has_no_faults(tmp_path: Path, keys: SigningKeys, admin: dict[str, str]) -> None:
    app = create_app(settings(tmp_path, is_production=True), keys=keys)
    with app.test_client() as client:
        assert problem(client.post(FAULTS, json=FAULT, headers=admin)) == (403, "ONLY_IN_DEVELOPMENT")
        assert client.get(FAULTS, headers=admin).get_json()["data"] == []
    app.extensions["context"].database.close()


def test_what_is_counted_happens_as_often_as_was_said_however_many_ask(
    client: FlaskClient, admin: dict[str, str], gateway: dict[str, str]
) -> None:
    fault, endless = added(client, admin, times=5), added(client, admin)
    registry = client.application.extensions["context"].faults
    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(lambda _: registry.claim(fault["id"]), range(200)))
    assert claims.count(True) == 5
    claim = client.post(f"/internal/faults/{fault['id']}/claim", json={}, headers=gateway)
    assert claim.get_json()["data"] == {"claimed": False}
    assert client.post(f"/internal/faults/{endless['id']}/claim", json={}, headers=gateway).get_json()["data"][
        "claimed"
    ]
    assert [one["times_left"] for one in client.get(FAULTS, headers=admin).get_json()["data"]] == [0, None]
    assert [one["id"] for one in client.get("/internal/faults", headers=gateway).get_json()["data"]] == [endless["id"]]


def test_no_more_than_so_many_are_kept_and_those_used_up_make_room(client: FlaskClient, admin: dict[str, str]) -> None:
    first = added(client, admin, times=1)
    for _ in range(MOST_FAULTS - 1):
        added(client, admin)
    refused = client.post(FAULTS, json=FAULT, headers=admin)
    assert problem(refused) == (409, "TOO_MANY_FAULTS")
    assert refused.get_json()["details"] == {"limit": MOST_FAULTS}
    assert client.application.extensions["context"].faults.claim(first["id"])
    assert added(client, admin)["times"] is None


def test_each_act_is_in_the_trail(client: FlaskClient, admin: dict[str, str]) -> None:
    fault = added(client, admin, times=3)
    added(client, admin)
    client.delete(f"{FAULTS}/{fault['id']}", headers=admin)
    client.delete(FAULTS, headers=admin)
    database, log = client.application.extensions["audit"]
    with database.read() as connection:
        rows = log.page(connection, FeedQuery(after=0, limit=100))["data"]
    assert [row["type"] for row in rows] == ["fault_added", "fault_added", "fault_removed", "fault_removed"]
    facts = {"kind": "reply_lost", "path": FAULT["path"], "method": None, "times": 3, "user_id": None}
    assert (rows[0]["data"]["after"], rows[2]["data"]["before"]) == (facts, facts)
    assert rows[3]["data"]["before"] == {"faults": [{**facts, "times": None}]}
    assert rows[0]["data"]["subject_id"] == rows[2]["data"]["subject_id"] == fault["id"]
