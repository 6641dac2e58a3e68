"""While somebody is being erased: nobody has taken their stand-in, they get no other role, and what fails is seen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from auth_service.erasure import erasing
from auth_service.erasure.services import Forgetting
from auth_service.refusals import USERNAME_TAKEN
from auth_service.users import administration
from auth_service.users.registration import Person, new_user
from shared import services
from shared.audit import Acting
from shared.enums import Role
from shared.identifiers import new_id
from shared.privacy import stand_ins
from shared.refusals import UNAVAILABLE, Refused
from shared.services import Service
from shared.time.clock import now_us
from tests.reporting_bank import PASSWORD, ReportingBank, reporting_bank


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path) as opened:
        yield opened


@pytest.fixture
def user_id(bank: ReportingBank) -> str:
    """Somebody without an account."""
    reply = call(bank, "POST", "/api/auth/register", facts("ada", "ada@example.test"))
    assert reply.status_code == 201, reply.text
    found: str = reply.json["data"]["id"]
    return found


def facts(username: str, email: str) -> dict[str, str]:
    return {"username": username, "email": email, "password": PASSWORD, "full_name": "Ada Lovelace"}


def call(bank: ReportingBank, method: str, path: str, body: Any = None, headers: Any = None) -> Any:
    return bank.bank.client(services.AUTH).open(path, method=method, json=body, headers=headers or {})


def admin(bank: ReportingBank) -> dict[str, str]:
    return bank.bank.headers("admin", user_id=new_id())


def erase(bank: ReportingBank, user_id: str) -> Any:
    reply = call(bank, "POST", f"/api/auth/users/{user_id}/erasure", {"reason": "By letter"}, admin(bank))
    assert reply.status_code == 202, reply.text
    return reply.json["data"]


def status(bank: ReportingBank, user_id: str) -> str:
    found: str = call(bank, "GET", f"/api/auth/users/{user_id}/erasure", headers=admin(bank)).json["data"]["status"]
    return found


def auth(bank: ReportingBank) -> Any:
    return bank.bank.apps[services.AUTH.package].extensions["context"]


def go_on(bank: ReportingBank) -> None:
    with bank.bank.databases[services.AUTH.package].write() as connection:
        connection.execute(text("UPDATE erasures SET due_at = 0"))
    erasing.go_on_with_all(auth(bank))


def away(_forgetting: Forgetting, service: Service, _user_id: str) -> None:
    raise Refused(UNAVAILABLE, f"The {service.name} is away.")


@pytest.mark.parametrize("taken", ["erased-{id}", "ERASED-{id}", "erased-anybody"])
def test_nobody_takes_the_name_or_the_address_of_who_is_erased(bank: ReportingBank, user_id: str, taken: str) -> None:
    name = taken.replace("{id}", user_id)
    address = f"{user_id}@Erased.INVALID"
    simulator = bank.bank.headers("service", user_id="simulator-service", scope="bank:simulate")
    for username, email, field in ((name, "free@example.test", "username"), ("free", address, "email")):
        wanted = facts(username, email)
        one = {key: value for key, value in wanted.items() if key != "password"}
        replies = [
            call(bank, "POST", "/api/auth/register", wanted),
            call(bank, "POST", "/api/auth/users", {**wanted, "role": "employee"}, admin(bank)),
            call(bank, "POST", "/api/auth/users/batch", {"users": [one], "password": PASSWORD}, simulator),
        ]
        assert [reply.status_code for reply in replies] == [422] * 3, [reply.text for reply in replies]
        assert all(field in reply.text for reply in replies)
    moved = {"email": address, "current_password": PASSWORD}
    reply = call(bank, "PUT", "/api/auth/update_profile", moved, bank.bank.headers(user_id=user_id))
    assert reply.status_code == 422, reply.text


def test_whoever_had_the_stand_in_before_it_was_kept_stops_no_erasure(bank: ReportingBank, user_id: str) -> None:
    with auth(bank).database.write_session() as session:
        squatter = Person(stand_ins.username_of(user_id), f"{user_id}{stand_ins.EMAIL_END}")
        session.add(new_user(squatter, "no hash", role=Role.CUSTOMER, created_by=None, now=now_us()))
    assert erase(bank, user_id)["status"] == "done"


def test_who_is_being_erased_gets_no_other_role_and_an_administrator_stays(
    bank: ReportingBank, user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Forgetting, "erase", away)
        erase(bank, user_id)
    path, headers = f"/api/auth/users/{user_id}", admin(bank)
    reply = call(bank, "PUT", path, {"role": "admin"}, headers)
    assert (reply.status_code, reply.json["error_code"]) == (409, "USER_ERASED")
    assert call(bank, "PUT", path, {"role": "customer", "status": "disabled"}, headers).status_code == 200
    go_on(bank)
    assert status(bank, user_id) == "done"


def test_who_came_to_work_at_the_bank_before_the_first_step_is_not_erased(
    bank: ReportingBank, user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def promoted(*_: Any) -> None:
        with auth(bank).database.write() as connection:
            connection.execute(text("UPDATE users SET role = 'admin' WHERE username = 'ada'"))

    monkeypatch.setattr(Forgetting, "check", promoted)
    reply = call(bank, "POST", f"/api/auth/users/{user_id}/erasure", {"reason": "By letter"}, admin(bank))
    assert (reply.status_code, reply.json["error_code"]) == (409, "STAFF_NOT_ERASED")
    assert call(bank, "GET", f"/api/auth/users/{user_id}/erasure", headers=admin(bank)).status_code == 404


def test_a_step_that_is_refused_is_told_as_critical_and_is_under_way(
    bank: ReportingBank, user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: Any) -> None:
        raise Refused(USERNAME_TAKEN)

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(erasing.user_repository, "store_changes", refuses)
        assert erase(bank, user_id)["status"] == "under_way"
    told = [one for one in logs if one["event"] == "erasure_waits"]
    assert [(one["log_level"], one["service"]) for one in told] == [("critical", "auth-service")]
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(Forgetting, "erase", away)
        go_on(bank)
    assert [one for one in logs if one["log_level"] == "critical"] == []
    go_on(bank)
    assert status(bank, user_id) == "done"


def test_a_token_that_was_looked_at_before_changes_no_name_afterwards(bank: ReportingBank, user_id: str) -> None:
    erase(bank, user_id)
    with pytest.raises(Refused) as refused:
        administration.update_profile(
            auth(bank), user_id, None, full_name="Ada King", email=None, current_password=None  # type: ignore[arg-type]
        )  # fmt: skip
    assert refused.value.refusal.code == "USER_ERASED"


def test_guesses_at_them_and_the_reason_are_not_kept_by_auth(bank: ReportingBank, user_id: str) -> None:
    auth_client = bank.bank.client(services.AUTH)
    right, wrong = ({"username": "ada", "password": word} for word in (PASSWORD, "wrong"))
    assert auth_client.post("/api/auth/login", json=wrong, environ_base={"REMOTE_ADDR": "10.9.8.7"}).status_code == 401
    assert auth_client.post("/api/auth/login", json=right).status_code == 200
    assert auth_client.post("/api/auth/login", json=wrong).status_code == 401
    erase(bank, user_id)
    with auth(bank).database.read() as connection:
        kept = connection.execute(text("SELECT subject FROM failed_guesses")).scalars().all()
        reasons = connection.execute(text("SELECT reason FROM erasures")).scalars().all()
    assert [one for one in kept if one.startswith("name:")] == []
    assert reasons == [None]


def test_asking_twice_at_once_is_one_erasure(bank: ReportingBank, user_id: str) -> None:
    by = Acting(user_id=user_id, role="customer")
    first, second = (erasing.ask(auth(bank), user_id, by) for _ in range(2))
    assert (first.finished_at, first.begun_at) == (second.finished_at, second.begun_at)
