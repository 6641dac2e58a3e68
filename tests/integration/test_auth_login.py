"""Registering, signing in, one's own profile and password."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.auth_bank import ELSEWHERE, HOME, PASSWORD, AuthUnderTest, open_auth

NEW_PASSWORD = "quite another one now"


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    with open_auth(tmp_path) as opened:
        yield opened


def test_who_registers_can_sign_in_by_user_name_and_by_email(auth: AuthUnderTest) -> None:
    user = auth.register("ada", full_name="Ada Lovelace")
    assert user == {
        "id": user["id"],
        "username": "ada",
        "email": "ada@example.test",
        "full_name": "Ada Lovelace",
        "role": "customer",
        "status": "active",
        "created_at": user["created_at"],
        "created_at_bank": None,
    }
    for name in ("ada", "ADA", "Ada@Example.test", " ada "):
        reply = auth.login(name)
        assert reply.status_code == 200, name
        data = reply.json["data"]
        assert set(data) == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
        assert (data["token_type"], data["expires_in"], data["user"]) == ("Bearer", 900, user)


def test_without_a_full_name_people_are_shown_by_their_user_name(auth: AuthUnderTest) -> None:
    assert auth.register("ada")["full_name"] == "ada"


@pytest.mark.parametrize(("username", "email"), [("ADA", "new@example.test"), ("new", "ADA@example.test")])
def test_a_taken_name_or_email_is_refused_without_saying_which(auth: AuthUnderTest, username: str, email: str) -> None:
    auth.register("ada")
    reply = auth.call(
        "POST", "/api/auth/register", {"username": username, "email": email, "password": PASSWORD}, address=ELSEWHERE
    )
    assert (reply.status_code, reply.json["error_code"], reply.json["details"]) == (409, "USERNAME_TAKEN", {})


@pytest.mark.parametrize(
    "facts",
    [
        {"username": "ab"},
        {"username": "a@b.test"},
        {"username": "ada<script>"},
        {"username": "ada\n"},
        {"username": "ädä"},
        {"username": 12345},
        {"email": "not-an-address"},
        {"email": "ada@localhost\nBcc: all@example.test"},
        {"email": f"{'a' * 65}@example.test"},
        {"full_name": "x" * 101},
        {"full_name": "Ada\r\nLovelace"},
        {"password": "short"},
        {"password": "password1234"},
        {"password": "new@example.test"},
        {"role": "admin"},
        {"status": "active"},
        {"synthetic": True},
        {"id": "01890000-0000-7000-8000-000000000000"},
    ],
)
def test_what_may_not_be_registered_is_refused_by_field_and_leaves_nothing(
    auth: AuthUnderTest, facts: dict[str, object]
) -> None:
    payload = {"username": "new", "email": "new@example.test", "password": PASSWORD, **facts}
    before = len(auth.events())
    reply = auth.call("POST", "/api/auth/register", payload)
    assert reply.status_code == 422
    assert list(reply.json["details"]["fields"]) == list(facts)
    assert len(auth.events()) == before


def test_any_characters_make_a_password(auth: AuthUnderTest) -> None:
    password = "spaces   and 🐎 ' OR 1=1 -- ñ"
    auth.register("ada", password=password)
    assert auth.login("ada", password).status_code == 200
    assert auth.login("ada", password.replace("🐎", "")).status_code == 401


@pytest.mark.parametrize("name", ["' OR 1=1 --", "ada\x00", "\ud800", "%", "ad_", "x" * 254])
def test_hostile_names_name_nobody(auth: AuthUnderTest, name: str) -> None:
    auth.register("ada")
    assert auth.login(name).status_code in (400, 401, 422)


def test_a_disabled_user_learns_so_only_with_the_right_password(auth: AuthUnderTest) -> None:
    user = auth.register("ada")
    path = f"/api/auth/users/{user['id']}"
    assert auth.call("PUT", path, {"status": "disabled"}, headers=auth.admin().headers).status_code == 200
    right, wrong = auth.login("ada"), auth.login("ada", "wrong wrong wrong")
    assert (right.status_code, right.json["error_code"]) == (403, "USER_DISABLED")
    assert (wrong.status_code, wrong.json["error_code"]) == (401, "INVALID_CREDENTIALS")


def test_a_token_says_whose_it_is(auth: AuthUnderTest) -> None:
    user = auth.register("ada")
    signed_in, admin = auth.sign_in("ada"), auth.admin()
    reply = auth.call("GET", "/api/auth/verify_token", headers=signed_in.headers).json["data"]
    assert (reply["user_id"], reply["username"], reply["role"]) == (user["id"], "ada", "customer")
    assert set(reply) == {"user_id", "username", "role", "expires_at"}
    for who, is_admin in ((signed_in, False), (admin, True)):
        answer = auth.call("GET", "/api/auth/verify_admin", headers=who.headers).json["data"]
        assert answer == {"is_admin": is_admin}


def test_a_profile_can_be_read_and_changed_but_not_role_or_status(auth: AuthUnderTest) -> None:
    user = auth.register("ada")
    auth.register("grace")
    headers = auth.sign_in("ada").headers
    assert auth.call("GET", "/api/auth/profile", headers=headers).json["data"] == user
    change = {"full_name": "Countess of Lovelace", "email": "countess@example.test"}
    proved = {**change, "current_password": PASSWORD}
    changed = auth.call("PUT", "/api/auth/update_profile", proved, headers=headers).json["data"]
    assert changed == {**user, **change}
    assert auth.login("countess@example.test").status_code == 200
    assert auth.login("ada@example.test").status_code == 401
    taken = auth.call("PUT", "/api/auth/update_profile", {**proved, "email": "grace@example.test"}, headers=headers)
    assert (taken.status_code, taken.json["error_code"]) == (409, "USERNAME_TAKEN")
    for forbidden in ({"role": "admin"}, {"status": "active"}, {"username": "root"}, {"id": user["id"]}, {}):
        assert auth.call("PUT", "/api/auth/update_profile", forbidden, headers=headers).status_code == 422


def test_a_new_address_needs_the_password_and_both_addresses_can_be_told(auth: AuthUnderTest) -> None:
    auth.register("ada", full_name="Ada Lovelace")
    headers = auth.sign_in("ada").headers

    def change(**facts: str) -> TestResponse:
        return auth.call("PUT", "/api/auth/update_profile", facts, headers=headers)

    missing, wrong = change(email="new@example.test"), change(email="new@example.test", current_password="not this one")
    assert (missing.status_code, list(missing.json["details"]["fields"])) == (422, ["current_password"])
    assert (wrong.status_code, wrong.json["error_code"]) == (400, "WRONG_PASSWORD")
    assert auth.events("email_changed") == []
    assert change(email="ada@example.test", full_name="Ada King").status_code == 200, "it is the one they have"
    assert change(email="new@example.test", current_password=PASSWORD).status_code == 200
    (told,) = auth.events("email_changed")
    assert (told["data"]["old_email"], told["data"]["new_email"]) == ("ada@example.test", "new@example.test")
    for _ in range(6):
        last = change(email="other@example.test", current_password="not this one")
    assert last.status_code == 429, "guesses are counted as log-ins are"


@pytest.mark.parametrize("name", ["root", "Sandbank", "admin2", "support", "SUPPORT-1", "the.sandbank", "web_master"])
def test_nobody_registers_as_the_bank_itself(auth: AuthUnderTest, name: str) -> None:
    body = {"username": name, "email": "me@example.test", "password": PASSWORD}
    reply = auth.call("POST", "/api/auth/register", body)
    assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, ["username"])
    assert (
        auth.call("POST", "/api/auth/users", {**body, "role": "employee"}, headers=auth.admin().headers).status_code
        == 201
    )


@pytest.mark.parametrize("name", ["\u202eecilA", "Ali\u200bce", "A\0lice", "Al\nice"])
def test_a_name_that_nobody_can_read_is_refused(auth: AuthUnderTest, name: str) -> None:
    body = {"username": "alice", "email": "alice@example.test", "password": PASSWORD, "full_name": name}
    reply = auth.call("POST", "/api/auth/register", body)
    assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, ["full_name"])


def test_nul_bytes_are_no_part_of_a_password_and_open_no_door(auth: AuthUnderTest) -> None:
    """The hash pads with them: "a" and twenty of them once registered, and "a" logged in."""
    for password in ("a" + "\0" * 20, PASSWORD + "\0", "\0" + PASSWORD):
        body = {"username": "mallory", "email": "mallory@example.test", "password": password}
        reply = auth.call("POST", "/api/auth/register", body)
        assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, ["password"]), ascii(password)
    auth.register("ada")
    assert auth.login("ada", PASSWORD + "\0").status_code == 401
    headers = auth.sign_in("ada").headers
    for payload, status in (
        ({"current_password": PASSWORD + "\0", "new_password": NEW_PASSWORD}, 400),
        ({"current_password": PASSWORD, "new_password": NEW_PASSWORD + "\0"}, 422),
    ):
        assert auth.call("POST", "/api/auth/change_password", payload, headers=headers).status_code == status


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(auth: AuthUnderTest) -> None:
    auth.register("ada")
    here, elsewhere = auth.sign_in("ada"), auth.sign_in("ada", address=ELSEWHERE)
    payload = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    reply = auth.call("POST", "/api/auth/change_password", payload, headers=here.headers)
    assert (reply.status_code, reply.json["data"]) == (200, {"sessions_ended": 1})
    assert (auth.profile_status(here), auth.profile_status(elsewhere)) == (200, 401)
    assert auth.refresh(here.refresh_token).status_code == 200
    assert auth.refresh(elsewhere.refresh_token).status_code == 401
    assert auth.login("ada", PASSWORD).status_code == 401
    assert auth.login("ada", NEW_PASSWORD).status_code == 200
    assert [row["data"]["user_id"] for row in auth.events("password_changed")] == [here.user_id]


@pytest.mark.parametrize(
    ("current", "new", "status"),
    [
        ("wrong wrong wrong", NEW_PASSWORD, 400),
        (PASSWORD, "short", 422),
        (PASSWORD, "password1234", 422),
        (PASSWORD, "ada@example.test", 422),
        (PASSWORD, PASSWORD, 422),
    ],
)
def test_a_password_is_changed_only_by_who_knows_it_and_to_a_good_one(
    auth: AuthUnderTest, current: str, new: str, status: int
) -> None:
    auth.register("ada")
    payload = {"current_password": current, "new_password": new}
    reply = auth.call("POST", "/api/auth/change_password", payload, headers=auth.sign_in("ada").headers)
    assert reply.status_code == status
    assert auth.login("ada").status_code == 200


def test_a_stolen_token_cannot_be_used_to_guess_the_password(auth: AuthUnderTest) -> None:
    auth.register("ada")
    headers = auth.sign_in("ada").headers
    payload = {"current_password": "wrong wrong wrong", "new_password": NEW_PASSWORD}
    statuses = [
        auth.call("POST", "/api/auth/change_password", payload, headers=headers, address=ELSEWHERE).status_code
        for _ in range(10)
    ]
    assert statuses == [400] * 5 + [429] * 5


def test_a_login_from_somewhere_new_is_told_as_such(auth: AuthUnderTest) -> None:
    auth.register("ada", address=HOME)
    auth.sign_in("ada", address=HOME)
    auth.sign_in("ada", address=ELSEWHERE)
    auth.sign_in("ada", address=ELSEWHERE)
    seen = [(row["data"]["address"], row["data"]["new_device"]) for row in auth.events("user_logged_in")]
    assert seen == [(HOME, False), (ELSEWHERE, True), (ELSEWHERE, False)]


def test_no_reply_event_or_stored_row_shows_a_password_or_token(auth: AuthUnderTest, tmp_path: Path) -> None:
    auth.register("ada")
    signed_in = auth.sign_in("ada")
    auth.refresh(signed_in.refresh_token)
    assert PASSWORD not in str(auth.events())
    assert "password_hash" not in auth.call("GET", "/api/auth/profile", headers=signed_in.headers).text
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("auth.db*"))
    for secret in (PASSWORD, signed_in.refresh_token, signed_in.access_token):
        assert secret.encode() not in stored
