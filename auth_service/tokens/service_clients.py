"""The bank's own services as clients of auth, and what each may do. Pure."""

import hmac
from collections.abc import Mapping

SCOPES: Mapping[str, tuple[str, ...]] = {
    "api-gateway": ("client-address", "faults:provoke", "revocations:read"),
    "account-service": (
        "users:read",
        "passwords:check",
        "ledger:accounts",
        "ledger:clock",
        "feed:read",
        "revocations:read",
    ),
    "transaction-service": ("users:read", "logs:read", "revocations:read"),
    "simulator-service": ("bank:simulate", "bank:reset", "cards:acquire", "users:read", "revocations:read"),
    "reporting-service": (
        "feed:read",
        "users:read",
        "accounts:read",
        "ledger:read",
        "ledger:clock",
        "inbox:read",
        "worlds:read",
        "people:read",
        "revocations:read",
    ),
    "notification-service": ("feed:read", "revocations:read"),
}

OWN_SCOPES = ("ledger:clock", "people:erase")
"""What auth itself may do at the others. It signs its own tokens and is nobody's client here."""


def scopes_of(client_id: str, given_secret: str, secrets: Mapping[str, str]) -> tuple[str, ...] | None:
    """What this client may do; None when it is unknown or its secret is wrong."""
    known = client_id in SCOPES and bool(secrets.get(client_id))
    expected = secrets[client_id] if known else "no such client"
    is_right = hmac.compare_digest(given_secret.encode("utf-8", "replace"), expected.encode())
    return SCOPES[client_id] if known and is_right else None
