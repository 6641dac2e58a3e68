"""What the log files say of one request: each service reads its own, staff read them together where it is explained."""

import json
import mmap
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from flask import Flask
from pydantic import Field

from shared import services
from shared.access import access, service_only
from shared.discovery import Discovery
from shared.feeds import Row
from shared.http_client import REQUEST_ID, ServiceClient
from shared.payloads import PathModel
from shared.refusals import Refused
from shared.service_tokens import ServiceToken
from shared.services import Service

READ_SCOPE = "logs:read"
PATH = "/internal/log-lines/<request_id>"
MOST_LINES = 50
LONGEST_WAIT_SECONDS = 2.0
_NAMED = frozenset({"timestamp", "level", "event", "request_id"})


class RequestPath(PathModel):
    """Which request."""

    request_id: str = Field(pattern=REQUEST_ID.pattern)


def install_log_lines(app: Flask, service: Service) -> None:
    """Let the ledger read what this service's log says of a request. Before `seal`."""

    @app.get(PATH, doc_ui=False)
    @access(service_only(READ_SCOPE))
    def list_log_lines(path: RequestPath) -> Row:
        return {"success": True, "data": lines_of(service, path.request_id)}


class BankLog:
    """What the logs of all services say of a request, asked of each in the name of one."""

    def __init__(self, asking: Service) -> None:
        self._asking = asking
        self._discovery = Discovery()
        self._token: ServiceToken | None = None

    def of(self, request_id: str) -> tuple[list[Row], list[str]]:
        """The lines in order of time, and the names of the services that could not be asked."""
        others = [service for service in services.BACKENDS if service is not self._asking]
        # The gateway has no internal routes, as everybody can reach it: its log is read where it lies beside ours.
        lines = [*lines_of(services.GATEWAY, request_id), *lines_of(self._asking, request_id)]
        with ThreadPoolExecutor(len(others)) as pool:
            answers = list(pool.map(lambda service: self._ask(service, request_id), others))
        away = [service.name for service, answer in zip(others, answers, strict=True) if answer is None]
        lines += [line for answer in answers if answer is not None for line in answer]
        return sorted(lines, key=lambda line: line["at"]), away

    def _ask(self, service: Service, request_id: str) -> list[Row] | None:
        client = ServiceClient(service, self._discovery)
        try:
            if self._token is None:
                self._token = ServiceToken(self._asking, self._discovery)
            path = PATH.replace("<request_id>", request_id)
            found: list[Row] = client.call("GET", path, token=self._token(), timeout_seconds=LONGEST_WAIT_SECONDS).data
        except Refused:
            return None
        finally:
            client.close()
        return found


def lines_of(service: Service, request_id: str) -> list[Row]:
    """The lines of a service's log files about a request, oldest first, at most `MOST_LINES`.

    Each is `{service, at, level, event, details}`. None where it writes to standard output alone.
    """
    folder = os.environ.get("BANK_LOG_DIR")
    if not folder:
        return []
    log = Path(folder) / f"{service.name}.log"
    rotated = sorted(log.parent.glob(f"{log.name}.*"), key=lambda file: file.suffix, reverse=True)  # `.5` is the oldest
    found = [line for file in (*rotated, log) for line in _in_file(file, request_id)]
    return [_shown(service, line) for line in found[-MOST_LINES:]]


def _in_file(file: Path, request_id: str) -> Iterator[dict[str, Any]]:
    """The lines that have it as their request's id; a client may well have named it in other places too."""
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as text:
            end = 0
            while (place := text.find(request_id.encode(), end)) >= 0:
                start = text.rfind(b"\n", 0, place) + 1
                end = text.find(b"\n", place)
                if end < 0:  # it is being written
                    return
                line = _parsed(text[start:end])
                if line.get("request_id") == request_id:
                    yield line
    except (FileNotFoundError, ValueError):  # rotated away meanwhile; an empty file cannot be mapped
        return


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _shown(service: Service, line: dict[str, Any]) -> Row:
    return {
        "service": service.name,
        "at": line.get("timestamp"),
        "level": line.get("level"),
        "event": line.get("event"),
        "details": {name: value for name, value in line.items() if name not in _NAMED},
    }
