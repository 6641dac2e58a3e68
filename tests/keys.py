"""A key set of the tests' own: signs the tokens that a service under test then verifies for real."""

import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from shared.identifiers import new_id
from shared.identity.tokens import ALGORITHM, AUDIENCE, ISSUER


class SigningKeys:
    """Stands where auth stands (`shared.identity.tokens.KeySource`), with one generated Ed25519 key."""

    def __init__(self) -> None:
        self.kid = new_id()
        self.private_key = Ed25519PrivateKey.generate()
        self.revoked: list[dict[str, Any]] = []
        self.published: Callable[[], list[dict[str, Any]]] = list
        """The keys of an auth that is there too: it may be told to sign with another one."""

    def key_set(self) -> list[dict[str, Any]]:
        """The public half, as a JWKS lists it."""
        key: dict[str, Any] = OKPAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        own = {**key, "kid": self.kid, "alg": ALGORITHM, "use": "sig"}
        return [own, *(other for other in self.published() if other["kid"] != self.kid)]

    def revocations(self, after: int) -> list[dict[str, Any]]:
        """What the test has revoked."""
        return [row for row in self.revoked if row["position"] > after]

    def token(
        self,
        user_id: str,
        *,
        role: str = "customer",
        scope: str = "",
        session_id: str | None = None,
        life_seconds: int = 900,
        **claims: object,
    ) -> str:
        """A signed access token; `claims` replace or add to the usual ones."""
        now = time.time()
        content = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "role": role,
            "scope": scope,
            "sid": session_id or new_id(),
            "username": f"user-{user_id[:8]}",
            "iat": now,
            "exp": now + life_seconds,
            **claims,
        }
        return jwt.encode(content, self.private_key, algorithm=ALGORITHM, headers={"kid": self.kid})

    def headers(self, user_id: str, **options: Any) -> dict[str, str]:
        """The Authorization header with such a token."""
        return {"Authorization": f"Bearer {self.token(user_id, **options)}"}
