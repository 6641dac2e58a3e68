"""One OpenAPI document for the whole bank, made of what each service says of itself."""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import urllib3

from gateway.api_document import Document, merged
from shared import services
from shared.network.discovery import Discovery
from shared.services import Service

CONNECT_SECONDS = 2.0
MAKING_SECONDS = 15.0
"""A service makes its document when it is first asked for it, which takes a while on a busy machine."""
CACHE_SECONDS = 5.0


class ApiDescription:
    """Call it for the merged document. A service that is away is described as it last was.

    While one request asks the services again, others are answered with what was known.
    """

    def __init__(self, discovery: Discovery, backends: Iterable[Service] = services.BACKENDS) -> None:
        self._discovery = discovery
        self._backends = tuple(backends)
        self._http = urllib3.PoolManager(num_pools=32, maxsize=1, retries=False)
        self._lock = threading.Lock()
        self._documents: dict[Service, Document] = {}
        self._merged: Document = {}
        self._known_until = 0.0

    def __call__(self) -> Document:
        if time.monotonic() >= self._known_until and self._lock.acquire(blocking=not self._merged):
            try:
                if time.monotonic() >= self._known_until:
                    self._ask_again()
            finally:
                self._lock.release()
        return self._merged

    def close(self) -> None:
        """End the connections."""
        self._http.clear()

    def _ask_again(self) -> None:
        with ThreadPoolExecutor(len(self._backends)) as executor:
            answers = list(executor.map(self._ask, self._backends))
        for service, document in zip(self._backends, answers, strict=True):
            if document is not None:
                self._documents[service] = document
        known = [service for service in self._backends if service in self._documents]
        self._merged = merged({service: self._documents[service] for service in known})
        self._known_until = time.monotonic() + CACHE_SECONDS

    def _ask(self, service: Service) -> Document | None:
        try:
            timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=MAKING_SECONDS)
            url = f"{self._discovery.url(service)}/openapi.json"
            reply = self._http.request("GET", url, timeout=timeout)
            document: Document | None = reply.json() if reply.status == 200 else None
        except (urllib3.exceptions.HTTPError, ValueError):
            return None
        return document
