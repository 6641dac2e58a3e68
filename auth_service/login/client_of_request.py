"""Who is at the other end of a request: the address as far as it is proved, and what the browser calls itself."""

from flask import request

from auth_service.context import Client
from auth_service.login.throttling import network_of
from shared.identity.client_address import client_address
from shared.identity.tokens import TokenVerifier

_LONGEST_USER_AGENT = 200


def client_of_request(verifier: TokenVerifier) -> Client:
    """The client of the request being served."""
    address = client_address(verifier)
    user_agent = request.headers.get("User-Agent", "")[:_LONGEST_USER_AGENT]
    return Client(address, network_of(address), user_agent)
