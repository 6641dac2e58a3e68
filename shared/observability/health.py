"""`/api/health` of a service: its database and what else it cannot work without."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from flask import Flask, Response, jsonify

from shared.identity.access import PUBLIC, access
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
        }
        return jsonify(body), 200 if is_healthy else 503

    app.add_url_rule("/api/health", view_func=health)
