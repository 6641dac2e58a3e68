"""Payments pass through the gateway on the thread that polls, which waits for the ledger as it waits for clients.

A thread for each cost more than the request itself: it is woken, waits for its turn at the interpreter's lock after
each call to the system, and goes to sleep again, twice over. What the lane does not take, because no kept connection is
free or something about it is unusual, goes to a thread as everything else does. Checks, refusals, headers and the log
line are those of `Proxy`, and a request is sent once here as well.
"""

from collections import deque
from collections.abc import Callable, Iterable
from selectors import EVENT_READ, BaseSelector
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from gateway.proxy.proxy import Call, Proxy, refused_for
from gateway.proxy.upstream import Connection, Upstream, UpstreamTimeoutError
from gateway.proxy.upstream_reply import (
    READ_AT_ONCE_BYTES,
    Head,
    Reply,
    UpstreamBrokeError,
    UpstreamError,
    find_head,
    read_reply,
)
from gateway.proxy.upstreams import Upstreams
from gateway.proxy.waiting import ServiceHangsError
from shared.refusals import Refused
from shared.services import TRANSACTION

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

_PATHS = ("transfer", "deposit", "withdraw")


class ProxyLane:
    """The gateway's `extensions["poller_lane"]`. Everything in it happens on the poller's thread."""

    request_lines = frozenset(f"POST /api/transactions/{path} HTTP/1.1".encode() for path in _PATHS)

    def __init__(self, proxy: Proxy, upstreams: Upstreams) -> None:
        self._proxy = proxy
        self._upstreams = upstreams
        self._poller: BaseSelector | None = None
        self._idle: dict[Upstream, deque[_Channel]] = {}

    def attach(self, poller: BaseSelector) -> None:
        """What is registered there has its `data` called when it can be read."""
        self._poller = poller

    def begin(self, environ: dict[str, Any]) -> "_Passage | None":
        """Send it to the ledger; None, with nothing sent, where a thread has to."""
        call, upstream = self._proxy.call_of(environ), self._upstreams.of(TRANSACTION)
        channel = None if call is None or not call.is_for_us else self._channel(upstream)
        if call is None or channel is None:
            return None
        try:
            _, _, request = self._proxy.outgoing(call)
            passage = _Passage(self._proxy, call, upstream, channel)
        except (Refused, ServiceHangsError):  # a thread meets it as well, and says so
            channel.release()
            return None
        return passage if passage.has_sent(request.head + request.body) else None

    def _channel(self, upstream: Upstream) -> "_Channel | None":
        """One of the lane's own that is free, or a connection that a thread has made and left."""
        idle = self._idle.setdefault(upstream, deque())
        while idle:
            channel = idle.pop()
            if channel.connection.is_usable():
                return channel
            channel.close()
        connection = upstream.idle_connection()
        if connection is None or self._poller is None or not connection.is_plain:
            if connection is not None:
                connection.release()
            return None
        return _Channel(connection, self._poller, idle)


class _Channel:
    """A connection to the ledger that the poller watches, also while it is idle: then it tells that it was closed."""

    __slots__ = ("_idle", "_poller", "connection", "passage")

    def __init__(self, connection: Connection, poller: BaseSelector, idle: "deque[_Channel]") -> None:
        self.connection = connection
        self.passage: _Passage | None = None
        self._idle = idle
        self._poller = poller
        poller.register(connection, EVENT_READ, self._on_readable)

    def receive(self) -> bytes:
        """For a reply that is there already: nothing more comes of it."""
        return b""

    def release(self) -> None:
        """The reply is complete: free for another request."""
        self.passage = None
        self.connection.idle_since = monotonic()
        self._idle.append(self)

    def close(self) -> None:
        """End the connection."""
        self.give_away().close()

    def give_away(self) -> Connection:
        """The connection, which is polled no longer."""
        self.passage = None
        self._poller.unregister(self.connection)
        return self.connection

    def _on_readable(self) -> None:
        if self.passage is not None:
            self.passage.on_arrival()
        else:
            self._idle.remove(self)
            self.close()


