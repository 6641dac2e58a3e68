"""Read a request that has wholly arrived, call the application, write what it answers.

That is a thread's part. Where the application has a lane for it (docs/adr/0019), the poller's thread begins what the
lane takes, and makes the reply when the lane says that it can be made: no thread is woken for it.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from selectors import BaseSelector
from typing import Any, Protocol

import structlog
from gunicorn.http import wsgi
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import LimitRequestHeaders, NoMoreData, UnsupportedTransferCoding
from gunicorn.http.parser import RequestParser

from shared.http_client import RECEIVED_AT
from shared.refusals import INTERNAL
from shared.serving.connection import ClientGoneError, Connection
from shared.serving.framing import MAX_BODY_BYTES, MAX_HEAD_BYTES
from shared.serving.reply_writer import ReplyWriter
from shared.serving.unreadable import refusal_for, reply_to_unreadable

logger = structlog.get_logger("server")

_FILE_PIECE_BYTES = 64 * 1024
_LARGEST_BEGUN_BYTES = 8 * 1024
"""Of a request that the poller's thread reads itself: everybody waits meanwhile."""
_BODY_PIECE_BYTES = 8 * 1024
"""As gunicorn reads from a socket: its reader of chunks copies what is left of a piece for each of them."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came. `is_last`: the connection ends with its reply."""

    connection: Connection
    head: bytes
    body: bytes
    is_last: bool
    at: float
    """When all of it was there, on the monotonic clock."""


