"""An administrator has another key sign: it is announced first, and what the one of before has signed stays good."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from shared.time.clock import now_us
from tests.auth_bank import AuthUnderTest, SignedIn, open_auth

ADMIN = "admin"


def signed_in_admin(auth: AuthUnderTest, folder: Path) -> SignedIn:
    password = json.loads((folder / "credentials.json").read_text())["admin"]["password"]
    return auth.sign_in(ADMIN, password)


def keys_of(auth: AuthUnderTest, who: SignedIn, method: str = "GET") -> list[dict[str, Any]]:
    reply = auth.call(method, "/api/auth/signing_keys", headers=who.headers)
    assert reply.status_code in (200, 201), reply.json
    found: list[dict[str, Any]] = reply.json["data"]["signing_keys"]
    return found


def kid_of(who: SignedIn) -> str:
    return str(jwt.get_unverified_header(who.access_token)["kid"])


def test_a_changed_key_is_announced_signs_and_outlives_no_token_of_before(tmp_path: Path) -> None:
    with open_auth(tmp_path) as auth:
        admin = signed_in_admin(auth, tmp_path)
        (first,) = keys_of(auth, admin)
        assert (first["stage"], first["verifies_until"], first["id"]) == ("signs", None, kid_of(admin))
        auth.register("ada")
        before, second = keys_of(auth, admin, "POST")
        assert (before["stage"], second["stage"]) == ("signs", "announced")
        assert before["verifies_until"] > second["signs_from"]
        assert {key["kid"] for key in auth.context.keys.key_set()} == {first["id"], second["id"]}
        assert [key["id"] for key in keys_of(auth, admin, "POST")] == [first["id"], second["id"]], "one is on its way"
        early = auth.sign_in("ada")
        assert kid_of(early) == first["id"]

        auth.let_pass(130)
        auth.context.keys.rotate(now_us())
        auth.context.verifier.refresh_keys()  # as every service does each minute
        late = auth.sign_in("ada")
        assert kid_of(late) == second["id"]
        assert [auth.profile_status(one) for one in (early, late)] == [200, 200]
        assert [key["stage"] for key in keys_of(auth, signed_in_admin(auth, tmp_path))] == ["verifies", "signs"]

        auth.let_pass(1200)
        auth.context.keys.rotate(now_us())
        (only,) = keys_of(auth, signed_in_admin(auth, tmp_path))
        assert (only["id"], only["stage"]) == (second["id"], "signs")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_but_administrators_sees_or_changes_keys(tmp_path: Path, method: str) -> None:
    with open_auth(tmp_path) as auth:
        auth.register("ada")
        reply = auth.call(method, "/api/auth/signing_keys", headers=auth.sign_in("ada").headers)
        assert reply.status_code == 403
        assert len(auth.context.keys.key_set()) == 1
