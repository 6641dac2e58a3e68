"""Lets go wrong what was asked for, before a request is passed on or after it was answered.

Money is as right as ever: whatever happens here, the service has seen the whole request or nothing of it. The pages of
the web bank are spared, so that faults can always be removed there. Anybody may ask for latency: of the gateway's
threads a quarter wait for it at most, and whoever comes then is not kept waiting.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from math import ceil

import structlog

from gateway.faults.fault import HEADER, Fault, FaultRule, fault_of_header
from gateway.faults.known_faults import KnownFaults
from gateway.faults.recent_replies import RecentReplies
from gateway.faults.token_users import TokenUsers
from gateway.proxy.proxy_fix import Environ
from gateway.proxy.refusal_reply import refusal_reply
from gateway.proxy.upstream_reply import Reply
from shared import settings
from shared.enums import FaultKind
from shared.faults import FAULTS_PATH
from shared.http.field_problems import invalid
from shared.refusals import DEADLINE_EXCEEDED, INTERNAL, OUTCOME_UNKNOWN, UNAVAILABLE, Refused, rate_limited
from shared.services import GATEWAY
from shared.serving.connection import ClientGoneError

logger = structlog.get_logger(__name__)

_HEADER_KEY = "HTTP_" + HEADER.upper().replace("-", "_")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_NO_REPLY = 0
"""The status that the log and the metrics have of a request that was reset."""
_OF_A_PROXY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
"""What a proxy between a client and its bank may say: no JSON, and nothing of the bank's."""


class Dropped:
    """A body of which nothing is sent: the server breaks off the connection instead."""

    def __iter__(self) -> Iterator[bytes]:
        raise ClientGoneError


class Faults:
    """Stands between the proxy and the services."""

    def __init__(self, known: KnownFaults, users: TokenUsers) -> None:
        self._known = known
        self._users = users
        self._recent = RecentReplies()
        self._places_to_wait = threading.BoundedSemaphore(max(1, settings.threads(GATEWAY) // 4))

    def answer(self, environ: Environ, request_id: str, deadline: float, forward: Callable[[], Reply]) -> Reply:
        """What `forward()` answers, unless something is to go wrong. Raises what that raises, and Refused.

        `deadline` is on the monotonic clock.
        """
        written, rules = environ.get(_HEADER_KEY), self._known()
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if (written is None and not rules and not path.startswith(FAULTS_PATH)) or method not in _METHODS:
            return forward()
        if path.startswith(FAULTS_PATH):
            try:
                return forward()
            finally:
                if method != "GET":
                    self._known.note_change()
        return self._provoke(environ, request_id, deadline, forward, _asked_for(written, rules))

    def close(self) -> None:
        """Ask nobody any more."""
        self._known.close()
        self._users.close()

    def _provoke(
        self,
        environ: Environ,
        request_id: str,
        deadline: float,
        forward: Callable[[], Reply],
        rules: tuple[FaultRule, ...],
    ) -> Reply:
        authorization, target = environ.get("HTTP_AUTHORIZATION", ""), environ["RAW_URI"]
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        is_read_again = False
        for rule in rules:
            if not rule.is_about(method, path, lambda: self._users(authorization)):
                continue
            fault, old = rule.fault, None
            if fault.kind is FaultKind.STALE_READ:
                is_read_again = is_read_again or method == "GET"
                old = self._recent.find(authorization, target, milliseconds=fault.milliseconds)
                if old is None or method != "GET":
                    continue
            if not _is_due(rule) or (rule.is_counted and not self._known.claim(rule)):
                continue
            if old is not None:  # for whoever would be told the new one: the service says who may see it, as ever
                fresh = forward()
                if fresh.status != old.status:
                    return fresh
                _close(fresh)
            if fault.kind is FaultKind.LATENCY and not self._wait(fault, deadline):
                logger.warning("fault_left_out", kind=fault.kind.value, request_id=request_id)
                continue
            logger.info("fault_provoked", kind=fault.kind.value, method=method, path=path, request_id=request_id)
            reply = old or _happening(fault, request_id, forward)
            reply.headers.append((HEADER, fault.kind.value))
            return reply
        reply = forward()
        if is_read_again:
            self._recent.keep(authorization, target, reply)
        return reply

    def _wait(self, fault: Fault, deadline: float) -> bool:
        """Keep the request waiting; False, at once, when too many wait already."""
        if not self._places_to_wait.acquire(blocking=False):
            return False
        try:
            time.sleep(max(0.0, min(fault.milliseconds / 1000, deadline - time.monotonic())))
        finally:
            self._places_to_wait.release()
        return True


def _asked_for(written: str | None, rules: tuple[FaultRule, ...]) -> tuple[FaultRule, ...]:
    """What one request asks for itself comes before what was asked for many. Raises Refused (422)."""
    if written is None:
        return rules
    try:
        return FaultRule(fault_of_header(written)), *rules
    except ValueError as problem:
        raise invalid(HEADER, str(problem), code="no_fault") from None


def _is_due(rule: FaultRule) -> bool:
    return rule.probability >= 1 or random.random() < rule.probability  # noqa: S311 (no secret)


def _happening(fault: Fault, request_id: str, forward: Callable[[], Reply]) -> Reply:
    match fault.kind:
        case FaultKind.LATENCY:  # which has been waited for
            return forward()
        case FaultKind.REPLY_LOST:
            return _without_its_reply(forward)
        case FaultKind.RESET:
            return Reply(_NO_REPLY, "503 Service Unavailable", [], Dropped())
        case FaultKind.RATE_LIMITED:
            seconds = ceil(fault.milliseconds / 1000)
            return refusal_reply(rate_limited(1, seconds, seconds), request_id)
        case _:
            return _error(fault.status, request_id)


def _without_its_reply(forward: Callable[[], Reply]) -> Reply:
    """The service does all that it is asked for, and nobody hears of it."""
    try:
        reply = forward()
    except Refused as refused:
        return Reply(refused.refusal.status, f"{refused.refusal.status} Refused", [], Dropped())
    _close(reply)
    return Reply(reply.status, reply.status_line, [], Dropped())


def _close(reply: Reply) -> None:
    """Nobody reads it."""
    close = getattr(reply.body, "close", None)
    if close is not None:
        close()


def _error(status: int, request_id: str) -> Reply:
    """An error of the bank in its own envelope; 502 is a proxy's in front of it, which knows no envelope."""
    if status == 502:
        headers = [("Content-Type", "text/html"), ("Content-Length", str(len(_OF_A_PROXY)))]
        return Reply(status, "502 Bad Gateway", headers, (_OF_A_PROXY,))
    said = {
        500: Refused(INTERNAL, details=OUTCOME_UNKNOWN),
        503: Refused(UNAVAILABLE),
        504: Refused(DEADLINE_EXCEEDED, details=OUTCOME_UNKNOWN),
    }
    return refusal_reply(said[status], request_id)
