"""What the bank's other services ask of auth: tokens, facts about users, the two feeds, the reset."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from auth_service import housekeeping
from auth_service.models import metadata
from auth_service.tokens import service_clients
from shared.identity.tokens import TokenVerifier
from shared.refusals import Refused
from shared.services import AUTH, SERVICES
from shared.time.clock import now_us
from tests.auth_bank import PASSWORD, SECRETS, AuthUnderTest, open_auth


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    with open_auth(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("name", [service.name for service in SERVICES if service is not AUTH])
def test_every_service_gets_a_token_with_its_own_scopes(auth: AuthUnderTest, name: str) -> None:
    payload = {"client_id": name, "client_secret": SECRETS[name]}
    data = auth.call("POST", "/api/auth/token", payload).json["data"]
    assert (data["token_type"], data["expires_in"]) == ("Bearer", 900)
    assert data["scope"].split() == list(service_clients.SCOPES[name])
    identity = auth.context.verifier.verify(data["access_token"])
    assert (identity.user_id, identity.role, identity.session_id) == (name, "service", None)


def test_wrong_credentials_and_unknown_clients_look_the_same(auth: AuthUnderTest) -> None:
    attempts = [
        ("account-service", "wrong"),
        ("account-service", SECRETS["api-gateway"]),
        ("account-service", "schlüssel 🗝"),
        ("no-such-service", "wrong"),
        ("auth-service", SECRETS["auth-service"]),
    ]
    replies = [
        auth.call("POST", "/api/auth/token", {"client_id": name, "client_secret": secret}) for name, secret in attempts
    ]
    assert {reply.status_code for reply in replies} == {401}
    assert len({str({**reply.json, "request_id": None}) for reply in replies}) == 1


def test_a_service_without_a_secret_cannot_sign_in_with_an_empty_one(tmp_path: Path) -> None:
    with open_auth(tmp_path, client_secrets={"account-service": ""}) as auth:
        for name in ("account-service", "api-gateway"):
            for secret in ("", "no such client", " "):
                reply = auth.call("POST", "/api/auth/token", {"client_id": name, "client_secret": secret})
                assert reply.status_code in (401, 422)


def test_internal_routes_answer_services_with_the_scope_alone(auth: AuthUnderTest) -> None:
    auth.register("ada")
    people = [auth.sign_in("ada").headers, auth.admin().headers]
    for path in ("/internal/events", "/internal/revocations", f"/internal/users/{auth.admin().user_id}"):
        assert auth.call("GET", path).status_code == 401
        assert [auth.call("GET", path, headers=headers).status_code for headers in people] == [403, 403]
    gateway, simulator = auth.service("api-gateway"), auth.service("simulator-service")
    assert auth.call("GET", "/internal/revocations", headers=gateway).status_code == 200
    assert auth.call("GET", "/internal/events", headers=gateway).status_code == 403
    assert auth.call("POST", "/internal/reset", headers=gateway).status_code == 403
    assert auth.call("GET", "/api/auth/profile", headers=simulator).status_code == 403
    assert auth.call("GET", "/api/auth/users", headers=simulator).status_code == 403


def test_services_learn_what_they_need_of_a_user_and_no_more(auth: AuthUnderTest) -> None:
    user = auth.register("ada")
    headers = auth.service("account-service")
    facts = auth.call("GET", f"/internal/users/{user['id']}", headers=headers).json["data"]
    assert facts == {
        "id": user["id"],
        "username": "ada",
        "full_name": "ada",
        "email": "ada@example.test",
        "role": "customer",
        "status": "active",
        "synthetic": False,
    }
    unknown = "01890000-0000-7000-8000-000000000000"
    found = auth.call("POST", "/internal/users/lookup", {"ids": [unknown, user["id"]]}, headers=headers)
    assert found.json["data"] == [facts]
    assert auth.call("GET", f"/internal/users/{unknown}", headers=headers).status_code == 404


def test_event_positions_have_no_gap_even_when_people_register_at_once(auth: AuthUnderTest) -> None:
    names = [f"user{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(auth.register, names))
    auth.call("POST", "/api/auth/register", {"username": names[0], "email": "x@y.test", "password": PASSWORD})
    rows = auth.events()
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row["data"]["username"] for row in rows if row["type"] == "user_registered"} >= set(names)


def test_a_feed_is_read_page_by_page_and_says_where_its_head_is(auth: AuthUnderTest) -> None:
    for number in range(5):
        auth.register(f"user{number}")
    headers = auth.service("account-service")
    seen, after = [], 0
    while True:
        page = auth.call("GET", f"/internal/events?after={after}&limit=3", headers=headers).json
        assert page["head"] == 7
        if not page["data"]:
            break
        seen += [row["position"] for row in page["data"]]
        after = seen[-1]
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    assert set(auth.events()[0]) == {"position", "id", "type", "occurred_at", "data"}


def test_revocations_are_published_until_the_tokens_have_expired(auth: AuthUnderTest) -> None:
    auth.register("ada")
    headers = auth.service("api-gateway")
    signed_in = auth.sign_in("ada")
    auth.call("POST", "/api/auth/logout", headers=signed_in.headers)
    (row,) = auth.call("GET", "/internal/revocations", headers=headers).json["data"]
    assert set(row) == {"position", "session_id", "user_id", "issued_before"}
    assert (row["user_id"], row["issued_before"]) == (None, None)
    assert auth.call("GET", f"/internal/revocations?after={row['position']}", headers=headers).json["data"] == []
    auth.let_pass(16 * 60)
    assert len(auth.call("GET", "/internal/revocations", headers=headers).json["data"]) == 1
    auth.let_pass(5 * 60)
    assert auth.call("GET", "/internal/revocations", headers=headers).json["data"] == []


def test_what_is_revoked_after_an_older_backup_was_restored_is_heard_by_who_ran_on(tmp_path: Path) -> None:
    """Positions are given out a second time: who asks for those after the last that was heard would hear of none."""
    with open_auth(tmp_path) as auth:
        auth.register("ada")
        ada, bob = auth.sign_in("ada"), auth.sign_in("ada")
    shutil.copy(tmp_path / "auth.db", tmp_path / "backup.db")
    with open_auth(tmp_path) as auth:
        others = TokenVerifier(auth.context.keys)
        others.refresh_revocations()
        for _ in range(3):
            auth.call("POST", "/api/auth/logout", headers=auth.sign_in("ada").headers)
        auth.call("POST", "/api/auth/logout", headers=bob.headers)
        others.refresh_revocations()
        assert others.verify(ada.access_token)
    shutil.copy(tmp_path / "backup.db", tmp_path / "auth.db")
    with open_auth(tmp_path) as restored:
        others._source = restored.context.keys
        others.refresh_revocations()
        restored.call("POST", "/api/auth/logout", headers=ada.headers)
        others.refresh_revocations()
        for ended in (ada, bob):
            with pytest.raises(Refused, match="UNAUTHENTICATED"):
                others.verify(ended.access_token)


def test_housekeeping_deletes_what_has_served_its_time_and_nothing_else(auth: AuthUnderTest) -> None:
    auth.register("ada")
    ended, live = auth.sign_in("ada"), auth.sign_in("ada")
    auth.call("POST", "/api/auth/logout", headers=ended.headers)
    auth.login("ada", "wrong wrong wrong")
    auth.let_pass(3 * 86_400)
    housekeeping.keep_house(auth.context, now_us())
    with auth.context.database.read() as connection:
        counts = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in ("sessions", "refresh_tokens", "revocations", "failed_guesses", "known_devices", "users")
        }
    assert counts == {
        "sessions": 1,
        "refresh_tokens": 1,
        "revocations": 0,
        "failed_guesses": 0,
        "known_devices": 1,
        "users": 3,
    }
    assert auth.refresh(live.refresh_token).status_code == 200


def test_a_reset_deletes_customers_and_keeps_staff_keys_and_positions(auth: AuthUnderTest) -> None:
    auth.register("ada")
    customer, employee, admin = auth.sign_in("ada"), auth.employee(), auth.admin()
    keys, head = auth.context.keys.key_set(), auth.events()[-1]["position"]
    reply = auth.call("POST", "/internal/reset", {}, headers=auth.service("simulator-service"))
    assert (reply.status_code, reply.json["data"]) == (200, {"customers": 1})
    assert [auth.profile_status(who) for who in (customer, employee, admin)] == [401, 200, 200]
    assert auth.refresh(customer.refresh_token).status_code == 401
    assert auth.login("ada").status_code == 401
    assert auth.context.keys.key_set() == keys
    assert [row["data"]["user_id"] for row in auth.events() if row["data"].get("user_id") == customer.user_id] == []
    assert (auth.events()[-1]["type"], auth.events()[-1]["position"]) == ("bank_reset", head + 1)
    auth.register("ada")


def test_a_bank_in_production_is_never_reset(tmp_path: Path) -> None:
    with open_auth(tmp_path, is_production=True) as auth:
        auth.register("ada")
        reply = auth.call("POST", "/internal/reset", {}, headers=auth.service("simulator-service"))
        assert (reply.status_code, reply.json["error_code"]) == (403, "NOT_A_SANDBOX")
        auth.sign_in("ada")


def test_the_migrations_make_the_tables_that_the_code_uses_all_strict(auth: AuthUnderTest) -> None:
    with auth.context.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        tables = connection.exec_driver_sql("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")
        loose = {name for name, strict in tables if not strict and not name.startswith(("sqlite_", "alembic_"))}
    assert loose == set()


def test_health_checks_the_database_and_the_signing_key(auth: AuthUnderTest) -> None:
    reply = auth.call("GET", "/api/health")
    assert (reply.status_code, reply.json["checks"]) == (200, {"database": "healthy", "signing_key": "healthy"})


def test_a_password_is_proved_to_a_service_and_guesses_there_count_as_those_at_the_log_in(auth: AuthUnderTest) -> None:
    ada = auth.register("ada")
    path, caller = f"/internal/users/{ada['id']}/password", auth.service("account-service")
    told = {"password": PASSWORD, "address": "198.51.100.7"}
    assert auth.call("POST", path, told, headers=caller).json["data"] == {"is_right": True}
    assert auth.call("POST", path, told, headers=auth.service("api-gateway")).status_code == 403
    wrong = [auth.call("POST", path, {**told, "password": "not the one"}, headers=caller) for _ in range(7)]
    codes = [reply.json["error_code"] for reply in wrong]
    assert codes[0] == "WRONG_PASSWORD"
    assert codes[-1] == "TOO_MANY_ATTEMPTS"
    assert auth.call("POST", path, told, headers=caller).json["error_code"] == "TOO_MANY_ATTEMPTS", "the right one too"
    proof = {"X-Service-Authorization": auth.service("api-gateway")["Authorization"]}
    there = {**proof, "X-Client-Address": told["address"]}
    log_in = auth.call("POST", "/api/auth/login", {"username": "ada", "password": PASSWORD}, headers=there)
    assert log_in.json["error_code"] == "TOO_MANY_ATTEMPTS"
