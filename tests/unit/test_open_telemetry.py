"""Traces harm nobody: what they cost is in proportion, what goes wrong with them goes no further, and who decides."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uuid_utils
from opentelemetry.sdk.trace import Span
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from sqlalchemy import text
from werkzeug.test import Client

from gateway.proxy.request_log import RequestLog
from shared.observability import metrics, open_telemetry
from shared.observability.open_telemetry import OpenTelemetry, SpanHere
from shared.observability.sampling import AT_ONCE, EACH_SECOND, a_few_each_second, a_part
from shared.services import GATEWAY, TRANSACTION, Service
from shared.storage.database import Database

Start = Callable[[Service, float], OpenTelemetry]
SPANS = InMemorySpanExporter()


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts traces of a service, whose spans are in SPANS as soon as they end."""
    started: list[OpenTelemetry] = []
    monkeypatch.setattr(open_telemetry, "OTLPSpanExporter", lambda: SPANS)
    monkeypatch.setattr(open_telemetry, "BatchSpanProcessor", SimpleSpanProcessor)

    def start(service: Service, ratio: float) -> OpenTelemetry:
        started.append(OpenTelemetry(service, a_part(ratio)))
        return started[-1]

    SPANS.clear()
    yield start
    for one in started:
        one._provider.force_flush()


def told(_environ: object, start_response: Any) -> list[bytes]:
    """An app that answers anybody."""
    start_response("200 OK", [])
    return [b"told"]


