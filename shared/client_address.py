"""Where a request comes from: what the gateway proves it saw, else whoever is at the other end of the connection."""

import ipaddress

from flask import request

from shared.access import calling_service
from shared.refusals import Refused
from shared.services import ACCOUNT, AUTH
from shared.tokens import TokenVerifier

CLIENT_ADDRESS_HEADER = "X-Client-Address"
CLIENT_ADDRESS_SCOPE = "client-address"
TOLD_OF_CLIENTS = (AUTH, ACCOUNT)
"""Those that count wrong passwords by address, or have auth do so: the gateway tells them whose request it is."""
NOWHERE = "0.0.0.0"  # noqa: S104 (a value for "not known", nothing listens here)


def client_address(verifier: TokenVerifier) -> str:
    """The address of the client of the request being served.

    A header alone proves nothing: the sender must show its own token.
    """
    return address_in(_claimed(verifier)) or address_in(request.remote_addr) or NOWHERE


def address_in(text: str | None) -> str | None:
    """The address that this text is, in its shortest form; None for what is none."""
    try:
        return str(ipaddress.ip_address(text or "").compressed)
    except ValueError:
        return None


def _claimed(verifier: TokenVerifier) -> str | None:
    given = request.headers.get(CLIENT_ADDRESS_HEADER)
    if given is None:
        return None
    try:
        service = calling_service(verifier)
    except Refused:
        return None
    return given if service is not None and CLIENT_ADDRESS_SCOPE in service.scopes else None
