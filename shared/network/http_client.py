"""Calls between services: pooled, with timeouts, request id and deadline, and no hidden retry of anything that writes.

A GET is tried once more when the connection failed before an answer; a POST, PUT or DELETE never is: its caller alone
knows whether asking again is safe. Where no connection could be made nothing was sent, and another instance of the
service is asked, if there is one.
"""

import json
import re
import time
from dataclasses import dataclass
from typing import Any

import urllib3
from flask import g, has_request_context
from pydantic_core import from_json

from shared.http.errors import refused_from_body
from shared.http.first_act import note_act
from shared.network.discovery import Discovery
from shared.observability import tracing
from shared.refusals import DEADLINE_EXCEEDED, OUTCOME_UNKNOWN, UNAVAILABLE, Refused
from shared.services import Service

CONNECT_TIMEOUT_SECONDS = 1.0
DEFAULT_TIMEOUT_SECONDS = 10.0
TIMEOUT_HEADER = "X-Request-Timeout-Ms"
"""How many milliseconds the caller still waits for the answer: what is left, as no two hosts' clocks agree."""
RECEIVED_AT = "sandbank.received_at"
"""Where our server says in a WSGI environment when a request had arrived, on the monotonic clock: it may have waited
for a thread since.
"""
_MILLISECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_NOBODY_THERE = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
"""No connection was made, so nothing was sent: of several instances another may be asked, whatever the request does."""
REQUEST_ID_HEADER = "X-Request-ID"
LONGEST_REQUEST_ID = 100
REQUEST_ID = re.compile(f"[A-Za-z0-9._:-]{{1,{LONGEST_REQUEST_ID}}}", re.ASCII)
"""What an id of a request may be that somebody brings along."""
REPLAYED_HEADER = "Idempotent-Replayed"


@dataclass(frozen=True)
class Answer:
    """Another service's success: its status and its JSON body; `is_replay`: what an idempotency key was told before."""

    status: int
    body: dict[str, Any]
    is_replay: bool = False

    @property
    def data(self) -> Any:
        """The `data` of the success envelope."""
        return self.body["data"]


def new_pool(connections: int = 64) -> urllib3.PoolManager:
    """A connection pool without hidden retries or redirects."""
    return urllib3.PoolManager(num_pools=32, maxsize=connections, block=False, retries=False)


class ServiceClient:
    """Calls one other service. Answers 2xx come back as `Answer`; anything else is raised as `Refused`."""

    def __init__(self, service: Service, discovery: Discovery, pool: urllib3.PoolManager | None = None) -> None:
        self._service = service
        self._discovery = discovery
        self._pool = pool or new_pool(16)

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        payload: object = None,
        headers: dict[str, str] | None = None,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> Answer:
        """Make one call.

        Raises Refused: the other service's own refusal, 503 when it cannot be reached, 504 when it does not answer in
        time (then the outcome is unknown).
        """
        sent = {"Accept": "application/json", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        body = None
        if payload is not None:
            body = json.dumps(payload, separators=(",", ":")).encode()
            sent["Content-Type"] = "application/json"
        timeout_seconds = min(timeout_seconds, remaining_seconds(timeout_seconds))
        if method != "GET":
            note_act()
        with tracing.call(method, self._service):
            reply = self._exchange(method, path, body, sent, time.monotonic() + timeout_seconds)
        if 200 <= reply.status < 300:
            return Answer(reply.status, from_json(reply.data), REPLAYED_HEADER in reply.headers)
        raise refused_from_body(reply.status, reply.data)

    def _exchange(
        self, method: str, path: str, body: bytes | None, sent: dict[str, str], deadline: float
    ) -> urllib3.BaseHTTPResponse:
        """One deadline for all tries, and each instance that nobody answers at is tried once."""
        tries_left = 2 if method == "GET" else 1
        url = self._discovery.url(self._service)
        unreachable: set[str] = set()
        while True:
            seconds = max(deadline - time.monotonic(), 0.001)
            sent.update(passed_on_headers(seconds))
            try:
                return self._pool.request(
                    method,
                    url + path,
                    body=body,
                    headers=sent,
                    timeout=urllib3.Timeout(connect=min(CONNECT_TIMEOUT_SECONDS, seconds), read=seconds),
                )
            except urllib3.exceptions.ReadTimeoutError:
                raise Refused(DEADLINE_EXCEEDED, details=OUTCOME_UNKNOWN) from None
            except urllib3.exceptions.HTTPError as error:
                tries_left -= 1
                unreachable.add(url)
                other = self._discovery.instead_of(url, self._service)
                is_nothing_sent = isinstance(error, _NOBODY_THERE)
                is_another_there = is_nothing_sent and other is not None and other not in unreachable
                if time.monotonic() >= deadline or (tries_left <= 0 and not is_another_there):
                    raise away(self._service) from None
                url = other or self._discovery.url(self._service)

    def close(self) -> None:
        """Give back the connections that are kept."""
        self._pool.clear()


def away(service: Service) -> Refused:
    """The 503 for a service that cannot be reached."""
    return Refused(UNAVAILABLE, f"The {service.name} is away; try again shortly.", {"service": service.name})


def passed_on_headers(timeout_seconds: float) -> dict[str, str]:
    """What every call made for a request carries on: its id, and how long the answer is waited for."""
    headers = {TIMEOUT_HEADER: milliseconds(timeout_seconds), **tracing.headers()}
    if has_request_context():
        headers[REQUEST_ID_HEADER] = g.request_id
    return headers


def milliseconds(seconds: float) -> str:
    """The value of the timeout header for so many seconds."""
    return str(max(0, int(seconds * 1000)))


def deadline_of(timeout: str | None, *, since: float | None = None) -> float | None:
    """When, on this process's monotonic clock, a caller that sent this timeout header gives up; None for no number.

    `since`: when the request had arrived, if that is known.
    """
    if not timeout or not _MILLISECONDS.fullmatch(timeout):
        return None
    return (time.monotonic() if since is None else since) + int(timeout) / 1000


def remaining_seconds(default: float) -> float:
    """Seconds left until the deadline of the request being served; `default` when it has none."""
    if not has_request_context() or "deadline" not in g:
        return default
    left: float = g.deadline - time.monotonic()
    if left <= 0:
        raise Refused(DEADLINE_EXCEEDED, details=OUTCOME_UNKNOWN)
    return left
