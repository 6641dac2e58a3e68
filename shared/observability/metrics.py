"""Prometheus metrics of HTTP requests, at `/metrics` on the service's own port."""

import os
from functools import cache

from flask import Flask, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from shared.identity.access import PUBLIC, access
from shared.observability import tracing
from shared.observability.harmless import harmless
from shared.observability.machine_requests import is_of_machines
from shared.observability.readings import read_all
from shared.observability.response_times import RECENT

# What they were begun at would be a series more for each, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]
REQUESTS = Counter("http_requests_total", "HTTP requests answered", ["method", "endpoint", "status"])
SECONDS = Histogram(
    "http_request_seconds",
    "Time from the request's arrival to its reply",
    ["endpoint"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@harmless
def observe(method: str, endpoint: str | None, status: int, seconds: float, *, path: str) -> None:
    """Count a request that has been answered; no endpoint: of a path that there is not."""
    known = method if method in _METHODS else "other"  # a stranger's word must not become a series
    answered, took = _series(known, endpoint or "unknown", status)
    tracing.name(endpoint or "unknown", status)
    answered.inc()
    took.observe(seconds)
    if endpoint is not None and not is_of_machines(path):
        RECENT.note(seconds)


@cache
def _series(method: str, endpoint: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, endpoint, status), SECONDS.labels(endpoint)


def register_metrics(app: Flask) -> None:
    """Serve `/metrics`, summed over all workers of the service."""

    @access(PUBLIC)
    def metrics() -> Response:
        registry = REGISTRY
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry) + read_all(app), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule("/metrics", view_func=metrics)