class _Passage:
    """A request on its way: what `shared.serving.answering` calls begun."""

    __slots__ = (
        "_call",
        "_channel",
        "_head",
        "_is_heard",
        "_notify",
        "_number",
        "_outcome",
        "_proxy",
        "_received",
        "_upstream",
    )

    def __init__(self, proxy: Proxy, call: Call, upstream: Upstream, channel: _Channel) -> None:
        """Raises ServiceHangsError."""
        self._proxy = proxy
        self._call = call
        self._upstream = upstream
        self._channel = channel
        self._received = b""
        self._head: Head | None = None
        self._outcome: Reply | UpstreamError | None = None
        self._notify: Callable[[], None] | None = None
        self._is_heard = False
        self._number = upstream.waiting.enter()
        channel.passage = self

    @property
    def give_up_at(self) -> float:
        """Its deadline, or now, when it is one too many of those that wait for a service that says nothing."""
        is_given_up = not self._is_heard and self._upstream.waiting.is_one_too_many(self._number)
        return 0.0 if is_given_up else self._call.deadline

    def has_sent(self, request: bytes) -> bool:
        """Send it; False when nothing of it has left."""
        try:
            is_all_sent = self._channel.connection.send_at_once(request)
        except OSError:
            self._leave(has_answered=False)
            self._channel.close()
            return False
        if not is_all_sent:  # of some kilobytes, on a connection that had nothing to do
            self._fail(UpstreamBrokeError())
        return True

    def when_ready(self, notify: Callable[[], None]) -> None:
        """Have `notify` called once there is an outcome."""
        self._notify = notify
        if self._outcome is not None:
            notify()

    def respond(self, start_response: "StartResponse") -> Iterable[bytes]:
        """The service's reply, or what came of it instead."""
        if self._outcome is None:
            if not self._is_heard:
                self._fail(UpstreamTimeoutError())
            self._outcome = UpstreamTimeoutError()
        return self._proxy.respond(self._call, self._answer, start_response)

    def on_arrival(self) -> None:
        """The poller says that there is something to read."""
        try:
            more = self._channel.connection.receive_at_once()
        except BlockingIOError:
            return
        except OSError:
            more = b""
        try:
            self._take(more)
        except UpstreamBrokeError as error:
            self._fail(error)

    def _take(self, more: bytes) -> None:
        head = self._head
        if head is None:
            head, self._received = find_head(self._received + more)
            self._head = head
        else:
            head.body_start += more
        is_whole = head is not None and _is_small(head) and len(head.body_start) >= (head.length or 0)
        if head is None or (not is_whole and _is_small(head)):
            if not more:
                raise UpstreamBrokeError
        elif is_whole:
            reply = read_reply(self._channel, head, has_body=True)
            self._leave(has_answered=True)
            self._end(reply)
        else:
            self._leave(has_answered=True)
            connection = self._channel.give_away()
            connection.deadline = self._call.deadline
            Thread(target=self._read_on, args=(connection, head), name="long-reply", daemon=True).start()

    def _read_on(self, connection: Connection, head: Head) -> None:
        """A reply that is not a few kilobytes, in a thread of its own: the ledger's to payments never are."""
        try:
            reply = read_reply(connection, head, has_body=True)
            self._end(Reply(reply.status, reply.status_line, reply.headers, (b"".join(reply.body),)))
        except (UpstreamError, OSError):
            connection.close()
            self._end(UpstreamBrokeError())

    def _answer(self) -> Reply:
        if isinstance(self._outcome, Reply):
            return self._outcome
        raise refused_for(self._outcome or UpstreamTimeoutError(), TRANSACTION)

    def _fail(self, error: UpstreamError) -> None:
        self._leave(has_answered=False)
        self._channel.close()
        self._end(error)

    def _leave(self, *, has_answered: bool) -> None:
        self._is_heard = True
        self._upstream.waiting.leave(self._number, has_answered=has_answered)

    def _end(self, outcome: Reply | UpstreamError) -> None:
        self._outcome = outcome
        if self._notify is not None:
            self._notify()


def _is_small(head: Head) -> bool:
    return not head.is_chunked and head.length is not None and head.length <= READ_AT_ONCE_BYTES
