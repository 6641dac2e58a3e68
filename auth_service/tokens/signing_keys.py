"""The Ed25519 keys that sign tokens, and when they change. Pure but for the randomness of a new key.

A new key is published before it signs, so that every service has it when its first token arrives; an old one stays
published until the last token it signed has expired.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.identifiers import new_id
from shared.identity.tokens import ALGORITHM, KEYS_POLL_SECONDS, LEEWAY_SECONDS
from shared.time.clock import MICROSECONDS

ANNOUNCED_FOR_US = int(2 * KEYS_POLL_SECONDS) * MICROSECONDS
_RETIREMENT_MARGIN_US = (LEEWAY_SECONDS + 120) * MICROSECONDS
_by_start = attrgetter("signs_from")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair: raw Ed25519 keys in base64url, and the instant (microseconds) from which it signs."""

    kid: str
    private_key: str = field(repr=False)
    public_key: str
    signs_from: int


def generate(signs_from: int) -> SigningKey:
    """A new key pair."""
    private = Ed25519PrivateKey.generate()
    return SigningKey(
        kid=new_id(),
        private_key=_encode(private.private_bytes_raw()),
        public_key=_encode(private.public_key().public_bytes_raw()),
        signs_from=signs_from,
    )


def private_half(key: SigningKey) -> Ed25519PrivateKey:
    """The key to sign with."""
    raw = base64.urlsafe_b64decode(key.private_key + "=" * (-len(key.private_key) % 4))
    return Ed25519PrivateKey.from_private_bytes(raw)


def public_jwk(key: SigningKey) -> dict[str, Any]:
    """The public half as a JWKS lists it (RFC 8037)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": key.public_key, "kid": key.kid, "alg": ALGORITHM, "use": "sig"}


def current(keys: Iterable[SigningKey], now: int) -> SigningKey:
    """The key that signs now: the newest whose time has come. Raises ValueError when there is none."""
    return max((key for key in keys if key.signs_from <= now), key=_by_start)


def next_start(keys: Sequence[SigningKey], now: int, rotation_us: int) -> int | None:
    """When a key that must be made now begins to sign; None when none has to be made yet."""
    if not keys:
        return now
    due = max(keys, key=_by_start).signs_from + rotation_us
    return max(due, now + ANNOUNCED_FOR_US) if now >= due - ANNOUNCED_FOR_US else None


def retired(keys: Iterable[SigningKey], now: int, token_life_us: int) -> list[SigningKey]:
    """Keys whose last token has expired."""
    ordered = sorted(keys, key=_by_start)
    last_needed = now - token_life_us - _RETIREMENT_MARGIN_US
    return [key for key, successor in pairwise(ordered) if successor.signs_from < last_needed]


def verifies_until(keys: Iterable[SigningKey], key: SigningKey, token_life_us: int) -> int | None:
    """Until when a key's tokens are believed; None for as long as no other follows it."""
    followers = [other.signs_from for other in keys if other.signs_from > key.signs_from]
    return min(followers) + token_life_us + _RETIREMENT_MARGIN_US if followers else None


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
