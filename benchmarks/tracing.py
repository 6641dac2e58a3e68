"""What traces cost: the processor time that gateway and ledger take for a transfer, with traces and without."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.bank import Bank, running_bank
from benchmarks.customers import Customer, new_customers
from benchmarks.figures import AT_MOST, Figure, of_runs
from benchmarks.money import CLIENTS, transfers
from benchmarks.processes import cpu_seconds_by_service
from shared.services import GATEWAY, TRANSACTION

_MORE_PERCENT = 5.0
_TURNS = 4
"""In so many parts a round of each is done in turn, as the machine has its moods. Shorter ones would begin with more of
the traces that a quiet while saves up than a busy bank ever has.
"""


class Collector:
    """Takes in what is sent by OTLP over HTTP, and counts the requests of clients that were traced."""

    def __init__(self) -> None:
        self.traces: set[bytes] = set()

    def take(self, body: bytes) -> None:
        """One message of a service."""
        sent = ExportTraceServiceRequest()
        sent.ParseFromString(body)
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                self.traces.update(span.trace_id for span in scope.spans)


@contextmanager
def receiving(take: Callable[[bytes], None]) -> Iterator[str]:
    """A receiver of OTLP over HTTP in this process, whose time is not the bank's; its address."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take it in."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Whoever measures prints a table alone, and tests nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def measured(bank: Bank, customers: list[Customer], count: int, rounds: int) -> list[Figure]:
    """Rounds of transfers at this bank, which traces nothing, and at another that does, in turn.

    `OTEL_TRACES_SAMPLER_ARG` in the environment says how many are sampled, as for any bank. Any two banks differ by
    some per cent, whether they trace or not: only what is found again with others is more than that.
    """
    without: list[float] = []
    traced: list[float] = []
    collector = Collector()
    with receiving(collector.take) as address, running_bank(OTEL_EXPORTER_OTLP_ENDPOINT=address) as other:
        others = new_customers(other, CLIENTS)
        turns = [(bank, customers, without), (other, others, traced)]
        for one, people, _ in turns:
            transfers(one, people, count // 4, "warm-traces")
        for number in range(_TURNS * rounds):
            for one, people, found in turns:
                found.append(_microseconds(one, people, max(CLIENTS, count // _TURNS), f"traces{number}"))
            turns.reverse()  # whoever is first in a round is second in the next
    more = [100 * (on / off - 1) for on, off in zip(traced, without, strict=True)]
    return [
        of_runs("traced transfer: gateway and ledger", "µs", traced, without, "without traces"),
        Figure("  more than without", median(more), "%", _MORE_PERCENT, AT_MOST, tuple(more)),
        Figure("  traces that arrived", len(collector.traces), ""),
    ]


def _microseconds(bank: Bank, customers: list[Customer], count: int, label: str) -> float:
    before = _cpu_seconds(bank)
    done = transfers(bank, customers, count, label)
    return (_cpu_seconds(bank) - before) * 1_000_000 / len(done.latencies)


def _cpu_seconds(bank: Bank) -> float:
    used = cpu_seconds_by_service(bank.folder / "run.json")
    return used[GATEWAY.name] + used[TRANSACTION.name]
