"""What an access token says of a person or a service."""

from collections.abc import Iterable
from typing import Any

from auth_service.models import User
from shared.enums import Role
from shared.identity.access import ACQUIRE, SIMULATE
from shared.identity.tokens import AUDIENCE, ISSUER
from shared.time.clock import MICROSECONDS


def of_person(user: User, session_id: str, *, issued_at: int, life_seconds: int, is_production: bool) -> dict[str, Any]:
    """The claims of a person's token. `issued_at` (microseconds) is taken inside the transaction that read the session,
    so that a revocation which commits later always covers the token.
    """
    scopes = (SIMULATE, ACQUIRE) if user.role == Role.ADMIN and not is_production else ()
    claims = _claims(user.id, user.role, scopes, issued_at, life_seconds)
    return {**claims, "sid": session_id, "username": user.username}


def of_service(client_id: str, scopes: Iterable[str], *, issued_at: int, life_seconds: int) -> dict[str, Any]:
    """The claims of a service's own token."""
    return {**_claims(client_id, "service", scopes, issued_at, life_seconds), "username": client_id}


def expires_at(issued_at: int, life_seconds: int) -> int:
    """The `exp` claim: whole seconds since the epoch."""
    return issued_at // MICROSECONDS + life_seconds


def _claims(subject: str, role: str, scopes: Iterable[str], issued_at: int, life_seconds: int) -> dict[str, Any]:
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "role": role,
        "scope": " ".join(scopes),
        "iat": issued_at / MICROSECONDS,
        "exp": expires_at(issued_at, life_seconds),
    }
