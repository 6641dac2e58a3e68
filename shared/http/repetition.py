"""A request whose write was undone in favour of another server's of a cluster is carried out again from the beginning.

On a cluster that is all that keeps writers at several servers apart (docs/adr/0039), so it is no exception there. Only
while nothing came of the request: what was undone provably did not happen, and then it is as if nobody had asked yet.
"""

import random
import time
from typing import Any

from flask_openapi3 import OpenAPI
from sqlalchemy.exc import DBAPIError

from shared.http.first_act import has_acted
from shared.network.http_client import remaining_seconds
from shared.storage.database_errors import was_undone

LONGEST_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 0.02


class ServiceApplication(OpenAPI):
    """A service's Flask application."""

    def dispatch_request(self, *facts: Any) -> Any:
        """What the route answers. Raises what it raises, where that is not to be tried again."""
        give_up_at = time.monotonic() + min(LONGEST_SECONDS, remaining_seconds(LONGEST_SECONDS))
        while True:
            try:
                return super().dispatch_request(*facts)
            except DBAPIError as error:
                if not self._is_on_a_cluster() or not was_undone(error) or has_acted():
                    raise
                if time.monotonic() >= give_up_at:
                    raise
            time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))  # noqa: S311 (not to meet the same one again)

    def _is_on_a_cluster(self) -> bool:
        return "database" in self.extensions and self.extensions["database"].is_clustered
