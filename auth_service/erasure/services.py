"""The services that keep something of people, in the order in which they forget it."""

from collections.abc import Callable

from shared import services
from shared.network.discovery import Discovery
from shared.network.http_client import ServiceClient
from shared.privacy.erasure import PATH
from shared.services import Service

FIRST = services.ACCOUNT
"""Whether a person can be erased at all, this one says: as long as an account lives, nothing is forgotten."""
OTHERS = (services.REPORTING, services.NOTIFICATION, services.TRANSACTION, services.SIMULATOR)
_TIMEOUT_SECONDS = 20.0


class Forgetting:
    """Calls each of them with our own token. Every call may raise Refused; all are safe to repeat."""

    def __init__(self, discovery: Discovery, token: Callable[[], str]) -> None:
        self._clients = {service: ServiceClient(service, discovery) for service in (FIRST, *OTHERS)}
        self._token = token

    def check(self, user_id: str) -> None:
        """Whether nothing stands in the way. Raises Refused: 409 while an account lives, 503."""
        self._clients[FIRST].call("GET", _path(user_id), token=self._token(), timeout_seconds=_TIMEOUT_SECONDS)

    def erase(self, service: Service, user_id: str) -> None:
        """Have this service forget the person."""
        self._clients[service].call("PUT", _path(user_id), token=self._token(), timeout_seconds=_TIMEOUT_SECONDS)


def _path(user_id: str) -> str:
    return PATH.replace("<user_id>", user_id)
