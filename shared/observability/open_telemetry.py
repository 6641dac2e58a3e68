"""Traces by OpenTelemetry. Imported only where traces are wanted (shared/observability/tracing.py).

A request's id is its trace's id, written as a UUID, unless the client chose another. Whether a trace is sampled is
decided where it begins, which for clients is the gateway, whatever they ask for; of one that is not, only its ids
travel, and no span is made. Spans carry the names of routes, services and tables, and never an id of a person, an
amount or a path. Where a span cannot be made there is none, and the work goes on.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Flask
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags, set_span_in_context
from sqlalchemy import Connection, event

from shared.identifiers import is_id, new_id
from shared.network.http_client import REQUEST_ID
from shared.observability.harmless import harmless
from shared.observability.health import bank_version
from shared.observability.machine_requests import is_of_machines
from shared.observability.sampling import Sampler
from shared.services import GATEWAY, Service
from shared.storage.database import Database

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

TRACE_HEADER = "X-Trace-ID"
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
"""As W3C writes it; all zeros is the id of none."""
_STATEMENT = re.compile(r"\s*(\w+)(?:.*?\b(?:FROM|INTO|UPDATE)\s+[\"`]?(\w+))?", re.DOTALL | re.IGNORECASE)
_LOOKED_AT = 2000
"""How much of a statement is looked at for its table."""
_MOST_LINKS = 128
"""As many as the SDK keeps of a span's."""
_NIL = "00000000-0000-0000-0000-000000000000"
Environ = dict[str, Any]


@dataclass(slots=True)
class NotSampled:
    """A request whose trace is not sampled: of it only the ids travel, as the texts that they came as.

    Nearly every request is one, so nothing is made of it that nobody reads.
    """

    trace: str
    traceparent: str

    def ids(self) -> dict[str, str | None]:
        """For a line of the log."""
        return {"trace_id": self.trace}


@dataclass(slots=True)
class SpanHere:
    """A span that is under way, or that one below it hangs on."""

    trace_id: int
    span_id: int
    span: Span | None
    name: str = ""
    status: int = 0

    @property
    def trace(self) -> str:
        """The trace's id as it is written."""
        return f"{self.trace_id:032x}"

    @property
    def traceparent(self) -> str:
        """As W3C writes it."""
        return f"00-{self.trace}-{self.span_id:016x}-01"

    def ids(self) -> dict[str, str | None]:
        """For a line of the log."""
        return {"trace_id": self.trace, "span_id": f"{self.span_id:016x}"}

    def context(self) -> Context:
        """For spans below it."""
        return set_span_in_context(NonRecordingSpan(_sampled(self.trace_id, self.span_id)))


