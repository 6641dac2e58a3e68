"""The services as the gateway reaches them. The proxy and the pages have one `Upstream` for each address between them,
so that all who wait for one service are counted together.
"""

from gateway.proxy.upstream import Upstream
from shared import services, settings
from shared.network.discovery import Discovery
from shared.services import Service


class Upstreams:
    """Thread-safe. No more than three quarters of the gateway's threads wait for a service that says nothing."""

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self._known: dict[str, Upstream] = {}

    def of(self, service: Service) -> Upstream:
        """The address of one of the service's instances, with what is known of it."""
        url = self._discovery.url(service)
        upstream = self._known.get(url)
        if upstream is None:
            most_waiting = settings.threads(services.GATEWAY) * 3 // 4
            upstream = self._known.setdefault(url, Upstream(url, most_waiting=most_waiting))
        return upstream

    def close(self) -> None:
        """Close the idle connections to the services."""
        for upstream in self._known.values():
            upstream.close()
