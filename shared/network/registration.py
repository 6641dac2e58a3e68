"""A server's place in Consul: taken when it serves, taken again when the agent forgot it, given back at the stop."""

import contextlib
import socket
import threading

import structlog

from shared.network import consul_agent
from shared.network.addresses import is_everywhere, own_address_towards
from shared.observability.logs import cause_of
from shared.services import Service

logger = structlog.get_logger(__name__)

RENEW_SECONDS = 10.0
"""How often the agent is asked whether it still knows us. An agent that starts anew knows nobody."""


class Registration:
    """Does nothing without Consul. The agent being slow or away holds up nobody: a thread of its own does the calls."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._over = threading.Event()
        self._id: str | None = None
        self._thread = threading.Thread(target=self._keep, name="consul-registration", daemon=True)

    def begin(self) -> None:
        """The server is ready."""
        if consul_agent.is_used():
            self._thread.start()

    def end(self) -> None:
        """The server stops. Consul being away is no reason to stop badly."""
        self._over.set()
        if self._thread.ident is None:
            return
        self._thread.join(2 * consul_agent.TIMEOUT_SECONDS)
        if self._id is not None:
            with contextlib.suppress(consul_agent.ConsulAwayError):
                consul_agent.deregister(self._id)

    def _keep(self) -> None:
        is_away = False
        while True:
            try:
                self._renew()
                is_away = False
            except (consul_agent.ConsulAwayError, OSError) as error:
                if not is_away:
                    logger.warning("consul_registration_failed", cause=cause_of(error))
                is_away = True
            if self._over.wait(1.0 if is_away else RENEW_SECONDS):
                return

    def _renew(self) -> None:
        if self._id is not None and consul_agent.has(self._id):
            return
        host, port = self._service.host, self._service.port
        if is_everywhere(host):  # which is nowhere to call
            host = own_address_towards(*consul_agent.address())
        registration = f"{self._service.name}-{socket.gethostname()}-{host}-{port}".replace(":", "-")
        consul_agent.register(self._service.name, registration, host, port, health_path="/api/health")
        self._id = registration
        logger.info("registered", registration=registration)
