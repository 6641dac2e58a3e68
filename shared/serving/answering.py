"""A thread's part: read a request that has wholly arrived, call the application, write what it answers."""

import io
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import structlog
from gunicorn.http import wsgi
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import LimitRequestHeaders, NoMoreData, UnsupportedTransferCoding
from gunicorn.http.parser import RequestParser

from shared.network.http_client import RECEIVED_AT
from shared.observability.logs import cause_of
from shared.refusals import INTERNAL
from shared.serving.connection import ClientGoneError, Connection
from shared.serving.framing import MAX_BODY_BYTES, MAX_HEAD_BYTES
from shared.serving.open_reply import GoesOn, OpenReply
from shared.serving.ordinary_request import OrdinaryReader
from shared.serving.reply import Reply
from shared.serving.reply_writer import ReplyWriter
from shared.serving.unreadable import refusal_for, reply_to_unreadable

logger = structlog.get_logger("server")

_FILE_PIECE_BYTES = 64 * 1024
_BODY_PIECE_BYTES = 8 * 1024
"""As gunicorn reads from a socket: its reader of chunks copies what is left of a piece for each of them."""


class WholeRequest(NamedTuple):
    """A request as it came. `is_last`: the connection ends with its reply.

    `at` is when all of it was there, on the monotonic clock.
    """

    connection: Connection
    head: bytes
    body: bytes
    is_last: bool
    at: float


class Answering:
    """Calls `app`; `on_unsent` hears of a connection whose reply has to wait for its reader.

    `on_ended` hears of the end of a reply that went on without its thread, and `is_stopping` says whether it has to.
    """

    def __init__(
        self,
        app: Any,
        cfg: Any,
        on_unsent: Callable[[Connection], None],
        on_ended: Callable[[Connection], None],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._app = app
        self._cfg = cfg
        self._on_unsent = on_unsent
        self._on_ended = on_ended
        self._is_stopping = is_stopping
        self._ordinary = OrdinaryReader(cfg)

    def answer(self, received: WholeRequest) -> bool | None:
        """Answer; whether the connection is good for another request, None while the reply goes on. Raises nothing."""
        writer = ReplyWriter(received.connection, self._on_unsent)
        try:
            begun = self._begun(received, writer)
            if begun is None:
                return False
            reply, environ = begun
            environ["wsgi.multithread"] = True
            environ[RECEIVED_AT] = received.at
            environ["wsgi.file_wrapper"] = _file_in_pieces
            if received.is_last or self._is_stopping():
                reply.force_close()
            return self._call(environ, reply, writer, received)
        except ClientGoneError:
            received.connection.break_off()
            return False
        except Exception:  # whatever it was, the thread has to go on
            logger.exception("reply_failed")
            received.connection.break_off()
            return False

    def _begun(self, received: WholeRequest, writer: ReplyWriter) -> tuple[Reply, dict[str, Any]] | None:
        """A reply to make, and the environment to make it in; None when the request was refused, and the reply sent."""
        peer, local = received.connection.peer, received.connection.local
        ordinary = self._ordinary.read(received.head, received.body, peer, local)
        if ordinary is not None:
            return Reply(ordinary, writer, self._cfg), ordinary.environ
        request = self._parsed(received)
        if request is None:
            return None
        # The poller has said "100 Continue" where it was waited for; gunicorn would say it once more.
        request._expected_100_continue = False
        created: tuple[Reply, dict[str, Any]] = wsgi.create(request, writer, peer, local, self._cfg, Reply)
        return created

    def _parsed(self, received: WholeRequest) -> Any:
        """gunicorn's request; None when it was refused, and the reply sent."""
        try:
            request = next(RequestParser(self._cfg, _in_pieces(received), received.connection.peer))
            _check_coding(request)
            if isinstance(request.body.reader, ChunkedReader):  # what is wrong with it is known before anything is done
                request.body = io.BytesIO(request.body.read(MAX_BODY_BYTES + 1))
            return request
        except StopIteration:
            return None
        except Exception as error:  # noqa: BLE001 (whatever the parser raises, the request cannot be served)
            is_too_large = isinstance(error, NoMoreData) and len(received.head) > MAX_HEAD_BYTES
            refusal = refusal_for(LimitRequestHeaders("head") if is_too_large else error)
            logger.info("request_not_readable", code=refusal.code, cause=cause_of(error))
            if not received.connection.write(reply_to_unreadable(refusal, received.head)):
                self._on_unsent(received.connection)
            return None

    def _call(self, environ: dict[str, Any], reply: Any, writer: ReplyWriter, received: WholeRequest) -> bool | None:
        try:
            body = self._app(environ, reply.start_response)
            if hasattr(body, "go_on"):
                return self._let_go_on(body, reply, writer, received)
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

    def _let_go_on(self, body: GoesOn, reply: Any, writer: ReplyWriter, received: WholeRequest) -> bool | None:
        """Hand the reply to whoever writes it from here on; with it the connection is done."""
        reply.force_close()
        connection = received.connection
        going = OpenReply(reply, writer, connection, on_ended=self._on_ended, is_stopping=self._is_stopping)
        try:
            body.go_on(going)
        except Exception:
            logger.exception("reply_did_not_go_on")
            going.end(is_whole=False)
        return None


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


def _in_pieces(received: WholeRequest) -> Iterator[bytes]:
    yield received.head
    for start in range(0, len(received.body), _BODY_PIECE_BYTES):
        yield received.body[start : start + _BODY_PIECE_BYTES]