def _sampled(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


_current: ContextVar[SpanHere | NotSampled | None] = ContextVar("span", default=None)


class _ChosenIds(IdGenerator):
    """The SDK's ids, but for that of a trace, which is chosen before its first span begins."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self._chosen = threading.local()

    def choose(self, trace_id: int) -> None:
        self._chosen.trace_id = trace_id

    def generate_trace_id(self) -> int:
        chosen: int | None = getattr(self._chosen, "trace_id", None)
        self._chosen.trace_id = None
        return chosen or self._random.generate_trace_id()

    def generate_span_id(self) -> int:
        return self._random.generate_span_id()


class OpenTelemetry:
    """The traces of one process."""

    def __init__(self, service: Service, decides_to_sample: Sampler) -> None:
        self._service = service
        self.decides_to_sample = decides_to_sample
        self._ids = _ChosenIds()
        resource = Resource.create({SERVICE_NAME: service.name, SERVICE_VERSION: bank_version()})
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, id_generator=self._ids)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("sandbank")

    def install(self, app: Flask) -> None:
        """Stand before the app, and listen to its database."""
        app.wsgi_app = TracedApp(app.wsgi_app, self, self._service)  # type: ignore[method-assign]
        database: Database | None = app.extensions.get("database")
        if database is not None:
            _Statements(self).listen(database)

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()

    def ids(self) -> dict[str, str | None]:
        here = _current.get()
        return {} if here is None else here.ids()

    def name(self, endpoint: str, status: int) -> None:
        here = _current.get()
        if isinstance(here, SpanHere):
            here.name, here.status = endpoint, status

    def headers(self) -> dict[str, str]:
        here = _current.get()
        return {} if here is None else {"traceparent": here.traceparent}

    def here(self) -> SpanHere | None:
        here = _current.get()
        return here if isinstance(here, SpanHere) else None

    @harmless
    def begin(self, name: str, kind: SpanKind, trace_id: int, parent: SpanHere | None) -> SpanHere:
        """A span of a sampled trace, below the parent or as its first; None where none can be made."""
        if parent is None:
            self._ids.choose(trace_id)
        span = self._tracer.start_span(name, context=Context() if parent is None else parent.context(), kind=kind)
        return SpanHere(trace_id, span.get_span_context().span_id, span)

    @contextmanager
    def call(self, method: str, service: Service) -> Iterator[None]:
        here = self.here()
        if here is None:
            yield
            return
        below = self.begin(f"{method} {service.name}", SpanKind.CLIENT, here.trace_id, here)
        with self._within(below, {"http.request.method": method, "peer.service": service.name}):
            yield

    @contextmanager
    def work(self, kind: str) -> Iterator[None]:
        if not self.decides_to_sample():
            yield
            return
        with self._within(self.begin(kind, SpanKind.INTERNAL, UUID(new_id()).int, None), {}):
            yield

    @contextmanager
    def _within(self, below: SpanHere | None, attributes: dict[str, str]) -> Iterator[None]:
        if below is None:
            yield
            return
        failed: BaseException | None = None
        token = _current.set(below)
        try:
            yield
        except BaseException as error:
            failed = error
            raise
        finally:
            _current.reset(token)
            self._end_within(below, attributes, failed)

    @harmless
    def _end_within(self, below: SpanHere, attributes: dict[str, str], failed: BaseException | None) -> None:
        span = below.span
        if span is None:
            return
        if failed is not None:
            span.set_attribute("error.type", type(failed).__name__)
        span.set_attributes(attributes)
        span.end()

    @harmless
    def committed(self, orders: list[Any], seconds: float, size: int) -> None:
        """In each trace a span of the commit. The first of a group is linked to the others, and each of them to it.

        All linked to all would be the square of the group, which the ledger's only writer has no time for.
        """
        if not orders:
            return
        began_ns = time.time_ns() - int(seconds * 1e9)
        facts = {"ledger.commit.orders": size, "ledger.commit.requests": len(orders)}
        to_first, *to_others = (Link(_sampled(one.trace_id, one.span_id)) for one in orders)
        self.past("commit", orders[0], began_ns, facts, links=to_others[:_MOST_LINKS])
        for one in orders[1:]:
            self.past("commit", one, began_ns, facts, links=(to_first,))

    @harmless
    def past(
        self,
        name: str,
        parent: SpanHere,
        began_ns: int,
        attributes: dict[str, Any],
        *,
        links: Iterable[Link] = (),
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> None:
        """A span that has been: from then until now."""
        span = self._tracer.start_span(
            name, context=parent.context(), kind=kind, start_time=began_ns, attributes=attributes, links=list(links)
        )
        span.end()


class TracedApp:
    """Stands before the whole app: each request is in a trace, that of its caller or a new one."""

    def __init__(self, app: "WSGIApplication", traces: OpenTelemetry, service: Service) -> None:
        self._app = app
        self._traces = traces
        self._service = service

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request."""
        told = environ.get("HTTP_TRACEPARENT")
        parent = None if told is None else _TRACEPARENT.fullmatch(told)
        if parent is None and is_of_machines(environ["PATH_INFO"]):
            return self._app(environ, start_response)
        here = self._begin(environ, parent)
        if here is None:
            return self._app(environ, start_response)
        environ["HTTP_TRACEPARENT"] = here.traceparent
        if self._service is GATEWAY:
            start_response = _naming(start_response, here.trace)
        token = _current.set(here)
        try:
            return self._app(environ, start_response)
        finally:
            _current.reset(token)
            if isinstance(here, SpanHere) and here.span is not None:
                _end(here.span, here, environ)

    @harmless
    def _begin(self, environ: Environ, parent: "re.Match[str] | None") -> SpanHere | NotSampled | None:
        trace = _trace_of(environ, parent)
        if self._is_sampled(None if parent is None else parent[3]):
            trace_id = int(trace, 16)
            above = None if parent is None else SpanHere(trace_id, int(parent[2], 16), None)
            return self._traces.begin(environ["REQUEST_METHOD"], SpanKind.SERVER, trace_id, above)
        if parent is None or self._service is GATEWAY:  # which tells the services what it has decided itself
            return NotSampled(trace, f"00-{trace}-{random.getrandbits(64) or 1:016x}-00")
        return NotSampled(trace, parent[0])

    def _is_sampled(self, flags: str | None) -> bool:
        """Whether the trace is: as the service has decided that called, but anybody may be a caller of the gateway."""
        if flags is None or self._service is GATEWAY:
            return self._traces.decides_to_sample()
        return bool(int(flags, 16) & 1)


def _trace_of(environ: Environ, parent: "re.Match[str] | None") -> str:
    """The id of the request's trace: its caller's, or its own. A request without an id is given that of its trace."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    if parent is not None:
        if not REQUEST_ID.fullmatch(given):
            environ["HTTP_X_REQUEST_ID"] = str(UUID(parent[1]))
        return parent[1]
    if is_id(given) and given != _NIL:
        return str(given.replace("-", ""))
    made = new_id()
    if not REQUEST_ID.fullmatch(given):
        environ["HTTP_X_REQUEST_ID"] = made
    return made.replace("-", "")


@harmless
def _end(span: Span, here: SpanHere, environ: Environ) -> None:
    method = environ["REQUEST_METHOD"]
    span.update_name(f"{method} {here.name or 'unknown'}")
    span.set_attributes({"http.request.method": method, "http.route": here.name or "unknown"})
    if here.status:
        span.set_attribute("http.response.status_code", here.status)
    span.set_attribute("bank.request_id", environ["HTTP_X_REQUEST_ID"])
    span.end()


def _naming(start_response: "StartResponse", trace_id: str) -> Any:
    def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        return start_response(status, [*headers, (TRACE_HEADER, trace_id)], exc_info)

    return begin


class _Statements:
    """A span for each statement that goes through SQLAlchemy, and for each commit of what was written."""

    def __init__(self, traces: OpenTelemetry) -> None:
        self._traces = traces
        self._commit_began = threading.local()

    def listen(self, database: Database) -> None:
        """From now on, for as long as the process lives."""
        database.before_transaction.append(self._listen_to)
        database.after_commit.append(self._committed)

    @harmless
    def _listen_to(self, connection: Connection) -> None:
        """To this one alone, until it is given back: SQLAlchemy takes longer for each statement that is listened to."""
        if self._traces.here() is not None:
            event.listen(connection, "before_cursor_execute", self._before)
            event.listen(connection, "after_cursor_execute", self._after)
            event.listen(connection, "commit", self._committing)

    @harmless
    def _before(self, connection: Connection, *_: object) -> None:
        if self._traces.here() is not None:
            connection.info["statement_began"] = time.time_ns()

    @harmless
    def _after(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        began, here = connection.info.pop("statement_began", None), self._traces.here()
        if began is None or here is None:
            return
        found = _STATEMENT.match(statement[:_LOOKED_AT])
        operation, table = (found[1].upper(), found[2]) if found else ("OTHER", None)
        facts = {"db.system.name": connection.dialect.name, "db.operation.name": operation}
        if table:
            facts["db.collection.name"] = table
        self._traces.past(f"{operation} {table or ''}".strip(), here, began, facts, kind=SpanKind.CLIENT)

    @harmless
    def _committing(self, _connection: Connection) -> None:
        self._commit_began.at = time.time_ns()

    @harmless
    def _committed(self) -> None:
        here = self._traces.here()
        if here is not None:
            facts = {"db.operation.name": "COMMIT"}
            self._traces.past("COMMIT", here, self._commit_began.at, facts, kind=SpanKind.CLIENT)
