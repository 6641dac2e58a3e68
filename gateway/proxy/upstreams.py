"""The services as the gateway reaches them. The proxy and the pages have one `Upstream` for each address between them,
so that all who wait for one service are counted together.
"""

import time
from collections.abc import Callable

from gateway.proxy.upstream import OutgoingRequest, Upstream, UpstreamAwayError, UpstreamBusyError
from gateway.proxy.upstream_reply import Reply, UpstreamBrokeError
from shared import services, settings
from shared.network.discovery import Discovery
from shared.services import Service


class Upstreams:
    """Thread-safe. No more than three quarters of the gateway's threads wait for a service that says nothing."""

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self._known: dict[str, Upstream] = {}

    def send(self, service: Service, request_to: Callable[[Upstream], OutgoingRequest], seconds: float) -> Reply:
        """Send what `request_to` makes for an instance of the service.

        One that cannot be reached has seen nothing of the request, so another is asked where there is one. So it is,
        once, when an instance breaks off and the request changes nothing. Raises what `Upstream.send` raises.
        """
        deadline = time.monotonic() + seconds
        upstream = self.of(service)
        may_ask_again = True
        while True:
            request = request_to(upstream)
            try:
                return upstream.send(request, deadline - time.monotonic())
            except UpstreamBusyError:  # it is there: were it passed over, the others would have its load too
                raise
            except UpstreamAwayError:
                other = self._discovery.instead_of(upstream.url, service)
                if other is None:
                    raise
            except UpstreamBrokeError:
                other = self._discovery.instead_of(upstream.url, service) if may_ask_again else None
                if other is None or not request.is_repeatable:
                    raise
                may_ask_again = False
            upstream = self._at(other)

    def of(self, service: Service) -> Upstream:
        """The address of one of the service's instances, with what is known of it."""
        return self._at(self._discovery.url(service))

    def _at(self, url: str) -> Upstream:
        upstream = self._known.get(url)
        if upstream is None:
            most_waiting = settings.threads(services.GATEWAY) * 3 // 4
            upstream = self._known.setdefault(url, Upstream(url, most_waiting=most_waiting))
        return upstream

    def close(self) -> None:
        """Close the idle connections to the services."""
        for upstream in self._known.values():
            upstream.close()
