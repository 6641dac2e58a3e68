"""Tokens that nobody at auth ever signed, or that no longer hold: each a way in that must stay shut."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.identifiers import new_id
from shared.identity.tokens import AUDIENCE, ISSUER, LEEWAY_SECONDS
from tests.keys import SigningKeys

_ORDER_OF_ED25519 = 2**252 + 27742317777372353535851937790883648493
_BEYOND_LEEWAY = LEEWAY_SECONDS + 5
_KIDS = (
    "../../../../../../dev/null",
    "/dev/null",
    "file:///dev/null",
    "' UNION SELECT 'AAAA' --",
    "| cat /etc/passwd",
    "\u0000",
    "",
    "0" * 3000,
    0,
    None,
    True,
    [],
    {"kid": "a"},
)


def claims(**changes: object) -> dict[str, Any]:
    """An administrator's claims as auth writes them; a change to None takes a claim away."""
    now = time.time()
    usual = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": new_id(),
        "role": "admin",
        "scope": "bank:simulate feed:read users:read ledger:accounts",
        "sid": new_id(),
        "username": "mallory",
        "iat": now,
        "exp": now + 900,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def encoded(content: object) -> str:
    """JSON (or raw bytes) as a segment of a JWT."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(keys: SigningKeys, header: dict[str, Any], content: object) -> str:
    """A token truly signed with the bank's key: only its header or its claims are wrong."""
    body = f"{encoded({'alg': 'EdDSA', 'kid': keys.kid, **header})}.{encoded(content)}"
    return f"{body}.{encoded(keys.private_key.sign(body.encode()))}"


def _with_hmac(header: dict[str, Any], secret: bytes, digest: str = "sha256") -> str:
    body = f"{encoded(header)}.{encoded(claims())}"
    return f"{body}.{encoded(hmac.new(secret, body.encode(), getattr(hashlib, digest)).digest())}"


def _unsigned(keys: SigningKeys) -> Iterator[tuple[str, str]]:
    for name in ("none", "None", "NONE", "nOnE", ""):
        yield f"alg {name!r} without a signature", f"{encoded({'alg': name, 'kid': keys.kid})}.{encoded(claims())}."
    header, payload, signature = keys.token(new_id(), role="admin").split(".")
    yield "alg none with a true signature", f"{encoded({'alg': 'none', 'kid': keys.kid})}.{payload}.{signature}"
    yield "no alg", f"{encoded({'kid': keys.kid})}.{payload}.{signature}"
    yield "signature cut off", f"{header}.{payload}."
    yield "signature missing", f"{header}.{payload}"
    yield "signature of zeros", f"{header}.{payload}.{encoded(bytes(64))}"
    yield "claims changed after signing", f"{header}.{encoded(claims())}.{signature}"
    yield "header changed after signing", f"{encoded({'alg': 'EdDSA', 'kid': keys.kid, 'x': 1})}.{payload}.{signature}"
    raw = base64.urlsafe_b64decode(signature + "==")
    malleable = int.from_bytes(raw[32:], "little") + _ORDER_OF_ED25519
    yield "signature plus the order", f"{header}.{payload}.{encoded(raw[:32] + malleable.to_bytes(32, 'little'))}"


def _confused(keys: SigningKeys) -> Iterator[tuple[str, str]]:
    """HMAC with what everybody can read, in each form in which it might be taken for a secret."""
    public = keys.private_key.public_key()
    (published,) = keys.key_set()
    secrets = {
        "the public key in PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "the public key in DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "the public key raw": public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        "the published x": published["x"].encode(),
        "the published key": json.dumps(published).encode(),
        "nothing": b"",
    }
    for name, secret in secrets.items():
        yield f"HS256 with {name}", _with_hmac({"alg": "HS256", "kid": keys.kid}, secret)
        yield f"HS256 with {name}, called EdDSA", _with_hmac({"alg": "EdDSA", "kid": keys.kid}, secret)
    yield "HS512 with the key id", _with_hmac({"alg": "HS512", "kid": keys.kid}, keys.kid.encode(), "sha512")


