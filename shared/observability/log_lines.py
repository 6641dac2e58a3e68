"""What the log files say of one request: each service reads its own, staff read them together where it is explained."""

import json
import mmap
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from pydantic import Field

from shared import services
from shared.events.feeds import Row
from shared.http.payloads import PathModel, QueryModel, WholeNumber
from shared.identity.access import access, service_only
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.network.http_client import REQUEST_ID, ServiceClient
from shared.refusals import Refused
from shared.services import Service
from shared.time import clock

READ_SCOPE = "logs:read"
PATH = "/internal/log-lines/<request_id>"
MOST_LINES = 50
WINDOW_US = 5 * 60 * clock.MICROSECONDS
"""How long before and after something happened its request's lines are looked for: ids are chosen by whoever asks."""
LONGEST_WAIT_SECONDS = 2.0
_MOST_LOOKED_AT = 5_000
_NEAR_ENOUGH = 64 * 1024
_NAMED = frozenset({"timestamp", "level", "event", "request_id"})


class RequestPath(PathModel):
    """Which request."""

    request_id: str = Field(pattern=REQUEST_ID.pattern)


class AroundQuery(QueryModel):
    """When it was, by the machine's clock; microseconds."""

    around: WholeNumber = Field(ge=0, le=10**17)


def install_log_lines(app: Flask, service: Service) -> None:
    """Let the ledger read what this service's log says of a request. Before `seal`."""

    @app.get(PATH, doc_ui=False)
    @access(service_only(READ_SCOPE))
    def list_log_lines(path: RequestPath, query: AroundQuery) -> Row:
        return {"success": True, "data": lines_of(service, path.request_id, query.around)}


class BankLog:
    """What the logs of all services say of a request, asked of each in the name of one."""

    def __init__(self, asking: Service, discovery: Discovery) -> None:
        self._asking = asking
        self._discovery = discovery
        self._token: ServiceToken | None = None

    def of(self, request_id: str, around_us: int) -> tuple[list[Row], list[str]]:
        """The lines in order of time, and the names of the services whose log could not be read.

        The gateway has no internal routes, as everybody can reach it: its log is read where it lies beside ours.
        """
        others = [service for service in services.BACKENDS if service is not self._asking]
        with ThreadPoolExecutor(len(others)) as pool:
            answers = list(pool.map(lambda service: self._ask(service, request_id, around_us), others))
        read = {
            services.GATEWAY: lines_of(services.GATEWAY, request_id, around_us),
            self._asking: lines_of(self._asking, request_id, around_us),
            **dict(zip(others, answers, strict=True)),
        }
        lines = [line for found in read.values() for line in found or ()]
        return sorted(lines, key=lambda line: line["at"]), [one.name for one, found in read.items() if found is None]

    def _ask(self, service: Service, request_id: str, around_us: int) -> list[Row] | None:
        client = ServiceClient(service, self._discovery)
        path = f"{PATH.replace('<request_id>', request_id)}?around={around_us}"
        try:
            if self._token is None:
                self._token = ServiceToken(self._asking, self._discovery)
            answer = client.call("GET", path, token=self._token(), timeout_seconds=LONGEST_WAIT_SECONDS)
        except Refused:
            return None
        finally:
            client.close()
        found: list[Row] | None = answer.data
        return found


def lines_of(service: Service, request_id: str, around_us: int) -> list[Row] | None:
    """The lines of a service's log files about a request at about this time, oldest first.

    Each is `{service, at, level, event, details}`; where there are more than `MOST_LINES`, those next to the time. None
    where no such file lies here: it writes to standard output, or elsewhere.
    """
    folder = os.environ.get("BANK_LOG_DIR")
    log = Path(folder or "") / f"{service.name}.log"
    if not folder or not log.exists():
        return None
    found = [
        line for file in (*log.parent.glob(f"{log.name}.*"), log) for line in _in_file(file, request_id, around_us)
    ]
    at = datetime.fromisoformat(clock.to_wire(around_us))
    nearest = sorted(found, key=lambda line: abs(datetime.fromisoformat(line["timestamp"]) - at))[:MOST_LINES]
    return [_shown(service, line) for line in sorted(nearest, key=lambda line: str(line["timestamp"]))]


def _in_file(file: Path, request_id: str, around_us: int) -> Iterator[dict[str, Any]]:
    """The lines that have it as their request's id; a client may well have named it in other places too."""
    wanted = f'"request_id": "{request_id}"'.encode()
    first, last = (clock.to_wire(max(around_us + by, 0)) for by in (-WINDOW_US, WINDOW_US))
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as text:
            place = _first_place_at(text, first)
            for _ in range(_MOST_LOOKED_AT):
                if (place := text.find(wanted, place)) < 0:
                    return
                start, end = text.rfind(b"\n", 0, place) + 1, text.find(b"\n", place)
                if end < 0:  # it is being written
                    return
                line = _parsed(text[start:end])
                at = str(line.get("timestamp", ""))
                if at > last:
                    return
                if line.get("request_id") == request_id and at >= first:
                    yield line
                place = end
    except (FileNotFoundError, ValueError):  # rotated away meanwhile; an empty file cannot be mapped
        return


def _first_place_at(text: mmap.mmap, instant: str) -> int:
    """Where in a file, which is in order of time, the lines of an instant begin, or a little before."""
    low, high = 0, len(text)
    while high - low > _NEAR_ENOUGH:
        middle = (low + high) // 2
        start = text.find(b"\n", middle, high) + 1
        end = text.find(b"\n", start, high) if start else -1
        if end < 0 or _parsed(text[start:end]).get("timestamp", instant) >= instant:
            high = middle
        else:
            low = start
    return low


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _shown(service: Service, line: dict[str, Any]) -> Row:
    details = {name: value for name, value in line.items() if name not in _NAMED}
    if "exception" in details:  # its kind: what it says may quote what somebody sent
        details["exception"] = str(details["exception"]).strip().rpartition("\n")[2].partition(":")[0]
    return {
        "service": service.name,
        "at": line["timestamp"],
        "level": line.get("level"),
        "event": line.get("event"),
        "details": details,
    }
