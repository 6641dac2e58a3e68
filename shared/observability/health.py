"""`/api/health` of a service: its database and what else it cannot work without."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask, Response, jsonify
from prometheus_client.core import Metric

from shared.identity.access import PUBLIC, access
from shared.observability.readings import add_readings, gauge, readings_of_service
from shared.observability.response_times import RECENT
from shared.observability.restarts import restarts
from shared.services import Service
from shared.storage.disk_space import Storage

Checks = Mapping[str, Callable[[], bool]]


@cache
def bank_version() -> str:
    """The installed version of Sandbank."""
    try:
        return version("sandbank")
    except PackageNotFoundError:
        return "0+source"


def register_health(app: Flask, service: Service, checks: Checks) -> None:
    """Serve `/api/health`: 200 when every check passes, else 503, each by name.

    A full disk degrades a service and does not make it unhealthy: what it holds can still be read, so it stays where
    calls are sent. So does what somebody should look at, of which an app has `concerns`. `reasons` says why.
    """
    app.extensions.setdefault("storage", Storage())
    add_readings(app, lambda: readings_of_service(service, bank_version()))
    add_readings(app, lambda: _readings_of_checks(app, checks))

    @access(PUBLIC)
    def health() -> tuple[Response, int]:
        results = {name: "healthy" if check() else "unhealthy" for name, check in checks.items()}
        reasons = [f"the check of the {name} fails" for name, result in results.items() if result != "healthy"]
        is_healthy = not reasons
        problem = app.extensions["storage"].problem()
        if problem is not None:
            results["storage"] = "unhealthy"
            reasons.append(problem)
        found = (concern() for concern in app.extensions.get("concerns", ()))
        concerns = [concern for concern in found if concern is not None]
        reasons += concerns
        body = {
            "status": "unhealthy" if not is_healthy else "degraded" if problem or concerns else "healthy",
            "service": service.name,
            "version": bank_version(),
            "checks": results,
            "reasons": reasons,
            **facts_of_process(app.extensions.get("lag")),
        }
        return jsonify(body), 200 if is_healthy else 503

    app.add_url_rule("/api/health", view_func=health)


def facts_of_process(lag: Callable[[], dict[str, Any]] | None) -> dict[str, Any]:
    """How quickly this process answered people lately, how often it was started again, and how far it is behind."""
    times = RECENT.times()
    return {
        "response_times": None if times is None else asdict(times),
        "restarts": restarts(),
        "lag": None if lag is None else lag(),
    }


def _readings_of_checks(app: Flask, checks: Checks) -> Iterator[Metric]:
    passing = {name: int(check()) for name, check in checks.items()}
    yield gauge("bank_check_passing", "1 while the check of this name passes", passing, "check")
    free = app.extensions["storage"].free_bytes()
    if free is not None:
        yield gauge("bank_storage_free_bytes", "What is free on the disk that the database lies on", free)
