"""What auth takes back stops working, for money within two seconds; its keys rotate unnoticed (catalogue 41)."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest
from flask import Flask

from shared.time.clock import now_us
from tests.auth_bank import AuthUnderTest, SignedIn, open_auth
from transaction_service.app import create_app as create_ledger
from transaction_service.settings import Settings as LedgerSettings

DAY_SECONDS = 86_400


class Bank:
    """Auth, and the ledger's real app verifying against its real keys. One administrator is signed in."""

    def __init__(self, auth: AuthUnderTest, ledger: Flask) -> None:
        self.auth = auth
        self.ledger = ledger
        self.admin = auth.admin()

    def ledger_status(self, token: str) -> int:
        """What the ledger answers to the token."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.ledger.test_client().get("/api/transactions/list", headers=headers).status_code


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("bank")
    with open_auth(folder) as auth:
        settings = LedgerSettings(f"sqlite:///{folder / 'ledger.db'}", reconcile_seconds=0, card_key="a key of tests")
        ledger = create_ledger(settings, keys=auth.context.keys)
        yield Bank(auth, ledger)
        ledger.extensions["context"].close()


def _customer(bank: Bank, username: str) -> SignedIn:
    bank.auth.register(username)
    return bank.auth.sign_in(username)


def _log_out(bank: Bank, who: SignedIn) -> None:
    assert bank.auth.call("POST", "/api/auth/logout", {}, headers=who.headers).status_code == 200


def _log_out_everywhere(bank: Bank, who: SignedIn) -> None:
    assert bank.auth.call("POST", "/api/auth/logout_all", {}, headers=who.headers).status_code == 200


def _change(bank: Bank, who: SignedIn, **change: str) -> None:
    path = f"/api/auth/users/{who.user_id}"
    assert bank.auth.call("PUT", path, change, headers=bank.admin.headers).status_code == 200


ENDINGS: dict[str, Callable[[Bank, SignedIn], None]] = {
    "logout": _log_out,
    "logout_all": _log_out_everywhere,
    "disabled": lambda bank, who: _change(bank, who, status="disabled"),
    "demoted": lambda bank, who: _change(bank, who, role="customer"),
    "promoted": lambda bank, who: _change(bank, who, role="admin"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_revoked_token_is_refused_by_auth_at_once_and_for_money_within_two_seconds(bank: Bank, ending: str) -> None:
    who = _customer(bank, f"{ending}-user")
    if ending == "demoted":
        _change(bank, who, role="employee")
        who = bank.auth.sign_in(f"{ending}-user")
    verifier = bank.ledger.extensions["token_verifier"]
    verifier.start()
    try:
        assert bank.ledger_status(who.access_token) == 200
        ENDINGS[ending](bank, who)
        ended_at = time.monotonic()
        assert bank.auth.profile_status(who) == 401
        while bank.ledger_status(who.access_token) != 401:
            assert time.monotonic() - ended_at < 2
            time.sleep(0.02)
    finally:
        verifier.stop()
        verifier._stopped.clear()


def test_a_new_role_needs_only_a_refresh(bank: Bank) -> None:
    who = _customer(bank, "promising")
    _change(bank, who, role="employee")
    data = bank.auth.refresh(who.refresh_token).json["data"]
    headers = {"Authorization": f"Bearer {data['access_token']}"}
    assert bank.auth.call("GET", "/api/auth/users", headers=headers).status_code == 200


def test_a_disabled_user_can_neither_refresh_nor_sign_in_and_is_welcome_when_enabled_again(bank: Bank) -> None:
    who = _customer(bank, "suspended")
    _change(bank, who, status="disabled")
    assert bank.auth.refresh(who.refresh_token).status_code == 401
    assert bank.auth.login("suspended").status_code == 403
    _change(bank, who, status="active")
    assert bank.auth.refresh(who.refresh_token).status_code == 401
    assert bank.auth.profile_status(bank.auth.sign_in("suspended")) == 200


def test_keys_rotate_while_tokens_already_given_stay_good(tmp_path: Path) -> None:
    with open_auth(tmp_path) as auth:
        auth.register("ada")
        keys, old = auth.context.keys, auth.sign_in("ada")
        (first,) = [key["kid"] for key in keys.key_set()]

        def kid_after(seconds: float) -> str:
            auth.let_pass(seconds)
            keys.rotate(now_us())
            return str(jwt.get_unverified_header(auth.sign_in("ada").access_token)["kid"])

        assert kid_after(30 * DAY_SECONDS - 60) == first
        second = next(key["kid"] for key in keys.key_set() if key["kid"] != first)
        assert kid_after(300) == second
        assert auth.profile_status(old) == 200
        kid_after(3600)
        assert [key["kid"] for key in keys.key_set()] == [second]


def test_published_keys_show_nothing_private(bank: Bank) -> None:
    reply = bank.auth.call("GET", "/api/auth/jwks").json
    assert reply["keys"] == reply["data"]["keys"]
    for key in reply["keys"]:
        assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
