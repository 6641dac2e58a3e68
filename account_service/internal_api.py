"""How this service asks another: with its own token, for a limited time."""

from collections.abc import Callable

import structlog

from shared.network.discovery import Discovery
from shared.network.http_client import Answer, ServiceClient
from shared.observability.logs import cause_of
from shared.refusals import UNAVAILABLE, Refused
from shared.services import Service

logger = structlog.get_logger(__name__)

# A change that got no answer is carried out again by the recoverer, so there is no point in waiting long.
TIMEOUT_SECONDS = 5.0


class InternalAPI:
    """Asks one service under one path, as ourselves."""

    def __init__(self, service: Service, path: str, discovery: Discovery, token: Callable[[], str]) -> None:
        self._service = service
        self._client = ServiceClient(service, discovery)
        self._path = path
        self._token = token

    def __call__(self, method: str, path: str, payload: object = None) -> Answer:
        """Make one call.

        Raises Refused: the other's refusal, 503 or 504. A refusal of our own token is an outage to whoever asked us:
        their own token is in order.
        """
        try:
            return self._client.call(
                method, self._path + path, token=self._token(), payload=payload, timeout_seconds=TIMEOUT_SECONDS
            )
        except Refused as refused:
            if refused.refusal.status not in (401, 403):
                raise
            logger.error("own_token_refused", service=self._service.name, path=path, cause=cause_of(refused))
            raise Refused(UNAVAILABLE) from None
