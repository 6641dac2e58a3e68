"""Where a request comes from: what the gateway proves it saw, else whoever is at the other end of the connection."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from flask import request

from shared.identity.access import SERVICE_AUTHORIZATION, bearer_token
from shared.identity.tokens import TokenVerifier
from shared.refusals import Refused
from shared.services import ACCOUNT, AUTH, REPORTING, SIMULATOR, TRANSACTION

CLIENT_ADDRESS_HEADER = "X-Client-Address"
CLIENT_ADDRESS_SCOPE = "client-address"
TOLD_OF_CLIENTS = (AUTH, ACCOUNT)
"""Those that count wrong passwords by address, or have auth do so: the gateway tells them whose request it is."""
TOLD_WHERE_IT_CAN_BE = (TRANSACTION, SIMULATOR, REPORTING)
"""Those that only write down from where staff change something: for that no request waits for auth."""
NOWHERE = "0.0.0.0"  # noqa: S104 (a value for "not known", nothing listens here)


def client_address(verifier: TokenVerifier) -> str:
    """The address of the client of the request being served."""
    return address_of(request.environ, verifier)


def address_of(environ: Mapping[str, Any], verifier: TokenVerifier) -> str:
    """The address of the client of a request.

    A header alone proves nothing: the sender must show its own token.
    """
    return address_in(_claimed(environ, verifier)) or address_in(environ.get("REMOTE_ADDR")) or NOWHERE


def address_in(text: str | None) -> str | None:
    """The address that this text is, in its shortest form; None for what is none."""
    try:
        return str(ipaddress.ip_address(text or "").compressed)
    except ValueError:
        return None


def _claimed(environ: Mapping[str, Any], verifier: TokenVerifier) -> str | None:
    given = environ.get(_ADDRESS)
    if given is None or _AUTHORIZATION not in environ:
        return None
    try:
        sender = verifier.verify(bearer_token(environ[_AUTHORIZATION]))
    except Refused:
        return None
    return str(given) if sender.is_service and CLIENT_ADDRESS_SCOPE in sender.scopes else None


def _in_environ(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


_ADDRESS, _AUTHORIZATION = _in_environ(CLIENT_ADDRESS_HEADER), _in_environ(SERVICE_AUTHORIZATION)
