"""Where a request comes from: what the gateway proves it saw, else whoever is at the other end of the connection."""

import ipaddress

from flask import request

from auth_service.context import Client
from auth_service.login.throttling import network_of
from shared.access import calling_service
from shared.refusals import Refused
from shared.tokens import TokenVerifier

CLIENT_ADDRESS_HEADER = "X-Client-Address"
CLIENT_ADDRESS_SCOPE = "client-address"
_NOWHERE = "0.0.0.0"  # noqa: S104 (a value for "not known", nothing listens here)
_LONGEST_USER_AGENT = 200


def client_of_request(verifier: TokenVerifier) -> Client:
    """The client of the request being served. A header alone proves nothing: the sender must show its own token."""
    address = _address(_claimed(verifier)) or _address(request.remote_addr) or _NOWHERE
    user_agent = request.headers.get("User-Agent", "")[:_LONGEST_USER_AGENT]
    return Client(address, network_of(address), user_agent)


def _claimed(verifier: TokenVerifier) -> str | None:
    given = request.headers.get(CLIENT_ADDRESS_HEADER)
    if given is None:
        return None
    try:
        service = calling_service(verifier)
    except Refused:
        return None
    return given if service is not None and CLIENT_ADDRESS_SCOPE in service.scopes else None


def _address(text: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address(text or "").compressed)
    except ValueError:
        return None
