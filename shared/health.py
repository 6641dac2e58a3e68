"""`/api/health` of a service: its database and what else it cannot work without."""

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

from flask import Flask, Response, jsonify

from shared.access import PUBLIC, access
from shared.services import Service

Checks = Mapping[str, Callable[[], bool]]


def bank_version() -> str:
    """The installed version of Sandbank."""
    try:
        return version("sandbank")
    except PackageNotFoundError:
        return "0+source"


def register_health(app: Flask, service: Service, checks: Checks) -> None:
    """Serve `/api/health`: 200 when every check passes, else 503, each by name."""

    @access(PUBLIC)
    def health() -> tuple[Response, int]:
        results = {name: "healthy" if check() else "unhealthy" for name, check in checks.items()}
        is_healthy = all(result == "healthy" for result in results.values())
        body = {
            "status": "healthy" if is_healthy else "unhealthy",
            "service": service.name,
            "version": bank_version(),
            "checks": results,
        }
        return jsonify(body), 200 if is_healthy else 503

    app.add_url_rule("/api/health", view_func=health)
