"""Forged, foreign, stale and revoked tokens open nothing, at any service directly (catalogue 38, 40, 41)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from jwt.algorithms import OKPAlgorithm
from sqlalchemy import select

from account_service.app import create_app as create_accounts
from account_service.settings import Settings as AccountSettings
from auth_service import models, signing_keys
from auth_service.signing_keys import SigningKey
from shared.clock import now_us
from shared.tokens import ALGORITHM
from simulator_service.app import create_app as create_simulator
from simulator_service.settings import Settings as SimulatorSettings
from tests.auth_bank import AuthUnderTest, SignedIn, open_auth
from transaction_service.app import create_app as create_ledger
from transaction_service.settings import Settings as LedgerSettings

DAY_SECONDS = 86_400
PRIVATE_PATHS = {
    "auth": "/api/auth/profile",
    "account": "/api/accounts/list",
    "transaction": "/api/transactions/list",
    "simulator": "/api/simulator/status",
}


class Bank:
    """Auth, and the other services' real apps verifying against its real keys. One administrator is signed in."""

    def __init__(self, auth: AuthUnderTest, apps: Mapping[str, Flask]) -> None:
        self.auth = auth
        self.apps = apps
        self.admin = auth.admin()
        with auth.desk.database.read() as connection:
            columns = [models.signing_keys.c[name] for name in ("kid", "private_key", "public_key", "signs_from")]
            self.key = SigningKey(*connection.execute(select(*columns)).one())

    @property
    def claims(self) -> dict[str, Any]:
        """The claims of the administrator's good token."""
        claims: dict[str, Any] = jwt.decode(self.admin.access_token, options={"verify_signature": False})
        return claims

    def signed(self, **changes: Any) -> str:
        """A token with auth's own key and these claims changed; None takes one out."""
        claims = {name: value for name, value in {**self.claims, **changes}.items() if value is not None}
        key = signing_keys.private_half(self.key)
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": self.key.kid})

    def status(self, service: str, token: str, **headers: str) -> int:
        """What the service answers to the token."""
        sent = {"Authorization": f"Bearer {token}", **headers}
        return self.apps[service].test_client().get(PRIVATE_PATHS[service], headers=sent).status_code


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("bank")
    with ExitStack() as opened:
        auth = opened.enter_context(open_auth(folder))
        keys = auth.desk.keys
        ledger = create_ledger(LedgerSettings(f"sqlite:///{folder / 'ledger.db'}", reconcile_seconds=0), keys=keys)
        opened.callback(ledger.extensions["ledger"].commits.close)
        apps = {
            "auth": auth.app,
            "account": create_accounts(AccountSettings(f"sqlite:///{folder / 'accounts.db'}"), keys=keys, token=str),
            "transaction": ledger,
            "simulator": create_simulator(
                SimulatorSettings(f"sqlite:///{folder / 'simulator.db'}", engine_lock=folder / "engine.lock"), keys=keys
            ),
        }
        yield Bank(auth, apps)


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _hmac_signed(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    text = f"{_part(header)}.{_part(claims)}"
    mac = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _confused(bank: Bank, encoding: Encoding | None) -> str:
    """Signed with HMAC, the public key being the secret."""
    public = signing_keys.private_half(bank.key).public_key()
    if encoding is None:
        key = json.dumps(signing_keys.public_jwk(bank.key)).encode()
    elif encoding is Encoding.Raw:
        key = public.public_bytes_raw()
    else:
        key = public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    return _hmac_signed({"alg": "HS256", "typ": "JWT", "kid": bank.key.kid}, bank.claims, key)


def _foreign(bank: Bank, **header: Any) -> str:
    """Signed by somebody else's key, with these things in the header."""
    key = Ed25519PrivateKey.generate()
    if header.pop("with_jwk", False):
        header["jwk"] = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwt.encode(bank.claims, key, algorithm=ALGORITHM, headers={"kid": bank.key.kid, **header})


def _tampered(bank: Bank) -> str:
    head, _, signature = bank.signed(role="customer").split(".")
    return f"{head}.{_part(bank.claims)}.{signature}"


FORGERIES: dict[str, Callable[[Bank], str]] = {
    "alg none": lambda bank: jwt.encode(bank.claims, None, algorithm="none", headers={"kid": bank.key.kid}),
    "alg nOnE": lambda bank: f"{_part({'alg': 'nOnE', 'kid': bank.key.kid})}.{_part(bank.claims)}.",
    "no signature": lambda bank: bank.signed().rpartition(".")[0] + ".",
    "two parts": lambda bank: bank.signed().rpartition(".")[0],
    "HMAC with the public key, raw": lambda bank: _confused(bank, Encoding.Raw),
    "HMAC with the public key, PEM": lambda bank: _confused(bank, Encoding.PEM),
    "HMAC with the public key, JWK": lambda bank: _confused(bank, None),
    "somebody else's key under our kid": _foreign,
    "unknown kid": lambda bank: _foreign(bank, kid="01890000-0000-7000-8000-000000000000"),
    "kid leads to a file": lambda bank: _foreign(bank, kid="../../../../dev/null"),
    "kid with SQL": lambda bank: _foreign(bank, kid="x' UNION SELECT 'AA' --"),
    "kid leads to a file, empty HMAC key": lambda bank: _hmac_signed(
        {"alg": "HS256", "kid": "/dev/null"}, bank.claims, b""
    ),
    "kid is a list": lambda bank: _hmac_signed({"alg": "EdDSA", "kid": [bank.key.kid]}, bank.claims, b"x"),
    "jku": lambda bank: _foreign(bank, kid="evil", jku="http://127.0.0.1:9/jwks.json"),
    "x5u": lambda bank: _foreign(bank, kid="evil", x5u="http://127.0.0.1:9/cert.pem"),
    "jwk in the header": lambda bank: _foreign(bank, with_jwk=True),
    "jwk in the header, its own kid": lambda bank: _foreign(bank, kid="evil", with_jwk=True),
    "changed after signing": _tampered,
    "not yet valid": lambda bank: bank.signed(nbf=time.time() + 60),
    "issued in the future": lambda bank: bank.signed(iat=time.time() + 60),
    "wrong issuer": lambda bank: bank.signed(iss="https://accounts.example"),
    "no issuer": lambda bank: bank.signed(iss=None),
    "wrong audience": lambda bank: bank.signed(aud="another-bank"),
    "no audience": lambda bank: bank.signed(aud=None),
    "never expires": lambda bank: bank.signed(exp=None),
    "no subject": lambda bank: bank.signed(sub=None),
    "no role": lambda bank: bank.signed(role=None),
    "a refresh token": lambda bank: bank.admin.refresh_token,
    "nothing of the kind": lambda _: "Bearer",
    "very long": lambda _: "A" * 5000,
    "broken base64": lambda _: "e30.e30.!!!",
    "not JSON": lambda _: "bm90.anNvbg.eA",
}


@pytest.mark.parametrize("service", PRIVATE_PATHS)
def test_a_good_token_opens_every_service(bank: Bank, service: str) -> None:
    assert bank.status(service, bank.admin.access_token) == 200
    assert bank.status(service, bank.signed()) == 200


@pytest.mark.parametrize("service", PRIVATE_PATHS)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_opens_no_service(bank: Bank, service: str, forgery: str) -> None:
    assert bank.status(service, FORGERIES[forgery](bank)) == 401


@pytest.mark.parametrize("service", PRIVATE_PATHS)
def test_an_expired_token_is_told_apart_so_that_it_can_be_refreshed(bank: Bank, service: str) -> None:
    now = time.time()
    headers = {"Authorization": f"Bearer {bank.signed(iat=now - 1000, exp=now - 100)}"}
    reply = bank.apps[service].test_client().get(PRIVATE_PATHS[service], headers=headers)
    assert (reply.status_code, reply.json["error_code"]) == (401, "TOKEN_EXPIRED")


@pytest.mark.parametrize("service", PRIVATE_PATHS)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YWRtaW46YWRtaW4=", "Token x", "Bearer a b"])
def test_anything_but_a_bearer_token_is_refused(bank: Bank, service: str, header: str) -> None:
    reply = bank.apps[service].test_client().get(PRIVATE_PATHS[service], headers={"Authorization": header})
    assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("service", PRIVATE_PATHS)
def test_headers_that_say_who_one_is_have_no_effect(bank: Bank, service: str) -> None:
    spoofed = {
        "X-User-Id": bank.admin.user_id,
        "X-Role": "admin",
        "X-Scope": "bank:simulate",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-User": "admin",
        "X-Original-URL": "/api/health",
        "X-HTTP-Method-Override": "OPTIONS",
        "X-Service-Authorization": f"Bearer {bank.admin.access_token}",
    }
    app = bank.apps[service]
    assert app.test_client().get(PRIVATE_PATHS[service], headers=spoofed).status_code == 401
    customer = bank.signed(role="customer", scope="")
    with_token = {**spoofed, "Authorization": f"Bearer {customer}"}
    for path in {"auth": "/api/auth/users", "simulator": "/api/simulator/status"}.values():
        owner = bank.apps["auth" if "auth" in path else "simulator"]
        assert owner.test_client().get(path, headers=with_token).status_code == 403


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
    verifier = bank.apps["transaction"].extensions["token_verifier"]
    verifier.start()
    try:
        assert bank.status("transaction", who.access_token) == 200
        ENDINGS[ending](bank, who)
        ended_at = time.monotonic()
        assert bank.status("auth", who.access_token) == 401
        while bank.status("transaction", who.access_token) != 401:
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
        keys, old = auth.desk.keys, auth.sign_in("ada")
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
