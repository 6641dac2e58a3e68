"""The health check of a container: ends well when the service in it says that it is healthy.

The gateway speaks for all services; its own container is healthy when it is itself.
"""

import http.client
import json
import os
import sys
from typing import Any

from shared.services import GATEWAY, Service, service_named

TIMEOUT_SECONDS = 3.0
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 (compared with, not listened on)


def is_healthy(service: Service, host: str) -> bool:
    """Whether the service at this address says so; raises OSError or ValueError when it says nothing of use."""
    connection = http.client.HTTPConnection(host, service.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health" if service == GATEWAY else "/api/health")
        told: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    status = told.get("services", {}).get(service.name) if service == GATEWAY else told.get("status")
    return bool(status == "healthy")


def main() -> int:
    """0 when it is, 1 when not."""
    service = service_named(os.environ["SANDBANK_SERVICE"])
    host = os.environ.get(f"{service.env_prefix}_HOST", "")
    try:
        return 0 if is_healthy(service, "127.0.0.1" if host in EVERYWHERE else host) else 1
    except (OSError, ValueError, http.client.HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())
