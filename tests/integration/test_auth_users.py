"""Users as staff see and change them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.auth_bank import PASSWORD, AuthUnderTest, open_auth

pytestmark = pytest.mark.databases_in_turn


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    with open_auth(tmp_path) as opened:
        yield opened


def found(auth: AuthUnderTest, query: str) -> list[str]:
    reply = auth.call("GET", f"/api/auth/users?{query}", headers=auth.admin().headers)
    assert reply.status_code == 200, reply.text
    return [row["username"] for row in reply.json["data"]]


def test_employees_read_users_and_customers_do_not(auth: AuthUnderTest) -> None:
    user = auth.register("ada")
    employee, customer = auth.employee(), auth.sign_in("ada")
    for path in ("/api/auth/users", f"/api/auth/users/{user['id']}"):
        assert auth.call("GET", path, headers=employee.headers).status_code == 200
        assert auth.call("GET", path, headers=customer.headers).status_code == 403
        assert auth.call("GET", path).status_code == 401
    one = auth.call("GET", f"/api/auth/users/{user['id']}", headers=employee.headers)
    assert one.json["data"] == user


def test_only_administrators_change_and_add_users(auth: AuthUnderTest) -> None:
    user = auth.register("ada")
    employee, customer = auth.employee(), auth.sign_in("ada")
    new = {"username": "eve", "email": "eve@example.test", "password": PASSWORD, "role": "admin"}
    for who in (employee, customer):
        change = auth.call("PUT", f"/api/auth/users/{user['id']}", {"role": "admin"}, headers=who.headers)
        add = auth.call("POST", "/api/auth/users", new, headers=who.headers)
        assert (change.status_code, add.status_code) == (403, 403)
    assert auth.call("POST", "/api/auth/users", new, headers=auth.admin().headers).status_code == 201
    assert auth.call("GET", "/api/auth/verify_admin", headers=auth.sign_in("eve").headers).json["data"]["is_admin"]


def test_users_are_found_by_text_role_and_status(auth: AuthUnderTest) -> None:
    auth.register("ada", full_name="Ada Lovelace")
    grace = auth.register("grace", full_name="Grace Höpper 100%")
    assert found(auth, "q=LOVELACE") == ["ada"]
    assert found(auth, "q=H%C3%96PPER") == ["grace"]
    assert found(auth, "q=%25") == ["grace"]
    assert found(auth, "q=_") == []
    assert found(auth, "q=%27%20OR%201%3D1%20--") == []
    assert found(auth, "role=customer") == ["grace", "ada"]
    auth.call("PUT", f"/api/auth/users/{grace['id']}", {"status": "disabled"}, headers=auth.admin().headers)
    assert found(auth, "status=disabled") == ["grace"]
    assert found(auth, "q=example&role=customer&status=active") == ["ada"]


@pytest.mark.parametrize("query", ["role=boss", "status=gone", "limit=0", "limit=201", "cursor=forged", "sort=email"])
def test_unknown_filters_are_refused(auth: AuthUnderTest, query: str) -> None:
    assert auth.call("GET", f"/api/auth/users?{query}", headers=auth.admin().headers).status_code == 422


def test_pages_neither_skip_nor_repeat_while_people_register(auth: AuthUnderTest) -> None:
    names = [f"user{number}" for number in range(7)]
    for name in names:
        auth.register(name)
    seen, cursor = [], ""
    while cursor is not None:
        reply = auth.call("GET", f"/api/auth/users?limit=3{cursor}", headers=auth.admin().headers).json
        seen += [row["username"] for row in reply["data"]]
        cursor = reply["next_cursor"] and f"&cursor={reply['next_cursor']}"
        auth.register(f"late{len(seen)}")
    assert seen == [*reversed(names), "employee", "admin"]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"role": "owner"},
        {"status": "deleted"},
        {"password": PASSWORD},
        {"synthetic": True},
        {"id": "x"},
        {"email": "a@b.test"},
    ],
)
def test_nothing_but_role_and_status_can_be_changed(auth: AuthUnderTest, change: dict[str, object]) -> None:
    user = auth.register("ada")
    headers = auth.admin().headers
    assert auth.call("PUT", f"/api/auth/users/{user['id']}", change, headers=headers).status_code == 422
    assert auth.call("GET", f"/api/auth/users/{user['id']}", headers=headers).json["data"] == user


def test_the_last_active_administrator_can_neither_resign_nor_be_disabled(auth: AuthUnderTest) -> None:
    admin = auth.admin()
    path = f"/api/auth/users/{admin.user_id}"
    for change in ({"role": "employee"}, {"status": "disabled"}):
        reply = auth.call("PUT", path, change, headers=admin.headers)
        assert (reply.status_code, reply.json["error_code"]) == (409, "LAST_ADMIN")
    assert auth.profile_status(admin) == 200
    second = auth.register("second")
    auth.call("PUT", f"/api/auth/users/{second['id']}", {"role": "admin"}, headers=admin.headers)
    assert auth.call("PUT", path, {"role": "employee"}, headers=admin.headers).status_code == 200


def test_two_administrators_who_demote_each_other_at_once_leave_one(auth: AuthUnderTest) -> None:
    first, other = auth.admin(), auth.register("second")
    auth.call("PUT", f"/api/auth/users/{other['id']}", {"role": "admin"}, headers=first.headers)
    second = auth.sign_in("second")

    def demote(pair: tuple[str, dict[str, str]]) -> int:
        return auth.call("PUT", f"/api/auth/users/{pair[0]}", {"role": "customer"}, headers=pair[1]).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(demote, [(second.user_id, first.headers), (first.user_id, second.headers)]))
    assert statuses.count(200) == 1
    with auth.context.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM users WHERE role = 'admin' AND status = 'active'")
        assert rows.scalar() == 1


def test_a_change_is_told_to_other_services(auth: AuthUnderTest) -> None:
    user = auth.register("ada")
    auth.call("PUT", f"/api/auth/users/{user['id']}", {"role": "employee"}, headers=auth.admin().headers)
    (event,) = auth.events("user_updated")
    assert (event["data"]["user_id"], event["data"]["role"]) == (user["id"], "employee")


@pytest.mark.parametrize("user_id", ["01890000-0000-7000-8000-000000000000", "nonsense", "1%20OR%201"])
def test_an_unknown_user_is_not_found(auth: AuthUnderTest, user_id: str) -> None:
    headers = auth.admin().headers
    assert auth.call("GET", f"/api/auth/users/{user_id}", headers=headers).status_code == 404
    assert auth.call("PUT", f"/api/auth/users/{user_id}", {"role": "admin"}, headers=headers).status_code == 404