def _own_keys(keys: SigningKeys, trap: str) -> Iterator[tuple[str, str]]:
    """Signed by a key of the attacker's, which the header recommends."""
    mine = SigningKeys()
    (jwk,) = mine.key_set()
    for kid in (keys.kid, mine.kid):
        known = "known" if kid == keys.kid else "unknown"
        yield f"own key, {known} kid", signed(mine, {"kid": kid}, claims())
        yield f"own key in jwk, {known} kid", signed(mine, {"kid": kid, "jwk": {**jwk, "kid": kid}}, claims())
        for name in ("jku", "x5u"):
            yield f"{name} to an own key set, {known} kid", signed(mine, {"kid": kid, name: trap}, claims())
    yield "x5c with an own key", signed(mine, {"kid": keys.kid, "x5c": [encoded(b"certificate")]}, claims())
    others: dict[str, Any] = {"ES256": new_ec_key(SECP256R1()), "RS256": new_rsa_key(65537, 2048)}
    for algorithm, key in others.items():
        yield f"own {algorithm} key", jwt.encode(claims(), key, algorithm, headers={"kid": keys.kid})
    for kid in _KIDS:
        yield f"kid {kid!r:.30}, HS256 with nothing", _with_hmac({"alg": "HS256", "kid": kid}, b"")
        yield f"kid {kid!r:.30}, own key", signed(mine, {"kid": kid}, claims())


def _broken_promises(keys: SigningKeys) -> Iterator[tuple[str, str]]:
    """Truly signed, and still not good here or now."""
    now = time.time()
    wrong: dict[str, dict[str, object]] = {
        "not yet valid": {"nbf": now + _BEYOND_LEEWAY},
        "issued in the future": {"iat": now + _BEYOND_LEEWAY},
        "of another issuer": {"iss": "https://elsewhere.example"},
        "of no issuer": {"iss": None},
        "of an issuer that is a list": {"iss": [ISSUER]},
        "for another audience": {"aud": "elsewhere"},
        "for no audience": {"aud": None},
        "that never expires": {"exp": None},
        "that expires never, in words": {"exp": "never"},
        "issued never": {"iat": None},
        "of nobody": {"sub": None},
        "of a number": {"sub": 1},
        "without a role": {"role": None},
    }
    for name, change in wrong.items():
        yield f"a token {name}", signed(keys, {}, claims(**change))
    yield "claims that are a list", signed(keys, {}, [claims()])
    yield "claims that are not JSON", signed(keys, {}, b"role=admin")
    yield "a critical header that nobody understands", signed(keys, {"crit": ["bank"], "bank": 1}, claims())


def _noise(keys: SigningKeys) -> Iterator[tuple[str, str]]:
    good = keys.token(new_id(), role="admin")
    yield "one word", "admin"
    yield "dots", ".."
    yield "five segments", f"{good}.a.b"
    yield "a token twice", f"{good},{good}"
    yield "a token after a token", f"{good} {good}"
    yield "a quoted token", f'"{good}"'
    yield "a bearer of a bearer", f"Bearer {good}"
    yield "not base64", "!!!.###.$$$"
    yield "latin letters with accents", "é.é.é"
    yield "a bottomless header", f"{encoded(b'[' * 5_000)}.e30.AAAA"
    yield "bottomless claims", signed(keys, {}, b'{"role":' * 700)
    yield "a header with a number of 5,000 digits", encoded(b'{"alg":' + b"9" * 5_000 + b"}") + ".e30.AAAA"
    yield "a header that is no UTF-8", f"{encoded(bytes([255, 254, 253]))}.e30.AAAA"
    yield "100,000 letters", "A" * 100_000


def forged_tokens(keys: SigningKeys, trap: str) -> Iterator[tuple[str, str]]:
    """Names and tokens. `trap` is an address that must never be asked for a key."""
    makers: tuple[Callable[[SigningKeys], Iterator[tuple[str, str]]], ...] = (
        _unsigned,
        _confused,
        _broken_promises,
        _noise,
    )
    for make in makers:
        yield from make(keys)
    yield from _own_keys(keys, trap)


def expired_token(keys: SigningKeys) -> str:
    """A token whose time ran out, leeway included."""
    return signed(keys, {}, claims(iat=time.time() - 1000, exp=time.time() - _BEYOND_LEEWAY))