class Begun(Protocol):
    """A request that an application's lane has begun to answer."""

    @property
    def give_up_at(self) -> float:
        """When the reply is due, on the monotonic clock."""

    def when_ready(self, notify: Callable[[], None]) -> None:
        """Have `notify` called, by whichever thread, once `respond` has nothing to wait for."""

    def respond(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The reply, in the way of WSGI; by `give_up_at` at the latest."""


class Lane(Protocol):
    """What an application has as `extensions["poller_lane"]`: requests that are begun without waiting for anything."""

    request_lines: frozenset[bytes]

    def attach(self, poller: BaseSelector) -> None:
        """Told before the first request: what is registered there has its `data` called when it can be read."""

    def begin(self, environ: dict[str, Any]) -> Begun | None:
        """Begin to answer; None, with nothing done, where a thread has to."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A request that could be read, and gunicorn's reply to it."""

    received: Received
    environ: dict[str, Any]
    reply: Any
    writer: ReplyWriter


@dataclass(frozen=True, slots=True)
class Promise:
    """A reply that comes without a thread."""

    begun: Begun
    exchange: _Exchange


class Answering:
    """Calls `app`; `on_unsent` hears of a connection whose reply has to wait for its reader."""

    def __init__(self, app: Any, cfg: Any, on_unsent: Callable[[Connection], None]) -> None:
        self._app = app
        self._cfg = cfg
        self._on_unsent = on_unsent
        self._lane: Lane | None = getattr(app, "extensions", {}).get("poller_lane")

    def attach(self, poller: BaseSelector) -> None:
        """Let the lane wait for sockets of its own with the poller that waits for the clients'."""
        if self._lane is not None:
            self._lane.attach(poller)

    def answer(self, received: Received, *, is_stopping: bool) -> bool:
        """Answer; whether the connection is good for another request. Raises nothing."""

        def answered() -> bool:
            exchange = self._readable(received, is_stopping=is_stopping)
            return exchange is not None and self._call(self._app, exchange)

        return _unless_broken(received.connection, answered)

    def begin(self, received: Received, *, is_stopping: bool) -> Promise | None:
        """Begin on the poller's thread what the lane takes; None, with nothing done, for a thread. Raises nothing."""
        lane, head = self._lane, received.head
        if lane is None or head[: head.find(b"\r\n")] not in lane.request_lines:
            return None
        if len(head) + len(received.body) > _LARGEST_BEGUN_BYTES:
            return None
        try:
            exchange = self._exchange(self._read(received), received, is_stopping=is_stopping)
            begun = lane.begin(exchange.environ)
        except Exception:  # noqa: BLE001 (a thread meets it again, and says what it is)
            return None
        return None if begun is None else Promise(begun, exchange)

    def keep(self, promise: Promise) -> bool:
        """Send the promised reply; whether the connection is good for another request. Raises nothing."""
        exchange = promise.exchange

        def kept() -> bool:
            return self._call(lambda _, start_response: promise.begun.respond(start_response), exchange)

        return _unless_broken(exchange.received.connection, kept)

    def _exchange(self, request: Any, received: Received, *, is_stopping: bool) -> _Exchange:
        writer, connection = ReplyWriter(received.connection, self._on_unsent), received.connection
        # The poller has said "100 Continue" where it was waited for; gunicorn would say it once more.
        request._expected_100_continue = False
        reply, environ = wsgi.create(request, writer, connection.peer, connection.local, self._cfg)
        environ["wsgi.multithread"] = True
        environ[RECEIVED_AT] = received.at
        environ["wsgi.file_wrapper"] = _file_in_pieces
        if received.is_last or is_stopping:
            reply.force_close()
        return _Exchange(received, environ, reply, writer)

    def _read(self, received: Received) -> Any:
        """gunicorn's request. Raises what its parser raises."""
        request = next(RequestParser(self._cfg, _in_pieces(received), received.connection.peer))
        _check_coding(request)
        if isinstance(request.body.reader, ChunkedReader):  # what is wrong with it is known before anything is done
            request.body = io.BytesIO(request.body.read(MAX_BODY_BYTES + 1))
        return request

    def _readable(self, received: Received, *, is_stopping: bool) -> _Exchange | None:
        """The request and a reply to make; None when it was refused, and the reply sent."""
        try:
            request = self._read(received)
        except StopIteration:
            return None
        except Exception as error:  # noqa: BLE001 (whatever the parser raises, the request cannot be served)
            is_too_large = isinstance(error, NoMoreData) and len(received.head) > MAX_HEAD_BYTES
            refusal = refusal_for(LimitRequestHeaders("head") if is_too_large else error)
            logger.info("request_not_readable", code=refusal.code, cause=type(error).__name__)
            if not received.connection.write(reply_to_unreadable(refusal, received.head)):
                self._on_unsent(received.connection)
            return None
        return self._exchange(request, received, is_stopping=is_stopping)

    def _call(self, app: Any, exchange: _Exchange) -> bool:
        received, environ, reply, writer = exchange.received, exchange.environ, exchange.reply, exchange.writer
        try:
            body = app(environ, reply.start_response)
            try:
                for piece in body:
                    reply.write(piece)
                _check_length(reply)
                reply.close()
            finally:
                if hasattr(body, "close"):
                    body.close()
            writer.finish()
        except ClientGoneError:
            raise
        except Exception:
            logger.exception("application_failed", path=environ.get("PATH_INFO"), method=environ.get("REQUEST_METHOD"))
            if writer.has_begun:  # a part must not be taken for the whole
                received.connection.break_off()
            elif not received.connection.write(reply_to_unreadable(INTERNAL, received.head)):
                self._on_unsent(received.connection)
            return False
        return not reply.should_close()


def _unless_broken(connection: Connection, answered: Callable[[], bool]) -> bool:
    """What `answered` says; whatever goes wrong in it ends this connection and nothing else, as the thread goes on."""
    try:
        return answered()
    except ClientGoneError:
        pass
    except Exception:
        logger.exception("reply_failed")
    connection.break_off()
    return False


def _check_coding(request: Any) -> None:
    """Raises UnsupportedTransferCoding for more than chunks: gunicorn lets gzip pass, and unpacks nothing."""
    for name, value in request.headers:
        if name == "TRANSFER-ENCODING" and value.strip(" \t").lower() != "chunked":
            raise UnsupportedTransferCoding(value)


def _check_length(reply: Any) -> None:
    """Raises RuntimeError for a body shorter than its head said: the next reply would be read as the rest of it."""
    said = reply.response_length
    if said is not None and reply.sent < said and not reply._omits_body:
        message = f"the application promised {said} bytes and gave {reply.sent}"
        raise RuntimeError(message)


def _file_in_pieces(file: Any, _block_size: int = 0) -> Any:
    return wsgi.FileWrapper(file, _FILE_PIECE_BYTES)


def _in_pieces(received: Received) -> Iterator[bytes]:
    yield received.head
    for start in range(0, len(received.body), _BODY_PIECE_BYTES):
        yield received.body[start : start + _BODY_PIECE_BYTES]
