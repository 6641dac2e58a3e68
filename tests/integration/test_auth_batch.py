"""Synthetic customers by the thousand: one hash, one commit, safe to ask for again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.identifiers import new_id
from tests.auth_bank import PASSWORD, AuthUnderTest, open_auth


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    with open_auth(tmp_path) as opened:
        yield opened


def people(count: int, start: int = 0) -> list[dict[str, str]]:
    return [
        {"username": f"sim{n}", "email": f"sim{n}@example.test", "full_name": f"Sim {n}"}
        for n in range(start, start + count)
    ]


def batch(auth: AuthUnderTest, users: list[dict[str, str]], headers: dict[str, str], **more: Any) -> TestResponse:
    return auth.call("POST", "/api/auth/users/batch", {"users": users, "password": PASSWORD, **more}, headers=headers)


def count_of_users(auth: AuthUnderTest) -> int:
    with auth.context.database.read() as connection:
        count: int = connection.exec_driver_sql("SELECT count(*) FROM users").scalar_one()
        return count


def test_a_thousand_customers_are_made_in_order_with_one_hash_and_can_sign_in(auth: AuthUnderTest) -> None:
    reply = batch(auth, people(1000), auth.service("simulator-service"))
    assert reply.status_code == 201
    assert [row["username"] for row in reply.json["data"]] == [f"sim{n}" for n in range(1000)]
    assert {row["role"] for row in reply.json["data"]} == {"customer"}
    with auth.context.database.read() as connection:
        hashes = connection.exec_driver_sql("SELECT count(DISTINCT password_hash) FROM users WHERE synthetic = 1")
        assert hashes.scalar() == 1
    assert auth.sign_in("sim999").user_id == reply.json["data"][999]["id"]
    assert len(auth.events("user_registered")) == 1002


def test_a_killed_job_that_asks_again_gets_the_same_users_and_the_missing_ones(auth: AuthUnderTest) -> None:
    headers = auth.service("simulator-service")
    first = batch(auth, people(5), headers).json["data"]
    again = batch(auth, people(8), headers)
    assert again.status_code == 201
    assert again.json["data"][:5] == first
    assert [row["username"] for row in again.json["data"]] == [f"sim{n}" for n in range(8)]
    assert len([row for row in auth.events("user_registered") if row["data"]["synthetic"]]) == 8


@pytest.mark.parametrize(
    "change", [{"email": "other@example.test"}, {"full_name": "Somebody Else"}, {"username": "SIM1"}]
)
def test_other_facts_under_a_taken_name_are_refused_naming_it_and_nothing_is_made(
    auth: AuthUnderTest, change: dict[str, str]
) -> None:
    headers = auth.service("simulator-service")
    batch(auth, people(3), headers)
    users = people(6)
    users[1] |= change
    reply = batch(auth, users, headers)
    assert (reply.status_code, reply.json["error_code"]) == (409, "USERNAME_TAKEN")
    assert reply.json["details"] == {"usernames": [users[1]["username"]]}
    assert count_of_users(auth) == 5


def test_a_real_persons_name_is_never_given_out(auth: AuthUnderTest) -> None:
    auth.register("sim0", full_name="Sim 0")
    reply = batch(auth, people(2), auth.service("simulator-service"))
    assert (reply.status_code, reply.json["details"]) == (409, {"usernames": ["sim0"]})


def test_another_clients_synthetic_customers_are_not_given_out(auth: AuthUnderTest) -> None:
    batch(auth, people(2), auth.admin().headers)
    assert batch(auth, people(2), auth.admin().headers).status_code == 201
    assert batch(auth, people(2), auth.service("simulator-service")).status_code == 409


def test_only_the_scope_to_simulate_may_make_them(auth: AuthUnderTest) -> None:
    auth.register("ada")
    callers = [auth.sign_in("ada").headers, auth.employee().headers, auth.service("account-service"), {}]
    assert [batch(auth, people(1), headers).status_code for headers in callers] == [403, 403, 403, 401]


def test_ids_are_chosen_by_the_simulator_alone_in_development_alone_and_once(
    auth: AuthUnderTest, tmp_path: Path
) -> None:
    users = [{**person, "id": new_id()} for person in people(3)]
    simulator = auth.service("simulator-service")
    refused = batch(auth, users, auth.admin().headers)
    assert (refused.status_code, list(refused.json["details"]["fields"])) == (422, ["users.0.id"])
    made = batch(auth, users, simulator)
    assert [row["id"] for row in made.json["data"]] == [person["id"] for person in users]
    assert batch(auth, users, simulator).json["data"] == made.json["data"]
    taken = [{**person, "id": users[0]["id"]} for person in people(1, start=9)]
    twice = [{**person, "id": (users[1]["id"][:-4] + "0000")} for person in people(2, start=9)]
    for wrong, field in ((taken, "users.0.id"), (twice, "users.0.id")):
        reply = batch(auth, wrong, simulator)
        assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, [field])
    assert count_of_users(auth) == 5
    (folder := tmp_path / "production").mkdir()
    with open_auth(folder, is_production=True) as other:
        assert batch(other, users, other.service("simulator-service")).status_code == 422
        assert count_of_users(other) == 1, "the administrator"


def test_in_production_administrators_do_not_simulate(tmp_path: Path) -> None:
    with open_auth(tmp_path, is_production=True) as auth:
        assert batch(auth, people(1), auth.admin().headers).status_code == 403


@pytest.mark.parametrize(
    "users",
    [
        [],
        people(1001),
        people(1) + people(1),
        [people(1)[0], people(2)[1] | {"email": "SIM0@example.test"}],
        [people(1)[0] | {"role": "admin"}],
        [people(1)[0] | {"full_name": ""}],
        [{"username": "sim1"}],
    ],
)
def test_a_batch_that_is_not_valid_makes_nobody(auth: AuthUnderTest, users: list[dict[str, str]]) -> None:
    reply = batch(auth, users, auth.service("simulator-service"))
    assert (reply.status_code, reply.json["error_code"]) == (422, "VALIDATION_ERROR")
    assert count_of_users(auth) == 2


def test_the_shared_password_has_to_be_a_good_one_too(auth: AuthUnderTest) -> None:
    reply = batch(auth, people(1), auth.service("simulator-service"), password="password1234")
    assert list(reply.json["details"]["fields"]) == ["password"]