def served(traces: OpenTelemetry, service: Service, **headers: str) -> int:
    """The status of one request to an app behind these traces."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(open_telemetry.TracedApp(told, traces, service)).get("/api/accounts/list", headers=sent).status_code


def group(traces: OpenTelemetry, size: int) -> list[SpanHere]:
    found = [traces.begin("POST", SpanKind.SERVER, number, None) for number in range(1, size + 1)]
    return [one for one in found if one is not None]


NIL = "00000000-0000-0000-0000-000000000000"
ZEROS = f"00-{'0' * 32}-{'0' * 16}-01"


@pytest.mark.parametrize("ratio", [0.0, 1.0])
@pytest.mark.parametrize(
    "sent", [{"X_Request_ID": NIL}, {"traceparent": ZEROS}, {"X_Request_ID": NIL, "traceparent": ZEROS}]
)
def test_no_trace_has_the_id_of_none(traces: Start, ratio: float, sent: dict[str, str]) -> None:
    """All zeros is no trace, as W3C has it; a client may still call its request so."""
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    passed_on: dict[str, str] = {}

    def noting(environ: dict[str, str], start_response: Any) -> list[bytes]:
        passed_on.update(environ)
        return told(environ, start_response)

    app = open_telemetry.TracedApp(noting, traces(GATEWAY, ratio), GATEWAY)
    trace_id = Client(app).get("/api/accounts/list", headers=headers).headers["X-Trace-ID"]
    assert int(trace_id, 16) != 0
    assert passed_on["HTTP_TRACEPARENT"].split("-")[1] == trace_id
    assert passed_on["HTTP_X_REQUEST_ID"] == sent.get("X_Request_ID", str(UUID(trace_id)))
    assert [f"{span.context.trace_id:032x}" for span in SPANS.get_finished_spans()] == [trace_id] * int(ratio)


@pytest.mark.parametrize("size", [1, 3, 300])
def test_a_shared_commit_has_links_in_proportion_to_those_who_share_it(traces: Start, size: int) -> None:
    traced = traces(TRANSACTION, 1.0)
    orders = group(traced, size)
    traced.committed(orders, 0.01, size)
    commits = {span.context.trace_id: span for span in SPANS.get_finished_spans()}
    assert len(commits) == size
    linked = {own: {link.context.trace_id for link in span.links} for own, span in commits.items()}
    first = orders[0].trace_id
    assert linked.pop(first) == {one.trace_id for one in orders[1:129]}
    assert all(links == {first} for links in linked.values())


def broken(*_: object, **__: object) -> Any:
    raise OSError("no span can be made")


@pytest.mark.parametrize("what", ["start_span", "end", "set_attributes"])
def test_a_span_that_cannot_be_made_or_ended_costs_nobody_their_answer(
    traces: Start, monkeypatch: pytest.MonkeyPatch, what: str, tmp_path: Path
) -> None:
    traced = traces(TRANSACTION, 1.0)
    (order,) = group(traced, 1)
    database = Database.at(f"sqlite:///{tmp_path / 'traced.db'}")
    open_telemetry._Statements(traced).listen(database)
    monkeypatch.setattr(traced._tracer if what == "start_span" else Span, what, broken)
    assert served(traced, TRANSACTION) == 200
    traced.committed([order], 0.01, 1)
    done = []
    with traced.work("due work"), traced.call("GET", GATEWAY), database.write() as connection:
        connection.execute(text("CREATE TABLE things (name TEXT)"))
        done.append(connection.execute(text("SELECT count(*) FROM things")).scalar_one())
    assert done == [0]
    database.close()


def test_work_that_fails_says_so_itself_and_not_what_its_span_says(
    traces: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced = traces(TRANSACTION, 1.0)
    monkeypatch.setattr(Span, "set_attribute", broken)
    with pytest.raises(KeyError, match="the work's own"), traced.work("due work"):
        raise KeyError("the work's own")


@pytest.mark.parametrize("ratio", [0.05, 0.5, 0.75])
def test_as_many_traces_are_sampled_as_were_asked_for(traces: Start, ratio: float) -> None:
    asked = 2_000
    traced = traces(GATEWAY, ratio)
    for make in (uuid_utils.uuid7, uuid_utils.uuid4, lambda: uuid_utils.UUID(int=7)):
        SPANS.clear()
        for _ in range(asked):
            served(traced, GATEWAY, X_Request_ID=str(make()))
        assert within_chance(len(SPANS.get_finished_spans()), asked, ratio), "of requests"
    SPANS.clear()
    for _ in range(asked):
        with traced.work("due work"):
            pass
    assert within_chance(len(SPANS.get_finished_spans()), asked, ratio), "of what nobody waits for"


def test_of_a_quiet_bank_every_trace_is_sampled_and_of_a_busy_one_a_few_each_second() -> None:
    seconds = 0.0
    decide = a_few_each_second(now=lambda: seconds)
    quiet = []
    for _ in range(100):
        seconds += 1 / EACH_SECOND
        quiet.append(decide())
    assert all(quiet)
    busy = 0
    for _ in range(100 * 1_000):
        seconds += 0.001
        busy += decide()
    assert 0 <= busy - 100 * EACH_SECOND <= AT_ONCE, "of a hundred seconds with a thousand requests each"
    seconds += 3600
    assert sum(decide() for _ in range(1_000)) == AT_ONCE, "a quiet hour saves up no more"


def within_chance(found: int, asked: int, ratio: float) -> bool:
    """Within six standard deviations, which one run in hundreds of millions is not."""
    return abs(found - asked * ratio) < 6 * (asked * ratio * (1 - ratio)) ** 0.5


@pytest.mark.parametrize(("ratio", "flags", "spans"), [(0.0, "01", 0), (1.0, "00", 1)])
def test_a_stranger_does_not_decide_what_the_gateway_samples(
    traces: Start, ratio: float, flags: str, spans: int
) -> None:
    served(traces(GATEWAY, ratio), GATEWAY, traceparent=f"00-{'ab' * 16}-{'cd' * 8}-{flags}")
    assert len(SPANS.get_finished_spans()) == spans


@pytest.mark.parametrize(("ratio", "flags", "spans"), [(0.0, "01", 1), (1.0, "00", 0)])
def test_what_the_gateway_has_decided_holds_in_the_services(
    traces: Start, ratio: float, flags: str, spans: int
) -> None:
    served(traces(TRANSACTION, ratio), TRANSACTION, traceparent=f"00-{'ab' * 16}-{'cd' * 8}-{flags}")
    assert len(SPANS.get_finished_spans()) == spans


def test_a_request_that_cannot_be_counted_is_answered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its money has moved by then."""
    log, of_gateway = RequestLog(), {"service": TRANSACTION.name, "request_id": "r", "seconds": 0.01}
    counted = metrics.REQUESTS.labels("POST", TRANSACTION.name, 299)._value
    before = counted.get()
    with monkeypatch.context() as patch:
        patch.setattr(metrics.REQUESTS, "labels", broken)
        metrics.observe("POST", "transactions.never_counted_before", 299, 0.01, path="/api/nothing")
        log.write("POST", "/api/transactions/transfer", 299, **of_gateway)  # type: ignore[arg-type]
    log.write("POST", "/api/transactions/transfer", 299, **of_gateway)  # type: ignore[arg-type]
    assert counted.get() == before + 1
