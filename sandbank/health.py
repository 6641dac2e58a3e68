"""How the bank's services are."""

from typing import Any

from sandbank.answers import Answer
from sandbank.errors import UnavailableError
from sandbank.resource import Resource


class Health(Resource):
    """`/health`."""

    def check(self) -> Answer[dict[str, Any]]:
        """The health of every service, also while the bank is degraded. Raises UnavailableError when none answers."""
        try:
            body = self._client.call("GET", "/health", is_anonymous=True).body
        except UnavailableError as error:
            if "services" not in error.body:
                raise
            body = error.body
        return Answer(body, body)
